'use strict';
/**
 * Tactic fragments: `conv` and `calc` entered and left step by step (`goal.tactic` with `mode`).
 *
 * A goal may carry a fragment, which says in what language the next text for it is written. In
 * `calc`, a text is one relation; it becomes a goal, and what is missing to the target stays behind
 * with the fragment. In `conv`, the goal is an equation whose right-hand side is still open; when
 * the last such goal is closed, or the mode is left, the original target is rewritten with it.
 */

const { isScalar, box } = require('./runtime.js');
const { MetavarDecl, MetavarKind, ExprTag } = require('./layouts.js');
const { LeanException, TacticFailure } = require('./errors.js');

/**
 * @typedef {{kind: 'calc', previous: number | null}} Calc `previous`: right-hand side of the last
 *   step, owned by the state
 * @typedef {{kind: 'conv', parent: string, parentGoal: number, rhs: number, proof: number}} Conv
 *   carried by each open equation; `parentGoal` (a name), `rhs` and `proof` owned
 * @typedef {Calc | Conv} Fragment
 */

/** The objects that a fragment owns. @param {Fragment} fragment @returns {number[]} */
function ownedBy(fragment) {
  if (fragment.kind === 'conv') return [fragment.parentGoal, fragment.rhs, fragment.proof];
  return fragment.previous === null ? [] : [fragment.previous];
}

/** @param {import('./values.js').Lean} lean @param {Fragment} fragment @returns {Fragment} */
function retain(lean, fragment) {
  ownedBy(fragment).forEach((object) => lean.inc(object));
  return { ...fragment };
}

class Fragments {
  /** @param {import('./goals.js').Goals} goals @param {import('./tactics.js').Tactics} tactics */
  constructor(goals, tactics) {
    this.goals = goals;
    this.tactics = tactics;
    this.lean = goals.lean;
  }

  /**
   * Begin to rewrite a goal: it is replaced by an equation to be solved.
   * @returns {Fragment} of the new first goal in `tacticRef`
   */
  enterConv(session, tacticRef) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const [main, ...others] = lean.listItems(scope.own(lean.readRef(tacticRef)));
      const decl = scope.own(session.findDecl(main));
      const target = session.instantiate(lean.inc(lean.field(decl, MetavarDecl.type)));
      const tag = lean.inc(lean.field(decl, MetavarDecl.userName));
      const pair = this.goals.inGoal(session, main, () => session.meta('mkConvGoalFor', target, tag));
      scope.own(pair);
      const [rhs, proof] = [0, 1].map((i) => lean.inc(lean.field(pair, i)));
      const equation = lean.inc(lean.field(proof, 0));
      lean.writeRef(tacticRef, lean.list([equation, ...others.map((goal) => lean.inc(goal))]));
      return { kind: 'conv', parent: lean.nameText(main), parentGoal: lean.inc(main), rhs, proof };
    });
  }

  /** One `conv` tactic on the first goal. @param {string} text */
  convStep(session, tacticRef, text) {
    const stx = this.goals.parser.category(session, 'conv', text);
    this.tactics.evalTactic(session, tacticRef, stx);
  }

  /**
   * Leave `conv`: close what is open of it by `rfl`, rewrite the original goal.
   * @param {Conv} fragment @param {Set<string>} equations names of its open goals
   */
  leaveConv(session, tacticRef, fragment, equations) {
    const { lean } = this;
    lean.scoped((scope) => {
      const goals = lean.listItems(scope.own(lean.readRef(tacticRef)));
      const isOpen = (goal) => equations.has(lean.nameText(goal));
      for (const goal of goals.filter(isOpen)) {
        if (!session.isAssigned(goal)) lean.dec(session.meta('reflGoal', lean.inc(goal), box(1)));
      }
      const next = this.goals.inGoal(session, fragment.parentGoal, () => session.meta(
        'replaceTargetEq', lean.inc(fragment.parentGoal),
        session.instantiate(lean.inc(fragment.rhs)), session.instantiate(lean.inc(fragment.proof))));
      const others = goals.filter((goal) => !isOpen(goal)).map((goal) => lean.inc(goal));
      this.tryRefl(session, next);
      lean.writeRef(tacticRef, lean.list([next, ...others]));
    });
  }

  /** Close a goal by `rfl` if that works, as `conv` does at its end. @param {number} goal borrowed */
  tryRefl(session, goal) {
    const { lean } = this;
    const before = lean.readRef(session.metaRef);
    try {
      lean.dec(session.meta('reflGoal', lean.inc(goal), box(1)));
      lean.dec(before);
    } catch (thrown) {
      if (!(thrown instanceof LeanException)) throw thrown;
      lean.dec(thrown.object);
      lean.writeRef(session.metaRef, before);
    }
  }

  /**
   * One step of `calc` for the first goal.
   * @param {Calc} fragment @param {string} text a relation
   * @returns {Map<string, Fragment>} of the goal that remains, if one does
   */
  calcStep(session, tacticRef, fragment, text) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const [main, ...others] = lean.listItems(scope.own(lean.readRef(tacticRef)));
      const decl = scope.own(session.findDecl(main));
      const target = scope.own(session.instantiate(lean.inc(lean.field(decl, MetavarDecl.type))));
      return this.goals.inGoal(session, main, () => {
        const step = scope.own(this.calcRelation(session, fragment, text));
        const branch = this.newGoal(session, step, scope);
        const goals = [lean.inc(lean.field(branch, 0))];
        const fragments = new Map();
        let proof = branch;
        if (!this.isDefEq(session, step, target)) {
          const rest = this.calcRest(session, { step, target, branch }, scope);
          proof = rest.proof;
          goals.push(lean.inc(lean.field(rest.hole, 0)));
          const name = lean.nameText(lean.field(rest.hole, 0));
          fragments.set(name, { kind: 'calc', previous: lean.inc(rest.previous) });
        }
        session.assign(lean.inc(main), lean.inc(proof));
        lean.writeRef(tacticRef, lean.list([...goals, ...others.map((goal) => lean.inc(goal))]));
        return fragments;
      });
    });
  }

  /** The elaborated relation of a step; `_` on its left is the right-hand side before. Owned. */
  calcRelation(session, { previous }, text) {
    const { lean } = this;
    let stx = this.goals.parser.term(session, text);
    if (previous !== null) {
      const type = session.metaUnboxed('inferType', lean.inc(previous));
      stx = session.term('annotateFirstHole', stx, type);
    }
    const elaborated = session.term('elabType', stx);
    lean.dec(session.term('synthesizeNoPostponing', box(0)));
    const step = session.instantiate(elaborated);
    return lean.scoped((scope) => {
      const { lhs } = this.relation(session, step, scope);
      if (previous !== null && !this.isDefEq(session, lhs, previous)) {
        lean.dec(step);
        throw new TacticFailure("invalid 'calc' step: its left-hand side is not the last right-hand side");
      }
      return step;
    });
  }

  /** What remains between a step and the target: `step`'s right-hand side to the target's. */
  calcRest(session, { step, target, branch }, scope) {
    const { lean } = this;
    const mine = this.relation(session, step, scope);
    const wanted = this.relation(session, target, scope);
    const half = lean.fn.exprMkApp(lean.inc(wanted.relation), lean.inc(mine.rhs)) >>> 0;
    const type = scope.own(lean.fn.exprMkApp(half, lean.inc(wanted.rhs)) >>> 0);
    const hole = this.newGoal(session, type, scope);
    const pair = scope.own(session.meta(
      'mkCalcTrans', lean.inc(branch), lean.inc(step), lean.inc(hole), lean.inc(type)));
    const [proof, proved] = [lean.field(pair, 0), lean.field(pair, 1)];
    if (!this.isDefEq(session, proved, target)) {
      throw new TacticFailure("'calc' tactic failed: the steps do not lead to the target");
    }
    return { hole, proof, previous: scope.own(lean.inc(mine.rhs)) };
  }

  /** @returns {{relation: number, lhs: number, rhs: number}} borrowed from `scope` */
  relation(session, expr, scope) {
    const { lean } = this;
    const found = scope.own(session.meta('calcRelation', lean.inc(expr)));
    if (isScalar(found)) throw new TacticFailure("invalid 'calc' step, relation expected");
    const triple = lean.field(found, 0);
    const sides = lean.field(triple, 1);
    return { relation: lean.field(triple, 0), lhs: lean.field(sides, 0), rhs: lean.field(sides, 1) };
  }

  newGoal(session, type, scope) {
    const { lean } = this;
    const kind = box(MetavarKind.syntheticOpaque);
    return scope.own(session.meta('mkFreshExprMVar', lean.some(lean.inc(type)), kind, box(0)));
  }

  isDefEq(session, a, b) {
    const { lean } = this;
    return session.metaUnboxed('isDefEq', lean.inc(a), lean.inc(b)) !== box(0);
  }

  /** Whether a goal is an equation of `conv`: such targets are marked. @param {number} goal */
  isEquation(session, goal) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const decl = scope.own(session.findDecl(goal));
      return lean.tag(lean.field(decl, MetavarDecl.type)) === ExprTag.mdata;
    });
  }
}

module.exports = { Fragments, ownedBy, retain };
