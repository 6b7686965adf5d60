'use strict';
/**
 * Proof sketches: a term with `sorry`s becomes the value of a goal, the `sorry`s new goals.
 *
 * A `sorry` may stand below binders. It is replaced by a new metavariable applied to the bound
 * variables; the metavariable's type closes the hole's type over them. So no free variables are
 * made, and the new goals share nothing.
 */

const { box } = require('./runtime.js');
const { ExprTag, EXPR_BINDER_INFO_OFFSET, MetavarKind } = require('./layouts.js');
const { subexpressions } = require('./expressions.js');
const { ProtocolError } = require('./errors.js');

const SORRY = 'sorryAx';
/** Offset of `nondep` in the scalar part of `Expr.letE`, behind the cached data. */
const LET_NONDEP_OFFSET = 8;
/** The arguments of a labelled `sorry`: a function of its position, a flag, the position. */
const LABELLED_ARITY = 3;
const LABEL_TYPE = 'Lean.Name';

/**
 * @typedef {object} Binder around a hole, borrowed parts
 * @property {number} name @property {number} type @property {number | null} value
 * @property {number} info @property {number} nondep
 */

class Sketch {
  /** @param {import('./values.js').Lean} lean @param {import('./engine.js').Session} session */
  constructor(lean, session) {
    this.lean = lean;
    this.session = session;
    /** New goals: names (owned) and the number of binders to introduce. */
    this.holes = [];
    /** Whether an expression object contains a `sorry`. @type {Map<number, boolean>} */
    this.sketchy = new Map();
  }

  /** `expr` (borrowed) without its `sorry`s, owned. @param {Binder[]} binders */
  lift(expr, binders = []) {
    const { lean } = this;
    if (!this.hasSorry(expr)) return lean.inc(expr);
    const at = (i) => lean.field(expr, i);
    const sub = (i, inner = binders) => this.lift(at(i), inner);
    switch (lean.tag(expr)) {
      case ExprTag.app: return this.application(expr, binders);
      case ExprTag.lam: return lean.fn.exprMkLambda(
        lean.inc(at(0)), sub(1), sub(2, [...binders, this.binder(expr)]), this.info(expr)) >>> 0;
      case ExprTag.forallE: return lean.fn.exprMkForall(
        lean.inc(at(0)), sub(1), sub(2, [...binders, this.binder(expr)]), this.info(expr)) >>> 0;
      case ExprTag.letE: return lean.fn.exprMkLet(
        lean.inc(at(0)), sub(1), sub(2), sub(3, [...binders, this.letBinder(expr)]),
        lean.scalarByte(expr, LET_NONDEP_OFFSET)) >>> 0;
      case ExprTag.mdata: return lean.fn.exprMkMData(lean.inc(at(0)), sub(1)) >>> 0;
      case ExprTag.proj: return lean.fn.exprMkProj(lean.inc(at(0)), lean.inc(at(1)), sub(2)) >>> 0;
      default: return lean.inc(expr);
    }
  }

  hasSorry(expr) {
    const { lean } = this;
    const known = this.sketchy.get(expr);
    if (known !== undefined) return known;
    const found = lean.tag(expr) === ExprTag.const
      ? lean.rawName(lean.field(expr, 0)) === SORRY
      : subexpressions(lean, expr).some((child) => this.hasSorry(child));
    this.sketchy.set(expr, found);
    return found;
  }

  application(expr, binders) {
    const { lean } = this;
    const args = [];
    let head = expr;
    for (; lean.tag(head) === ExprTag.app; head = lean.field(head, 0)) args.unshift(lean.field(head, 1));
    const isHole = lean.tag(head) === ExprTag.const && lean.rawName(lean.field(head, 0)) === SORRY;
    if (!isHole || args.length < 2) return this.applied(this.lift(head, binders), args, binders);
    const isLabelled = args.length >= LABELLED_ARITY && this.isLabelType(args[0]);
    const type = isLabelled
      ? lean.fn.exprInstantiate1(lean.inc(lean.field(args[0], 2)), lean.inc(args[2])) >>> 0
      : lean.inc(args[0]);
    return this.applied(this.hole(type, binders), args.slice(isLabelled ? LABELLED_ARITY : 2), binders);
  }

  /** Is it `Lean.Name → …`? */
  isLabelType(type) {
    const { lean } = this;
    if (lean.tag(type) !== ExprTag.forallE) return false;
    const domain = lean.field(type, 1);
    return lean.tag(domain) === ExprTag.const && lean.rawName(lean.field(domain, 0)) === LABEL_TYPE;
  }

  applied(head, args, binders) {
    return args.reduce((fn, arg) => this.lean.fn.exprMkApp(fn, this.lift(arg, binders)) >>> 0, head);
  }

  /** A new goal for a hole, applied to the variables bound around it; `type` is consumed. */
  hole(type, binders) {
    const { lean, session } = this;
    if ([type, ...binders.map((binder) => binder.type)].some((part) => this.hasSorry(part))) {
      lean.dec(type);
      throw new ProtocolError('operation', 'a `sorry` in the type of another one cannot be drafted');
    }
    const closed = binders.reduceRight((body, binder) => this.close(body, binder), type);
    const goal = session.meta(
      'mkFreshExprMVar', lean.some(closed), box(MetavarKind.syntheticOpaque), box(0));
    this.holes.push({ goal: lean.inc(lean.field(goal, 0)), arity: binders.length });
    return binders.reduce((fn, binder, i) => (isDefinition(binder) ? fn
      : lean.fn.exprMkApp(fn, lean.fn.exprMkBVar(box(binders.length - 1 - i)) >>> 0) >>> 0), goal);
  }

  close(body, binder) {
    const { lean } = this;
    const name = lean.inc(binder.name);
    const type = lean.inc(binder.type);
    return (isDefinition(binder)
      ? lean.fn.exprMkLet(name, type, lean.inc(binder.value), body, 0)
      : lean.fn.exprMkForall(name, type, body, binder.info)) >>> 0;
  }

  binder(expr) {
    const [name, type] = [0, 1].map((i) => this.lean.field(expr, i));
    return { name, type, value: null, info: this.info(expr), nondep: 0 };
  }

  letBinder(expr) {
    const [name, type, value] = [0, 1, 2].map((i) => this.lean.field(expr, i));
    return { name, type, value, info: 0, nondep: this.lean.scalarByte(expr, LET_NONDEP_OFFSET) };
  }

  info(expr) {
    return this.lean.scalarByte(expr, EXPR_BINDER_INFO_OFFSET);
  }

  /** The new goals with their binders introduced, owned. @returns {number[]} */
  openHoles() {
    const { lean, session } = this;
    return this.holes.map(({ goal, arity }) => lean.scoped((scope) => {
      const opened = scope.own(session.meta('introNP', goal, box(arity)));
      return lean.inc(lean.field(opened, 1));
    }));
  }
}

/** A `let` whose value counts; a `have` is a plain binder. @param {Binder} binder */
function isDefinition(binder) {
  return binder.value !== null && binder.nondep === 0;
}

module.exports = { Sketch };
