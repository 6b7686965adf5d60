'use strict';
/**
 * The `sorry`s of an elaborated command as goals of a proof state.
 *
 * Each hole is made anew: its local context is closed into one type, which becomes the type of a
 * fresh metavariable and is introduced again. So the state is small, its goals share nothing, and
 * the hypothesis by which a declaration refers to itself (an auxiliary declaration, which would
 * let a theorem be proved by itself) is gone.
 */

const { isScalar, box, UNIT } = require('./runtime.js');
const {
  CommandContextInfo, CoreContext, CoreState, MetavarDecl, MetavarKind, LocalDeclKind, ExprTag,
} = require('./layouts.js');
const { Contexts, MonadState } = require('./engine.js');
const { ProofState } = require('./proof-state.js');
const { InfoTreeWalk, syntaxKind } = require('./infotree.js');
const { localDecls } = require('./printer.js');
const { byteRange } = require('./parser.js');
const { subexpressions } = require('./expressions.js');

const TACTIC_SORRY = 'Lean.Parser.Tactic.tacticSorry';
const TERM_SORRY = 'Lean.Parser.Term.sorry';

/**
 * @typedef {object} Hole everything borrowed from the info trees
 * @property {[number, number]} boundary bytes
 * @property {import('./infotree.js').TreeContext} context
 * @property {number[]} mctxs metavariable contexts, the most specific first
 * @property {number} lctx
 * @property {number} type
 * @property {number} tag user name of the goal
 *
 * @typedef {object} HoleState
 * @property {ProofState | null} state
 * @property {[number, number][]} boundaries of its goals
 * @property {{boundary: [number, number], reason: string}[]} skipped
 */

class Holes {
  /** @param {import('./goals.js').Goals} goals */
  constructor(goals) {
    this.goals = goals;
    this.engine = goals.engine;
    this.lean = goals.lean;
  }

  /**
   * One state for all holes of a command.
   * @param {number[]} trees borrowed @param {number} envBefore borrowed, before the command
   * @returns {HoleState}
   */
  stateOf(trees, envBefore) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const holes = this.collect(trees, scope);
      const boundaries = [];
      const closed = [];
      const skipped = [];
      for (const hole of holes) {
        const goal = this.close(hole, scope);
        if (goal.reason !== undefined) {
          skipped.push({ boundary: hole.boundary, reason: goal.reason });
        } else {
          closed.push(goal);
          boundaries.push(hole.boundary);
        }
      }
      if (closed.length === 0) return { state: null, boundaries, skipped };
      return { state: this.open(holes, closed, envBefore), boundaries, skipped };
    });
  }

  // -- finding -----------------------------------------------------------------------------------

  /** @param {number[]} trees @returns {Hole[]} in source order */
  collect(trees, scope) {
    const { lean } = this;
    const holes = [];
    const walk = new InfoTreeWalk(lean, {
      tactic: (node, context) => {
        if (syntaxKind(lean, node.stx) !== TACTIC_SORRY || node.goalsBefore.length === 0) return true;
        holes.push(...this.tacticHoles(node, context, scope));
        return false;
      },
      term: (node, context) => {
        if (node.isBinder || syntaxKind(lean, node.stx) !== TERM_SORRY) return true;
        holes.push(...this.termHole(node, context));
        return false;
      },
    });
    for (const tree of trees) walk.visit(tree);
    return holes.sort((a, b) => a.boundary[0] - b.boundary[0]);
  }

  /** The goals that a `sorry` among tactics closed. */
  tacticHoles(node, context, scope) {
    const { lean } = this;
    const boundary = byteRange(lean, node.stx);
    if (boundary === null || context.command === null) return [];
    const kept = new Set(node.goalsAfter.map((goal) => lean.rawName(goal)));
    const mctxs = [node.mctxBefore, lean.field(context.command, CommandContextInfo.mctx)];
    return node.goalsBefore.filter((goal) => !kept.has(lean.rawName(goal))).flatMap((goal) => {
      const found = scope.own(lean.fn.findMVarDecl(lean.inc(node.mctxBefore), lean.inc(goal)) >>> 0);
      const decl = lean.optionValue(found);
      if (decl === null) return [];
      const [lctx, type, tag] = [MetavarDecl.lctx, MetavarDecl.type, MetavarDecl.userName]
        .map((index) => lean.field(decl, index));
      return [{ boundary, context, mctxs, lctx, type, tag }];
    });
  }

  /** A `sorry` as a term: its expected type, or the type that its elaboration shows. */
  termHole(node, context) {
    const { lean } = this;
    const boundary = byteRange(lean, node.stx);
    if (boundary === null || context.command === null || node.expectedType === null) return [];
    const mctxs = [lean.field(context.command, CommandContextInfo.mctx)];
    return [{ boundary, context, mctxs, lctx: node.lctx, type: node.expectedType, tag: UNIT }];
  }

  // -- closing -----------------------------------------------------------------------------------

  /**
   * The type of a hole with its local context as binders; parts are owned by `scope`.
   * @param {Hole} hole
   * @returns {{type: number, arity: number, tag: number} | {reason: string}}
   */
  close(hole, scope) {
    const { lean } = this;
    const whole = (expr) => scope.own(this.instantiate(hole.mctxs, expr));
    const target = whole(hole.type);
    const decls = localDecls(lean, hole.lctx).map((decl) => ({
      ...decl, type: whole(decl.type), value: decl.value === null ? null : whole(decl.value),
    }));
    const kept = this.needed(decls, target);
    const parts = [target, ...kept.flatMap(({ type, value }) => (value === null ? [type] : [type, value]))];
    if (parts.some((part) => lean.test('exprHasExprMVar', part))) {
      return { reason: 'it depends on metavariables that are determined elsewhere' };
    }
    if ([target, ...kept.map(({ type }) => type)].some((type) => lean.test('exprHasSorry', type))) {
      return { reason: 'its type depends on another `sorry`' };
    }
    return { type: scope.own(this.abstract(kept, target)), arity: kept.length, tag: hole.tag };
  }

  /** An expression with what any of the contexts assigns; owned. */
  instantiate(mctxs, expr) {
    const { lean } = this;
    let result = lean.inc(expr);
    for (const mctx of mctxs) {
      result = lean.scoped((scope) => {
        const pair = scope.own(lean.fn.instantiateExprMVars(lean.inc(mctx), result) >>> 0);
        return lean.inc(lean.field(pair, 1));
      });
      if (!lean.test('exprHasMVar', result)) break;
    }
    return result;
  }

  /** All proper hypotheses, and of the others those on which something kept depends. */
  needed(decls, target) {
    const { lean } = this;
    const used = new Set();
    const seen = new Set();
    const use = (expr) => this.collectFVars(expr, used, seen);
    use(target);
    const kept = [];
    for (const decl of [...decls].reverse()) {
      const isProper = decl.kind === LocalDeclKind.default;
      if (!isProper && !used.has(lean.rawName(decl.fvarId))) continue;
      kept.push(decl);
      use(decl.type);
      if (decl.value !== null) use(decl.value);
    }
    return kept.reverse();
  }

  /** @param {number} expr @param {Set<string>} used names @param {Set<number>} seen objects */
  collectFVars(expr, used, seen) {
    const { lean } = this;
    const pending = [expr];
    while (pending.length > 0) {
      const next = pending.pop();
      if (seen.has(next)) continue;
      seen.add(next);
      if (lean.tag(next) === ExprTag.fvar) used.add(lean.rawName(lean.field(next, 0)));
      else pending.push(...subexpressions(lean, next));
    }
  }

  /** `∀ decls, target`; owned. */
  abstract(decls, target) {
    const { lean } = this;
    let lctx = lean.global('emptyLocalContext');
    const variables = [];
    for (const decl of decls) {
      const [id, userName, type] = [decl.fvarId, decl.userName, decl.type].map((part) => lean.inc(part));
      lctx = (decl.value === null
        ? lean.fn.lctxMkLocalDecl(lctx, id, userName, type, box(decl.binderInfo), box(0))
        : lean.fn.lctxMkLetDecl(lctx, id, userName, type, lean.inc(decl.value), box(0), box(0))) >>> 0;
      variables.push(lean.fn.exprMkFVar(lean.inc(decl.fvarId)) >>> 0);
    }
    const keepAllLets = box(0);
    return lean.fn.lctxMkForall(lctx, lean.array(variables), lean.inc(target), keepAllLets, box(0)) >>> 0;
  }

  // -- opening -----------------------------------------------------------------------------------

  /** @param {Hole[]} holes @param {{type: number, arity: number, tag: number}[]} closed */
  open(holes, closed, envBefore) {
    const { engine, lean } = this;
    const contexts = this.contextsFor(holes[0].context.command);
    const monad = this.statesFor(holes.at(-1).context, envBefore);
    try {
      return engine.run(contexts, monad, (session) => {
        const pairs = closed.map((goal) => this.openOne(session, goal));
        return new ProofState(contexts.retain(), this.goals.finished(session), {
          goals: pairs.map(({ goal }) => goal), roots: pairs.map(({ root }) => root),
        });
      });
    } finally {
      contexts.release();
      monad.release();
    }
  }

  openOne(session, { type, arity, tag }) {
    const { lean, engine } = this;
    return lean.scoped((scope) => {
      const level = session.term('levelMVarToParam', lean.inc(type), lean.inc(engine.neverParam));
      const root = scope.own(session.meta(
        'mkFreshExprMVar', lean.some(level), box(MetavarKind.syntheticOpaque), lean.inc(tag)));
      const rootId = lean.inc(lean.field(root, 0));
      const opened = scope.own(session.meta('introNP', lean.inc(rootId), box(arity)));
      return { root: rootId, goal: lean.inc(lean.field(opened, 1)) };
    });
  }

  /** Contexts with the namespace, open declarations and options at a place. */
  contextsFor(command) {
    const { lean, engine } = this;
    const { core, meta, term } = engine.contexts;
    const at = (index) => lean.inc(lean.field(command, index));
    const own = lean.copyWith(core, {
      [CoreContext.options]: at(CommandContextInfo.options),
      [CoreContext.currNamespace]: at(CommandContextInfo.currNamespace),
      [CoreContext.openDecls]: at(CommandContextInfo.openDecls),
    });
    return new Contexts(lean, own, lean.inc(meta), lean.inc(term));
  }

  /** States with the environment at a place, where its own declaration does not exist yet. */
  statesFor({ command, parentDecl }, envBefore) {
    const { lean, engine } = this;
    const inner = lean.field(command, CommandContextInfo.env);
    const isCircular = parentDecl !== null && this.contains(inner, parentDecl);
    const env = lean.inc(isCircular ? envBefore : inner);
    const { core, meta, term } = engine.base;
    return new MonadState(
      lean, lean.copyWith(core, { [CoreState.env]: env }), lean.inc(meta), lean.inc(term));
  }

  contains(env, name) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const found = lean.fn.envFind(lean.inc(env), lean.inc(name), box(0)) >>> 0;
      return !isScalar(scope.own(found));
    });
  }
}

module.exports = { Holes };
