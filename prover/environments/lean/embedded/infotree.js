'use strict';
/**
 * Walking the info trees that elaborating a command leaves behind.
 *
 * Everything handed to a visitor is borrowed from the tree.
 */

const { isScalar } = require('./runtime.js');
const {
  InfoTreeTag, PartialContextTag, InfoTag, TacticInfo, TermInfo, ElabInfo, SyntaxNode, SyntaxTag,
} = require('./layouts.js');

/**
 * @typedef {object} TreeContext where a node stands
 * @property {number | null} command the innermost `CommandContextInfo`
 * @property {number | null} parentDecl name of the declaration around it
 *
 * @typedef {object} TacticNode
 * @property {number} stx @property {number} mctxBefore @property {number[]} goalsBefore
 * @property {number} mctxAfter @property {number[]} goalsAfter
 *
 * @typedef {object} TermNode
 * @property {number} stx @property {number} lctx @property {number | null} expectedType
 * @property {number} expr @property {boolean} isBinder
 *
 * @typedef {object} Visitor each returns whether to go below the node
 * @property {(node: TacticNode, context: TreeContext) => boolean} tactic
 * @property {(node: TermNode, context: TreeContext) => boolean} term
 */

class InfoTreeWalk {
  /** @param {import('./values.js').Lean} lean @param {Visitor} visitor */
  constructor(lean, visitor) {
    this.lean = lean;
    this.visitor = visitor;
  }

  /** @param {number} tree @param {TreeContext} [context] */
  visit(tree, context = { command: null, parentDecl: null }) {
    const { lean } = this;
    if (isScalar(tree) || lean.tag(tree) === InfoTreeTag.hole) return;
    const [first, second] = [lean.field(tree, 0), lean.field(tree, 1)];
    if (lean.tag(tree) === InfoTreeTag.context) {
      this.visit(second, this.narrowed(context, first));
    } else if (this.enter(first, context)) {
      for (const child of lean.persistentArrayItems(second)) this.visit(child, context);
    }
  }

  /** @returns {TreeContext} */
  narrowed(context, partial) {
    const { lean } = this;
    switch (lean.tag(partial)) {
      case PartialContextTag.command: return { ...context, command: lean.field(partial, 0) };
      case PartialContextTag.parentDecl: return { ...context, parentDecl: lean.field(partial, 0) };
      default: return context;
    }
  }

  /** Whether to go below a node. */
  enter(info, context) {
    const { lean } = this;
    if (isScalar(info)) return true;
    switch (lean.tag(info)) {
      case InfoTag.tactic: return this.visitor.tactic(this.tacticNode(lean.field(info, 0)), context);
      case InfoTag.term: return this.visitor.term(this.termNode(lean.field(info, 0)), context);
      default: return true;
    }
  }

  tacticNode(info) {
    const { lean } = this;
    return {
      stx: lean.field(lean.field(info, TacticInfo.elabInfo), ElabInfo.stx),
      mctxBefore: lean.field(info, TacticInfo.mctxBefore),
      goalsBefore: lean.listItems(lean.field(info, TacticInfo.goalsBefore)),
      mctxAfter: lean.field(info, TacticInfo.mctxAfter),
      goalsAfter: lean.listItems(lean.field(info, TacticInfo.goalsAfter)),
    };
  }

  termNode(info) {
    const { lean } = this;
    return {
      stx: lean.field(lean.field(info, TermInfo.elabInfo), ElabInfo.stx),
      lctx: lean.field(info, TermInfo.lctx),
      expectedType: lean.optionValue(lean.field(info, TermInfo.expectedType)),
      expr: lean.field(info, TermInfo.expr),
      isBinder: lean.scalarByte(info, TermInfo.isBinder) !== 0,
    };
  }
}

/** The kind of a piece of syntax, `''` for what has none. @param {number} stx borrowed */
function syntaxKind(lean, stx) {
  if (isScalar(stx) || lean.tag(stx) !== SyntaxTag.node) return '';
  return lean.rawName(lean.field(stx, SyntaxNode.kind));
}

module.exports = { InfoTreeWalk, syntaxKind };
