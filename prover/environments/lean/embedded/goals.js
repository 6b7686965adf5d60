'use strict';
/** How proof states begin, how they are resumed and shown. What tactics do: `tactics.js`. */

const { isScalar, box, UNIT } = require('./runtime.js');
const { MetavarDecl, MetavarKind, TermState } = require('./layouts.js');
const { ProtocolError } = require('./errors.js');
const { SyntaxParser } = require('./parser.js');
const { Printer } = require('./printer.js');
const { ProofState } = require('./proof-state.js');

const TACTIC_FRAGMENT = 'tactic';

class Goals {
  /** @param {import('./engine.js').Engine} engine */
  constructor(engine) {
    this.engine = engine;
    this.lean = engine.lean;
    this.parser = new SyntaxParser(engine);
    this.printer = new Printer(engine.lean);
  }

  // -- beginning -----------------------------------------------------------------------------------

  /**
   * A state for a type given as text. @param {string} text @param {string[]} levels
   * @returns {ProofState}
   */
  startFromText(text, levels) {
    return this.start((session) => this.elaborateType(session, text, levels));
  }

  /** A state for the type of a constant. @param {string} name */
  startFromConstant(name) {
    const { lean, engine } = this;
    return this.start((session) => lean.scoped((scope) => {
      const found = scope.own(lean.fn.envFind(engine.env(), lean.name(name), box(0)) >>> 0);
      if (isScalar(found)) throw new ProtocolError('index', `Symbol not found: ${name}`);
      const constant = lean.field(lean.field(lean.field(found, 0), 0), 0);
      const [, levelParams, type] = [0, 1, 2].map((i) => lean.field(constant, i));
      this.addLevels(session, lean.listItems(levelParams).map((level) => lean.inc(level)));
      return lean.inc(type);
    }));
  }

  start(mkType) {
    const { engine, lean } = this;
    const { contexts, base } = engine;
    return this.protocolErrors('elab', () => engine.run(contexts, base, (session) => {
      const type = mkType(session);
      const root = this.newGoal(session, type, MetavarKind.syntheticOpaque);
      const monad = this.finished(session);
      return new ProofState(contexts.retain(), monad, { goals: [lean.inc(root)], roots: [root] });
    }));
  }

  /** Lean's exceptions in `work` as the protocol's errors. */
  protocolErrors(kind, work) {
    try {
      return work();
    } catch (thrown) {
      if (thrown instanceof ProtocolError) throw thrown;
      const { text, kind: failure } = this.engine.describe(thrown);
      throw new ProtocolError(failure === 'elaboration' ? kind : failure, text);
    }
  }

  /** An owned closed type. */
  elaborateType(session, text, levels) {
    const { lean } = this;
    this.addLevels(session, levels.map((level) => lean.name(level)));
    const stx = this.parser.term(session, text);
    let type = session.term('elabType', stx);
    lean.dec(session.term('synthesizeNoPostponing', box(0)));
    type = session.term('levelMVarToParam', type, lean.inc(this.engine.neverParam));
    type = session.instantiate(type);
    const errors = session.messages().filter((message) => message.severity === 'error');
    if (errors.length > 0) throw new ProtocolError('elab', errors.map((m) => m.data).join('\n'));
    if (lean.test('exprHasMVar', type)) {
      lean.dec(type);
      throw new ProtocolError('elab', 'the type contains metavariables that are not determined');
    }
    return type;
  }

  /** Declare universe levels, the latest first as Lean keeps them. @param {number[]} levels owned */
  addLevels(session, levels) {
    const { lean } = this;
    const old = lean.readRef(session.termRef);
    let names = lean.inc(lean.field(old, TermState.levelNames));
    for (const level of levels) names = lean.ctor(1, [level, names]);
    lean.writeRef(session.termRef, lean.copyWith(old, { [TermState.levelNames]: names }));
    lean.dec(old);
  }

  /** The name of a fresh metavariable, owned. @param {number} type consumed @param {number} kind */
  newGoal(session, type, kind) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const expr = session.meta('mkFreshExprMVar', lean.some(type), box(kind), UNIT);
      return lean.inc(lean.field(scope.own(expr), 0));
    });
  }

  // -- sessions ------------------------------------------------------------------------------------

  /** The session's states without messages, ready to be kept. */
  finished(session) {
    const states = session.states();
    const core = this.engine.cleanCore(states.core);
    this.lean.dec(states.core);
    states.core = core;
    return states;
  }

  /** Run `work` in the local context of a goal. @template T @returns {T} */
  inGoal(session, mvarId, work) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const decl = scope.own(session.findDecl(mvarId));
      const lctx = lean.field(decl, MetavarDecl.lctx);
      return session.withLocalContext(lctx, lean.field(decl, MetavarDecl.localInstances), work);
    });
  }

  /** Metavariables that the values of `roots` still mention. @returns {string[]} */
  unassigned(session, roots) {
    const { lean } = this;
    return lean.scoped((scope) => roots.flatMap((root) => {
      const value = scope.own(session.instantiate(lean.fn.exprMkMVar(lean.inc(root)) >>> 0));
      if (!lean.test('exprHasExprMVar', value)) return [];
      return this.printer.metavariables(session, value);
    }));
  }

  /** Whether the values of the goals just solved use `sorry` or unsafe constants. */
  judge(session, parents) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const values = parents.map((goal) => (
        scope.own(session.instantiate(lean.fn.exprMkMVar(lean.inc(goal)) >>> 0))));
      const hasSorry = values.some((value) => lean.test('exprHasSorry', value));
      const isUnsafe = (value) => (
        lean.fn.envHasUnsafe(session.env(), lean.inc(value)) >>> 0 !== box(0));
      return { hasSorry, hasUnsafe: values.some(isUnsafe) };
    });
  }

  // -- resuming ------------------------------------------------------------------------------------

  /**
   * A state like `target` with the given goals that are not solved yet.
   * @param {ProofState} target @param {string[]} names
   */
  resume(target, names) {
    const { lean, engine } = this;
    return engine.run(target.contexts, target.monad, (session) => lean.scoped((scope) => {
      const goals = names.map((name) => scope.own(lean.name(name)));
      const missing = names.filter((name, i) => {
        const decl = session.findDecl(goals[i]);
        if (decl !== null) lean.dec(decl);
        return decl === null;
      });
      if (missing.length > 0) {
        throw new ProtocolError('structure', `Goals [${missing.join(', ')}] are not in scope`);
      }
      const open = goals.filter((goal) => !session.isAssigned(goal));
      return new ProofState(target.contexts.retain(), this.finished(session), {
        goals: open.map((goal) => lean.inc(goal)),
        roots: open.map((goal) => lean.inc(goal)),
      });
    }));
  }

  /** A solved state, with the goals of another branch of the same proof. */
  continueWith(target, branch) {
    const { lean } = this;
    if (target.goals.length > 0) {
      throw new ProtocolError('structure', 'Target state has unresolved goals');
    }
    return this.resume(target, branch.goals.map((goal) => lean.nameText(goal)));
  }

  // -- showing -------------------------------------------------------------------------------------

  /** @param {ProofState} state @param {import('./options.js').Options} options */
  show(state, options) {
    if (state.goals.length === 0) return [];
    return this.engine.run(state.contexts, state.monad, (session) => (
      state.goals.map((goal) => this.printer.goal(
        session, goal, options, state.fragmentOf(goal)?.kind ?? TACTIC_FRAGMENT))));
  }

  /**
   * The answer of `goal.print`. @param {ProofState} state
   * @param {{rootExpr?: boolean, parentExprs?: boolean, goals?: boolean, extraMVars?: string[]}} what
   */
  print(state, what, options) {
    const { engine, lean } = this;
    return engine.run(state.contexts, state.monad, (session) => lean.scoped((scope) => {
      const roots = state.roots.length === 1 && session.isAssigned(state.roots[0]) ? state.roots : [];
      const { hasSorry, hasUnsafe } = this.judge(session, roots);
      const answer = {
        goals: what.goals ? this.show(state, options) : [],
        extraMVars: (what.extraMVars ?? []).map((name) => (
          this.valueOf(session, scope.own(lean.name(name)), options) ?? {})),
        rootHasSorry: hasSorry,
        rootHasUnsafe: hasUnsafe,
        rootHasMVar: roots.length > 0 && this.unassigned(session, roots).length > 0,
      };
      if (what.rootExpr && roots.length > 0) answer.root = this.valueOf(session, roots[0], options);
      if (what.parentExprs) {
        answer.parentExprs = state.parents.map((goal) => this.valueOf(session, goal, options));
      }
      return answer;
    }));
  }

  /** The value of a metavariable, printed in its own context; null if it has none. */
  valueOf(session, mvarId, options) {
    const { lean } = this;
    const decl = session.findDecl(mvarId);
    if (decl === null) return null;
    lean.dec(decl);
    if (!session.isAssigned(mvarId)) return null;
    return this.inGoal(session, mvarId, () => (
      this.printer.expression(session, lean.fn.exprMkMVar(lean.inc(mvarId)) >>> 0, options)));
  }
}

module.exports = { Goals };
