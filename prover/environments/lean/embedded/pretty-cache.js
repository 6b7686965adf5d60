'use strict';
/**
 * A memory for what Lean has printed: the same expression in the same scope is printed once.
 *
 * Most of what a search shows was shown before: a tactic that fails says so with the whole goal,
 * one that succeeds changes a hypothesis or two. Printing takes Lean longer than most tactics do.
 * So Lean's own function for it (`ppFnsRef`, through which goals and messages are printed alike) is
 * replaced by one that looks here first.
 *
 * The text of an expression depends on the scope (its options, namespace and open declarations,
 * compared by identity, and kept alive so that an address stays theirs), on the names and types of
 * the local variables (compared by their hashes), and on the expression itself (compared as a term,
 * with the names of bound variables). It depends on more, and nothing is remembered, where
 * metavariables play a part or constants that Lean made up on the way, for such names mean one
 * thing in one branch of a search and another in the next. Other constants are the same for all
 * states of a scope; as that cannot be said of the commands of a text, these are left alone.
 */

const { isScalar, mismatch, WORLD } = require('./runtime.js');
const {
  PPFns, PPContext, LocalContext, LocalCDecl, ExprData, NAME_HASH_OFFSET,
} = require('./layouts.js');

const MAX_ENTRIES = 1024;
const MAX_SCOPES = 64;
const TRUE = 3;

class PrettyCache {
  /** @param {import('./values.js').Lean} lean */
  constructor(lean) {
    this.lean = lean;
    /** Whether what is printed belongs to a proof state. */
    this.isActive = false;
    /** @type {Map<string, {expr: number, result: number, pins: number[]}>} oldest first */
    this.entries = new Map();
    /** Digests of local contexts, by address. @type {Map<number, string | null>} oldest first */
    this.scopes = new Map();
    /** Whether a context of the expected form was seen, for the check at start-up. */
    this.hasSeenContext = false;
  }

  /** Take the place of Lean's printer; must come after `lean_initialize`, before imports. */
  install() {
    const { lean } = this;
    lean.scoped((scope) => {
      const ref = scope.own(lean.global('ppFnsRef'));
      const functions = scope.own(lean.readRef(ref));
      if (isScalar(functions) || lean.fieldCount(functions) !== PPFns.fields.length) {
        throw mismatch('PPFns has another number of fields');
      }
      this.original = lean.inc(lean.field(functions, PPFns.ppExprWithInfos));
      const replacement = lean.jsClosure((context, expr) => this.print(context, expr), 3);
      lean.writeRef(ref, lean.copyWith(functions, { [PPFns.ppExprWithInfos]: replacement }));
    });
  }

  /** Do some work on proof states. @template T @param {() => T} work @returns {T} */
  during(work) {
    const before = this.isActive;
    this.isActive = true;
    try {
      return work();
    } finally {
      this.isActive = before;
    }
  }

  /**
   * `PPFns.ppExprWithInfos`: an `IO` result, owned.
   * @param {number} context owned `PPContext` @param {number} expr owned
   */
  print(context, expr) {
    const { lean } = this;
    const key = this.isActive ? this.key(context, expr) : null;
    if (key === null) return this.printAnew(context, expr);
    return lean.scoped((scope) => {
      scope.own(context);
      scope.own(expr);
      const known = this.entries.get(key);
      if (known !== undefined && this.areEqual(known.expr, expr)) {
        return lean.ctor(0, [lean.inc(known.result)]);
      }
      const answer = this.printAnew(lean.inc(context), lean.inc(expr));
      const isLasting = lean.tag(answer) === 0 && !this.mentionsInternals(expr);
      if (isLasting) this.remember(key, context, expr, lean.field(answer, 0));
      return answer;
    });
  }

  printAnew(context, expr) {
    return this.lean.fn.apply3(this.lean.inc(this.original), context, expr, WORLD) >>> 0;
  }

  areEqual(one, other) {
    const { lean } = this;
    return one === other || lean.fn.exprEqual(lean.inc(one), lean.inc(other)) >>> 0 === TRUE;
  }

  /** What the text depends on, but for the expression itself; null if on too much. */
  key(context, expr) {
    const { lean } = this;
    this.hasSeenContext ||= lean.fieldCount(context) === PPContext.fields.length;
    if (this.mentionsMetavariables(expr)) return null;
    const variables = this.digest(lean.field(context, PPContext.lctx));
    if (variables === null) return null;
    const scope = SCOPE.map((index) => lean.field(context, index)).join();
    return `${scope},${variables},${lean.scalarWord(expr, ExprData.hash)}`;
  }

  mentionsMetavariables(expr) {
    return (this.lean.scalarWord(expr, ExprData.flags) & ExprData.hasMVar) !== 0;
  }

  /** Whether constants occur whose names Lean made up. */
  mentionsInternals(expr) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const used = scope.own(lean.fn.exprUsedConstants(lean.inc(expr)) >>> 0);
      return lean.arrayItems(used).some((name) => lean.test('nameIsInternal', name));
    });
  }

  /** @param {string} key all borrowed */
  remember(key, context, expr, result) {
    const { lean } = this;
    this.forget(key);
    const pins = SCOPE.map((index) => lean.inc(lean.field(context, index)));
    this.entries.set(key, { expr: lean.inc(expr), result: lean.inc(result), pins });
    if (this.entries.size > MAX_ENTRIES) this.forget(this.entries.keys().next().value);
  }

  forget(key) {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    for (const object of [entry.expr, entry.result, ...entry.pins]) this.lean.dec(object);
    this.entries.delete(key);
  }

  /**
   * The local variables in order, their names and types, as two hashes; null where a type is not
   * determined yet. @param {number} lctx borrowed
   */
  digest(lctx) {
    const known = this.scopes.get(lctx);
    if (known !== undefined) return known;
    const { lean } = this;
    const digest = this.digestOf(lctx);
    this.scopes.set(lean.inc(lctx), digest);
    if (this.scopes.size > MAX_SCOPES) {
      const oldest = this.scopes.keys().next().value;
      this.scopes.delete(oldest);
      lean.dec(oldest);
    }
    return digest;
  }

  digestOf(lctx) {
    const { lean } = this;
    let first = 0x811c9dc5;
    let second = 0x9e3779b9;
    const mix = (word) => {
      first = Math.imul(first ^ word, 0x01000193);
      second = Math.imul((second << 13 | second >>> 19) ^ word, 0x85ebca6b);
    };
    for (const slot of lean.persistentArrayItems(lean.field(lctx, LocalContext.decls))) {
      if (isScalar(slot)) continue;
      const decl = lean.field(slot, 0);
      const type = lean.field(decl, LocalCDecl.type);
      if (this.mentionsMetavariables(type)) return null;
      for (const index of [LocalCDecl.fvarId, LocalCDecl.userName]) {
        const name = lean.field(decl, index);
        if (isScalar(name)) { mix(1); continue; }
        mix(lean.scalarWord(name, NAME_HASH_OFFSET));
        mix(lean.scalarWord(name, NAME_HASH_OFFSET + 4));
      }
      mix(lean.scalarWord(type, ExprData.hash));
    }
    return `${first},${second}`;
  }
}

/** The parts of a `PPContext` that are compared by identity. */
const SCOPE = [PPContext.opts, PPContext.currNamespace, PPContext.openDecls];

module.exports = { PrettyCache };
