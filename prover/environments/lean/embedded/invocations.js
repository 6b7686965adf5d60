'use strict';
/** The tactics that ran while a command was elaborated, with the goals before and after. */

const { isScalar } = require('./runtime.js');
const {
  CommandContextInfo, CoreState, MetaState, SyntaxNode, SyntaxTag, SOURCE_INFO_ORIGINAL,
} = require('./layouts.js');
const { MonadState } = require('./engine.js');
const { InfoTreeWalk, syntaxKind } = require('./infotree.js');
const { usedConstants } = require('./constants.js');
const { byteRange } = require('./parser.js');

const FOCUS_DOT = '·';
/** Syntax that only groups or punctuates other tactics. */
const STRUCTURAL = new Set([
  '', 'null', 'Lean.cdotTk', 'Lean.cdot', 'Lean.Parser.Term.byTactic',
  'Lean.Parser.Tactic.tacticSeq', 'Lean.Parser.Tactic.tacticSeq1Indented',
  'Lean.Parser.Tactic.tacticSeqBracketed', 'Lean.Parser.Tactic.tactic_<;>_',
  'Lean.Parser.Tactic.paren', 'Lean.Parser.Tactic.inductionAlt', 'Lean.Parser.Tactic.inductionAlts',
]);

/**
 * @typedef {object} Invocation
 * @property {string} goalBefore @property {string} goalAfter
 * @property {string} tactic its source text @property {string[]} usedConstants
 */

class Invocations {
  /** @param {import('./goals.js').Goals} goals */
  constructor(goals) {
    this.engine = goals.engine;
    this.lean = goals.lean;
  }

  /** @param {number[]} trees borrowed @param {Buffer} source @returns {Invocation[]} */
  collect(trees, source) {
    const { lean } = this;
    const found = [];
    const walk = new InfoTreeWalk(lean, {
      tactic: (node, context) => {
        const range = byteRange(lean, node.stx);
        if (range === null || context.command === null) return true;
        if (STRUCTURAL.has(syntaxKind(lean, node.stx)) || !isOriginal(lean, node.stx)) return true;
        found.push(this.invocation(node, context, source.subarray(...range).toString()));
        return true;
      },
      term: () => true,
    });
    for (const tree of trees) walk.visit(tree);
    return found.filter(({ tactic }) => tactic !== FOCUS_DOT);
  }

  /** @returns {Invocation} */
  invocation(node, context, tactic) {
    return {
      goalBefore: this.goals(context, node.mctxBefore, node.goalsBefore),
      goalAfter: this.goals(context, node.mctxAfter, node.goalsAfter),
      tactic,
      usedConstants: this.constants(node),
    };
  }

  /** Goals as Lean prints them. @param {number} mctx @param {number[]} goals borrowed */
  goals(context, mctx, goals) {
    const { lean, engine } = this;
    const { core, meta, term } = engine.base;
    const env = lean.inc(lean.field(context.command, CommandContextInfo.env));
    const states = new MonadState(lean, lean.copyWith(core, { [CoreState.env]: env }),
      lean.copyWith(meta, { [MetaState.mctx]: lean.inc(mctx) }), lean.inc(term));
    try {
      return engine.run(engine.contexts, states, (session) => goals
        .map((goal) => lean.formatText(session.meta('ppGoal', lean.inc(goal)))).join('\n'));
    } finally {
      states.release();
    }
  }

  /** Constants in what the tactic assigned to its goals. @returns {string[]} */
  constants({ mctxAfter, goalsBefore }) {
    const { lean } = this;
    const names = goalsBefore.flatMap((goal) => lean.scoped((scope) => {
      const found = lean.fn.exprAssignment(lean.inc(mctxAfter), lean.inc(goal)) >>> 0;
      return isScalar(scope.own(found)) ? [] : usedConstants(lean, lean.field(found, 0));
    }));
    return [...new Set(names)].sort();
  }
}

/** Whether syntax stands in the text, and is not the expansion of a macro. @param {number} stx */
function isOriginal(lean, stx) {
  if (isScalar(stx)) return false;
  const info = lean.field(stx, SyntaxNode.info);
  if (lean.tag(stx) !== SyntaxTag.node) return !isScalar(info) && lean.tag(info) === SOURCE_INFO_ORIGINAL;
  const first = lean.arrayItems(lean.field(stx, SyntaxNode.args)).find((child) => !isEmpty(lean, child));
  return first !== undefined && isOriginal(lean, first);
}

/** Whether a piece of syntax has no tokens, as the absence of something optional. */
function isEmpty(lean, stx) {
  if (isScalar(stx)) return true;
  return lean.tag(stx) === SyntaxTag.node
    && lean.arrayItems(lean.field(stx, SyntaxNode.args)).every((child) => isEmpty(lean, child));
}

module.exports = { Invocations };
