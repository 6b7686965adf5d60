'use strict';
/** Goals and expressions as the protocol's `Goal` and `Expression`. */

const { isScalar, box } = require('./runtime.js');
const {
  CoreContext, MetavarDecl, LocalContext, LocalCDecl, LocalLDecl, LocalDeclKind,
} = require('./layouts.js');
const { SexpPrinter } = require('./sexp.js');

/** An empty `NameMap`: the leaf of a search tree. */
const EMPTY_MAP = box(1);
const INACCESSIBLE = /✝|(^|\.)_inaccessible$/;

class Printer {
  /** @param {import('./values.js').Lean} lean */
  constructor(lean) {
    this.lean = lean;
    this.sexp = new SexpPrinter(lean);
  }

  /**
   * @param {import('./engine.js').Session} session in the expression's local context
   * @param {number} expr consumed @param {import('./options.js').Options} options
   */
  expression(session, expr, options) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const whole = scope.own(session.instantiate(expr));
      const printed = {};
      if (options.printExprPretty) printed.pp = this.pretty(session, whole);
      if (options.printExprAST) printed.sexp = this.sexp.expr(whole);
      if (options.printDependentMVars) printed.dependentMVars = this.metavariables(session, whole);
      return printed;
    });
  }

  /** @param {number} expr borrowed */
  pretty(session, expr) {
    return this.lean.formatText(session.meta('ppExpr', this.lean.inc(expr)));
  }

  /** Names of the unassigned metavariables in `expr` (borrowed). @returns {string[]} */
  metavariables(session, expr) {
    const { lean } = this;
    if (!lean.test('exprHasExprMVar', expr)) return [];
    return lean.scoped((scope) => {
      const found = scope.own(session.meta('mvarsOf', lean.inc(expr)));
      return lean.arrayItems(found).map((name) => lean.nameText(name));
    });
  }

  /**
   * The protocol's `Goal`. @param {import('./engine.js').Session} session
   * @param {number} mvarId borrowed @param {import('./options.js').Options} options
   * @param {string} fragment
   */
  goal(session, mvarId, options, fragment) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const decl = scope.own(session.findDecl(mvarId));
      const lctx = scope.own(this.sanitized(session, lean.field(decl, MetavarDecl.lctx)));
      const instances = lean.field(decl, MetavarDecl.localInstances);
      const printed = { name: lean.nameText(mvarId), fragment };
      const tag = lean.field(decl, MetavarDecl.userName);
      if (!isScalar(tag)) printed.userName = lean.nameText(tag);
      session.withLocalContext(lctx, instances, () => {
        const type = lean.inc(lean.field(decl, MetavarDecl.type));
        printed.target = this.expression(session, type, options);
        printed.vars = this.variables(session, lctx, options);
      });
      return printed;
    });
  }

  /** A local context in which shadowed and generated names are marked `✝`; owned. */
  sanitized(session, lctx) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const options = lean.inc(lean.field(session.coreContext, CoreContext.options));
      const state = lean.ctor(0, [options, EMPTY_MAP, EMPTY_MAP]);
      const pair = scope.own(lean.fn.lctxSanitizeNames(lean.inc(lctx), state) >>> 0);
      return lean.inc(lean.field(pair, 0));
    });
  }

  variables(session, lctx, options) {
    return localDecls(this.lean, lctx)
      .filter((decl) => isShown(decl.kind, options))
      .map((decl) => this.variable(session, decl, options));
  }

  variable(session, decl, options) {
    const { lean } = this;
    const userName = lean.nameText(decl.userName);
    const variable = {
      name: lean.nameText(decl.fvarId),
      userName,
      isInaccessible: INACCESSIBLE.test(userName),
      type: this.expression(session, lean.inc(decl.type), options),
    };
    if (decl.value !== null) {
      variable.value = this.expression(session, lean.inc(decl.value), options);
    }
    return variable;
  }
}

/** @param {number} kind of a local declaration */
function isShown(kind, options) {
  if (kind === LocalDeclKind.auxDecl) return options.printAuxDecls;
  return kind !== LocalDeclKind.implDetail || options.printImplementationDetailHyps;
}

/**
 * The declarations of a borrowed local context in order, their parts borrowed.
 * @param {import('./values.js').Lean} lean @param {number} lctx
 * @returns {{fvarId: number, userName: number, type: number, value: number | null, kind: number,
 *   binderInfo: number}[]}
 */
function localDecls(lean, lctx) {
  return lean.persistentArrayItems(lean.field(lctx, LocalContext.decls))
    .filter((slot) => !isScalar(slot))
    .map((slot) => localDecl(lean, lean.field(slot, 0)));
}

function localDecl(lean, decl) {
  const hasValue = lean.tag(decl) === LocalLDecl.tag;
  // A non-dependent `let` is how a `have` is kept: its value counts for nothing.
  const isLet = hasValue && lean.scalarByte(decl, LocalLDecl.nondep) === 0;
  return {
    fvarId: lean.field(decl, LocalCDecl.fvarId),
    userName: lean.field(decl, LocalCDecl.userName),
    type: lean.field(decl, LocalCDecl.type),
    value: isLet ? lean.field(decl, LocalLDecl.value) : null,
    kind: lean.scalarByte(decl, LocalCDecl.kind),
    binderInfo: hasValue ? 0 : lean.scalarByte(decl, LocalCDecl.binderInfo),
  };
}

module.exports = { Printer, localDecls };
