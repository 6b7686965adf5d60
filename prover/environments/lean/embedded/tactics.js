'use strict';
/**
 * What is done to the goals of a state: tactics, terms, `have`, `let`, sketches, fragments.
 *
 * Each is one *step*: some work on the list of goals in a reference, in the state's own scope. A
 * step that throws, logs an error or leaves something undetermined fails, and the state before it
 * is as it was.
 */

const { box, UNIT } = require('./runtime.js');
const {
  MetavarDecl, MetavarKind, TacticContext, SyntaxNode, SyntaxTag, SOURCE_INFO_NONE_TAG,
} = require('./layouts.js');
const { ProtocolError } = require('./errors.js');
const { ProofState } = require('./proof-state.js');
const { Sketch } = require('./sketch.js');
const { Fragments, retain } = require('./fragments.js');
const { plainError } = require('./values.js');

/**
 * @typedef {object} Site where a tactic acts
 * @property {number} index of the goal it acts on
 * @property {boolean} focused whether the other goals go dormant
 *
 * @typedef {(session: import('./engine.js').Session, tacticRef: number) =>
 *   Map<string, import('./fragments.js').Fragment | null> | void} Work on the goals in a reference;
 *   it may say which fragments goals have afterwards
 *
 * @typedef {object} Outcome of a tactic
 * @property {ProofState} [state] when it succeeded
 * @property {object[]} messages
 * @property {boolean} hasSorry @property {boolean} hasUnsafe
 * @property {'parse' | 'elaboration' | 'timeout'} [failure]
 */

class Tactics {
  /** @param {import('./goals.js').Goals} goals */
  constructor(goals) {
    this.goals = goals;
    this.engine = goals.engine;
    this.lean = goals.lean;
    this.parser = goals.parser;
    this.fragments = new Fragments(goals, this);
    // `recover` off: the first error is thrown instead of being logged and patched with `sorry`.
    this.tacticContext = this.lean.ctor(TacticContext.tag, [UNIT], [0]);
  }

  // -- what can be done ----------------------------------------------------------------------------

  /**
   * Run a tactic text. @param {ProofState} state @param {Site} site @param {string} text
   * @param {{heartbeats?: number}} limits @returns {Outcome}
   */
  tactic(state, site, text, limits) {
    const { lean } = this;
    return lean.scoped((scope) => {
      // Messages then carry positions in the tactic's own text.
      const fileMap = scope.own(lean.fn.fileMapOfString(lean.mkString(text)) >>> 0);
      const work = this.workFor(state, site, text);
      return this.step(state, site, { ...limits, fileMap }, work);
    });
  }

  /** What a text does: a tactic, or a step of the goal's fragment. @returns {Work} */
  workFor(state, site, text) {
    const [acting] = goalsAt(state, site);
    const fragment = state.fragmentOf(acting);
    switch (fragment?.kind) {
      case 'calc':
        return (session, tacticRef) => this.fragments.calcStep(session, tacticRef, fragment, text);
      case 'conv':
        return (session, tacticRef) => this.convStep(session, tacticRef, state, fragment, text);
      default:
        return (session, tacticRef) => {
          const parse = () => this.parser.tactics(session, text);
          this.evalTactic(session, tacticRef, state.contexts.tacticSyntax(text, parse));
        };
    }
  }

  /** A `conv` tactic; when it closes the last equation, `conv` is left. */
  convStep(session, tacticRef, state, fragment, text) {
    const { lean } = this;
    const known = new Set(state.goals.map((goal) => lean.nameText(goal)));
    this.fragments.convStep(session, tacticRef, text);
    lean.dec(this.tacticM(session, tacticRef, 'pruneSolvedGoals'));
    return lean.scoped((scope) => {
      const goals = lean.listItems(scope.own(lean.readRef(tacticRef)));
      const open = goals.filter((goal) => {
        const name = lean.nameText(goal);
        return known.has(name) ? state.fragments.get(name)?.parent === fragment.parent
          : this.fragments.isEquation(session, goal);
      });
      if (open.length === 0) {
        this.fragments.leaveConv(session, tacticRef, fragment, new Set());
        return new Map();
      }
      return new Map(open.map((goal) => [lean.nameText(goal), retain(lean, fragment)]));
    });
  }

  /** Enter or leave a fragment. @param {string} mode tactic, conv or calc @returns {Outcome} */
  enter(state, site, mode, limits) {
    const { lean } = this;
    const [acting] = goalsAt(state, site);
    const name = lean.nameText(acting);
    const fragment = state.fragmentOf(acting);
    if ((fragment === undefined) === (mode === 'tactic')) {
      throw new ProtocolError('invalid', fragment === undefined
        ? 'Goal does not have a fragment' : 'Goal already has a fragment');
    }
    return this.step(state, site, limits, (session, tacticRef) => {
      if (mode === 'calc') return new Map([[name, { kind: 'calc', previous: null }]]);
      if (mode === 'conv') {
        const entered = this.fragments.enterConv(session, tacticRef);
        return lean.scoped((scope) => {
          const [equation] = lean.listItems(scope.own(lean.readRef(tacticRef)));
          return new Map([[lean.nameText(equation), entered]]);
        });
      }
      if (fragment.kind === 'conv') {
        const equations = [...state.fragments].filter(([, other]) => other.parent === fragment.parent);
        const names = new Set(equations.map(([equation]) => equation));
        this.fragments.leaveConv(session, tacticRef, fragment, names);
      }
      return new Map([[name, null]]);
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

  branch(state, site, text, limits, extend) {
    const { lean } = this;
    return this.step(state, site, limits, (session, tacticRef) => lean.scoped((scope) => {
      const goals = lean.listItems(scope.own(lean.readRef(tacticRef)));
      const main = goals[0];
      this.goals.inGoal(session, main, () => {
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

  binder(name) {
    return this.lean.name(name === '' ? 'this' : name);
  }

  /** Make a term with `sorry`s the value of the goal, and the `sorry`s goals. */
  draft(state, site, text, limits) {
    const { lean } = this;
    return this.step(state, site, limits, (session, tacticRef) => lean.scoped((scope) => {
      const goals = lean.listItems(scope.own(lean.readRef(tacticRef)));
      const [main, ...others] = goals;
      this.goals.inGoal(session, main, () => {
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

  // -- one step ------------------------------------------------------------------------------------

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
      let fragments;
      try {
        fragments = work(session, tacticRef) ?? new Map();
        lean.dec(session.term('synthesizeNoPostponing', box(0)));
        lean.dec(this.tacticM(session, tacticRef, 'pruneSolvedGoals'));
      } catch (thrown) {
        return this.failed(session.messages(), engine.describe(thrown));
      }
      return this.completed(session, state, { site, before, tacticRef, fragments });
    });
  }

  /** What is made of a step in which nothing was thrown. */
  completed(session, state, { site, before, tacticRef, fragments }) {
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
      const lost = goals.length > 0 || hasDormant ? [] : this.goals.unassigned(session, state.roots);
      if (lost.length > 0) return this.failed(messages, lostHoles(lost));
      const { hasSorry, hasUnsafe } = this.goals.judge(session, parents);
      const next = new ProofState(state.contexts.retain(), this.goals.finished(session), {
        goals: goals.map((goal) => lean.inc(goal)),
        roots: state.roots.map((root) => lean.inc(root)),
        parents: parents.map((parent) => lean.inc(parent)),
        hasDormant,
        fragments: this.nextFragments(state, goals, fragments),
      });
      return { state: next, messages, hasSorry, hasUnsafe };
    });
  }

  /**
   * The fragments of the goals after a step, owned.
   * @param {Map<string, import('./fragments.js').Fragment | null>} fresh owned; null for none
   */
  nextFragments(state, goals, fresh) {
    const { lean } = this;
    const result = new Map();
    for (const name of goals.map((goal) => lean.nameText(goal))) {
      const old = state.fragments.get(name);
      if (fresh.has(name)) result.set(name, fresh.get(name));
      else if (old !== undefined) result.set(name, retain(lean, old));
      if (result.get(name) === null) result.delete(name);
    }
    return result;
  }

  /** @returns {Outcome} */
  failed(messages, { text, kind }) {
    // An abort carries no text of its own: its reason has been logged.
    const isAbort = messages.length > 0 && /^internal exception/.test(text);
    const own = isAbort ? [] : [plainError(text)];
    return { messages: [...own, ...messages], hasSorry: false, hasUnsafe: false, failure: kind, text };
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
  const text = `don't know how to synthesize placeholder: ${shown} stays undetermined`;
  return { text, kind: 'elaboration' };
}

module.exports = { Tactics };
