'use strict';
/**
 * Proof states: how they begin, what tactics make of them, how they are shown.
 *
 * A `ProofState` never changes. It carries its own contexts (namespace, open declarations,
 * options) and monad states (environment, metavariables), so that goals from different places of a
 * file are elaborated each in its own scope.
 */

const { isScalar, box, UNIT } = require('./runtime.js');
const {
  MetavarDecl, MetavarKind, TacticContext, SyntaxNode, SyntaxTag,
  SOURCE_INFO_NONE_TAG, TermState,
} = require('./layouts.js');
const { ProtocolError } = require('./errors.js');
const { SyntaxParser } = require('./parser.js');
const { Printer } = require('./printer.js');
const { Sketch } = require('./sketch.js');

const TACTIC_FRAGMENT = 'tactic';

class ProofState {
  /**
   * @param {import('./engine.js').Contexts} contexts retained for this state
   * @param {import('./engine.js').MonadState} monad owned
   * @param {object} parts
   * @param {number[]} parts.goals owned metavariable names
   * @param {number[]} parts.roots owned: what is proved when no goal is left
   * @param {number[]} [parts.parents] owned: the goals that the last step solved
   * @param {boolean} [parts.hasDormant] whether goals were set aside
   */
  constructor(contexts, monad, { goals, roots, parents = [], hasDormant = false }) {
    this.contexts = contexts;
    this.monad = monad;
    this.goals = goals;
    this.roots = roots;
    this.parents = parents;
    this.hasDormant = hasDormant;
  }

  release() {
    const { lean } = this.monad;
    for (const name of [...this.goals, ...this.roots, ...this.parents]) lean.dec(name);
    this.monad.release();
    this.contexts.release();
  }
}

/**
 * @typedef {object} Site where a tactic acts
 * @property {number} index of the goal it acts on
 * @property {boolean} focused whether the other goals go dormant
 *
 * @typedef {object} Outcome of a tactic
 * @property {ProofState} [state] when it succeeded
 * @property {object[]} messages
 * @property {boolean} hasSorry @property {boolean} hasUnsafe
 * @property {'parse' | 'elaboration' | 'timeout'} [failure]
 */

class Goals {
  /** @param {import('./engine.js').Engine} engine */
  constructor(engine) {
    this.engine = engine;
    this.lean = engine.lean;
    this.parser = new SyntaxParser(engine);
    this.printer = new Printer(engine.lean);
    // `recover` off: the first error is thrown instead of being logged and patched with `sorry`.
    this.tacticContext = this.lean.ctor(0, [UNIT], [0]);
  }

  // -- beginning -------------------------------------------------------------------------------

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

  /** The session's states without messages, ready to be kept. */
  finished(session) {
    const states = session.states();
    const core = this.engine.cleanCore(states.core);
    this.lean.dec(states.core);
    states.core = core;
    return states;
  }

  // -- tactics -----------------------------------------------------------------------------------

  /**
   * Run a tactic text. @param {ProofState} state @param {Site} site @param {string} text
   * @param {{heartbeats?: number}} limits @returns {Outcome}
   */
  tactic(state, site, text, limits) {
    const { lean } = this;
    return lean.scoped((scope) => {
      // Messages then carry positions in the tactic's own text.
      const fileMap = scope.own(lean.fn.fileMapOfString(lean.mkString(text)) >>> 0);
      return this.step(state, site, { ...limits, fileMap }, (session, tacticRef) => {
        const stx = this.parser.tactics(session, text);
        this.evalTactic(session, tacticRef, stx);
      });
    });
  }

  /** Assign a term to the goal; its holes become goals. */
  assign(state, site, text, limits) {
    return this.step(state, site, limits, (session, tacticRef) => {
      // `refine'` is the tactic that turns every hole, `_` too, into a goal.
      const term = this.parser.term(session, text);
      const stx = this.syntaxNode("Lean.Parser.Tactic.refine'", [this.atom("refine'"), term]);
      this.evalTactic(session, tacticRef, stx);
    });
  }

  /** Add a hypothesis: first its proof as a goal, then the goal with it. */
  have(state, site, text, binderName, limits) {
    return this.branch(state, site, text, limits, (session, goal, type, proof) => {
      const { lean } = this;
      const next = session.meta('assertHyp', goal, this.binder(binderName), type, proof);
      return lean.scoped((scope) => {
        const pair = scope.own(session.metaUnboxed('intro1P', next));
        return lean.inc(lean.field(pair, 1));
      });
    });
  }

  /** Add a definition: first its value as a goal, then the goal under the `let`. */
  let(state, site, text, binderName, limits) {
    return this.branch(state, site, text, limits, (session, goal, type, value) => (
      session.meta('defineHyp', goal, this.binder(binderName), type, value)
    ));
  }

  /** Make a term with `sorry`s the value of the goal, and the `sorry`s goals. */
  draft(state, site, text, limits) {
    const { lean } = this;
    return this.step(state, site, limits, (session, tacticRef) => lean.scoped((scope) => {
      const goals = lean.listItems(scope.own(lean.readRef(tacticRef)));
      const [main, ...others] = goals;
      this.inGoal(session, main, () => {
        const expr = scope.own(this.elaborateFor(session, main, text));
        const sketch = new Sketch(lean, session);
        session.assign(lean.inc(main), sketch.lift(expr));
        const holes = sketch.openHoles();
        lean.writeRef(tacticRef, lean.list([...holes, ...others.map((goal) => lean.inc(goal))]));
      });
    }));
  }

  /** A term of the goal's type, owned. @param {number} goal borrowed */
  elaborateFor(session, goal, text) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const decl = scope.own(session.findDecl(goal));
      const target = session.instantiate(lean.inc(lean.field(decl, MetavarDecl.type)));
      const stx = this.parser.term(session, text);
      const expr = session.term(
        'elabTermEnsuringType', stx, lean.some(target), box(1), box(1), UNIT);
      lean.dec(session.term('synthesizeNoPostponing', box(0)));
      return session.instantiate(expr);
    });
  }

  binder(name) {
    return this.lean.name(name === '' ? 'this' : name);
  }

  branch(state, site, text, limits, extend) {
    const { lean } = this;
    return this.step(state, site, limits, (session, tacticRef) => lean.scoped((scope) => {
      const goals = lean.listItems(scope.own(lean.readRef(tacticRef)));
      const main = goals[0];
      this.inGoal(session, main, () => {
        const stx = this.parser.term(session, text);
        const elaborated = session.term('elabType', stx);
        lean.dec(session.term('synthesizeNoPostponing', box(0)));
        const type = scope.own(session.instantiate(elaborated));
        const kind = box(MetavarKind.syntheticOpaque);
        const hole = session.meta('mkFreshExprMVar', lean.some(lean.inc(type)), kind, UNIT);
        const branch = lean.inc(lean.field(scope.own(hole), 0));
        const next = extend(session, lean.inc(main), lean.inc(type), lean.inc(hole));
        const others = goals.slice(1).map((goal) => lean.inc(goal));
        lean.writeRef(tacticRef, lean.list([branch, next, ...others]));
      });
    }));
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

  /** Run a `TacticM` function; owned result. @param {string} name */
  tacticM(session, tacticRef, name, ...args) {
    const { lean } = this;
    return session.term(name, ...args, lean.inc(this.tacticContext), lean.inc(tacticRef));
  }

  /** @param {number} stx consumed */
  evalTactic(session, tacticRef, stx) {
    this.lean.dec(this.tacticM(session, tacticRef, 'evalTactic', stx));
  }

  /**
   * One step of a proof: `work` acts on the goals in a reference, the one of `site` first.
   * @returns {Outcome}
   */
  step(state, site, limits, work) {
    const { engine } = this;
    const run = (session) => this.attempt(session, state, site, work);
    try {
      return engine.run(state.contexts, state.monad, run, limits);
    } catch (thrown) {
      if (thrown instanceof ProtocolError) throw thrown;
      // A crash inside: the session is gone, the states before it are whole.
      return this.failed([], engine.describe(thrown));
    }
  }

  attempt(session, state, site, work) {
    const { lean, engine } = this;
    const before = goalsAt(state, site);
    return lean.scoped((scope) => {
      const tacticRef = scope.own(lean.mkRef(lean.list(before.map((goal) => lean.inc(goal)))));
      try {
        work(session, tacticRef);
        lean.dec(session.term('synthesizeNoPostponing', box(0)));
        lean.dec(this.tacticM(session, tacticRef, 'pruneSolvedGoals'));
      } catch (thrown) {
        return this.failed(session.messages(), engine.describe(thrown));
      }
      return this.completed(session, state, site, before, tacticRef);
    });
  }

  /** What is made of a step in which nothing was thrown. */
  completed(session, state, site, before, tacticRef) {
    const { lean, engine } = this;
    const messages = session.messages();
    if (messages.some((message) => message.severity === 'error')) {
      const kind = engine.isCancelled() ? 'timeout' : 'elaboration';
      return { messages, hasSorry: false, hasUnsafe: false, failure: kind };
    }
    return lean.scoped((scope) => {
      const goals = lean.listItems(scope.own(lean.readRef(tacticRef)));
      const parents = before.filter((goal) => session.isAssigned(goal));
      const hasDormant = state.hasDormant || (site.focused && state.goals.length > 1);
      const lost = goals.length > 0 || hasDormant ? [] : this.unassigned(session, state.roots);
      if (lost.length > 0) return this.failed(messages, lostHoles(lost));
      const { hasSorry, hasUnsafe } = this.judge(session, parents);
      const next = new ProofState(state.contexts.retain(), this.finished(session), {
        goals: goals.map((goal) => lean.inc(goal)),
        roots: state.roots.map((root) => lean.inc(root)),
        parents: parents.map((parent) => lean.inc(parent)),
        hasDormant,
      });
      return { state: next, messages, hasSorry, hasUnsafe };
    });
  }

  /** @returns {Outcome} */
  failed(messages, { text, kind }) {
    // An abort carries no text of its own: its reason has been logged.
    const isAbort = messages.length > 0 && /^internal exception/.test(text);
    const own = isAbort ? [] : [plainError(text)];
    return { messages: [...own, ...messages], hasSorry: false, hasUnsafe: false, failure: kind, text };
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

  syntaxNode(kind, children) {
    const { lean } = this;
    const fields = [];
    fields[SyntaxNode.info] = box(SOURCE_INFO_NONE_TAG);
    fields[SyntaxNode.kind] = lean.name(kind);
    fields[SyntaxNode.args] = lean.array(children);
    return lean.ctor(SyntaxTag.node, fields);
  }

  atom(text) {
    return this.lean.ctor(SyntaxTag.atom, [box(SOURCE_INFO_NONE_TAG), this.lean.mkString(text)]);
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

  // -- showing -----------------------------------------------------------------------------------

  /** @param {ProofState} state @param {import('./options.js').Options} options */
  show(state, options) {
    if (state.goals.length === 0) return [];
    return this.engine.run(state.contexts, state.monad, (session) => (
      state.goals.map((goal) => this.printer.goal(session, goal, options, TACTIC_FRAGMENT))));
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

/** The goals that a tactic sees at a site, the one it acts on first. @returns {number[]} */
function goalsAt(state, { index, focused }) {
  const acting = state.goals[index];
  if (acting === undefined) {
    throw new ProtocolError('index', state.goals.length === 0
      ? 'No goals to be solved' : `Invalid goal index ${index}`);
  }
  return focused ? [acting] : [acting, ...state.goals.filter((goal) => goal !== acting)];
}

/** @param {string[]} names of metavariables */
function lostHoles(names) {
  const shown = names.map((name) => `?${name}`).join(', ');
  return { text: `don't know how to synthesize placeholder: ${shown} stays undetermined`, kind: 'elaboration' };
}

/** A `SerialMessage` for an exception. @param {string} text */
function plainError(text) {
  return {
    fileName: '<Pantograph>',
    pos: { line: 0, column: 0 },
    endPos: null,
    keepFullRange: false,
    severity: 'error',
    isSilent: false,
    caption: '',
    data: text,
    kind: '[anonymous]',
  };
}

module.exports = { Goals, ProofState, plainError };
