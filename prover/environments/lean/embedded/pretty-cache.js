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

/**
 * @typedef {object} Variables what a local context says
 * @property {string} digest of names and types
 * @property {number[]} open those whose types are not determined yet: borrowed names
 */

class PrettyCache {
  /** @param {import('./values.js').Lean} lean */
  constructor(lean) {
    this.lean = lean;
    /** Whether what is printed belongs to a proof state. */
    this.isActive = false;
    /** @type {Map<string, {expr: number, result: number, pins: number[]}>} oldest first */
    this.entries = new Map();
    /** Digests of local contexts, by address. @type {Map<number, Variables>} oldest first */
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
    const { digest, open } = this.variables(lean.field(context, PPContext.lctx));
    if (open.some((variable) => this.mentions(expr, variable))) return null;
    const scope = SCOPE.map((index) => lean.field(context, index)).join();
    return `${scope},${digest},${lean.scalarWord(expr, ExprData.hash)}`;
  }

  mentionsMetavariables(expr) {
    return (this.lean.scalarWord(expr, ExprData.flags) & ExprData.hasMVar) !== 0;
  }

  /** Whether a local variable occurs. @param {number} variable its name */
  mentions(expr, variable) {
    const { lean } = this;
    return lean.fn.exprContainsFVar(lean.inc(expr), lean.inc(variable)) >>> 0 === TRUE;
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

  /** @param {number} lctx borrowed @returns {Variables} */
  variables(lctx) {
    const known = this.scopes.get(lctx);
    if (known !== undefined) return known;
    const { lean } = this;
    const variables = this.readVariables(lctx);
    this.scopes.set(lean.inc(lctx), variables);
    if (this.scopes.size > MAX_SCOPES) {
      const oldest = this.scopes.keys().next().value;
      this.scopes.delete(oldest);
      lean.dec(oldest);
    }
    return variables;
  }

  /** @returns {Variables} its names live as long as the context */
  readVariables(lctx) {
    const { lean } = this;
    const digest = new Digest();
    const open = [];
    for (const slot of lean.persistentArrayItems(lean.field(lctx, LocalContext.decls))) {
      if (isScalar(slot)) continue;
      const decl = lean.field(slot, 0);
      for (const index of [LocalCDecl.fvarId, LocalCDecl.userName]) {
        const name = lean.field(decl, index);
        const words = isScalar(name) ? [] : [NAME_HASH_OFFSET, NAME_HASH_OFFSET + 4];
        digest.add(words.length, ...words.map((offset) => lean.scalarWord(name, offset)));
      }
      const type = lean.field(decl, LocalCDecl.type);
      if (this.mentionsMetavariables(type)) open.push(lean.field(decl, LocalCDecl.fvarId));
      else digest.add(lean.scalarWord(type, ExprData.hash));
    }
    return { digest: digest.text(), open };
  }
}

/** Two hashes of a sequence of words. */
class Digest {
  constructor() {
    this.first = 0x811c9dc5;
    this.second = 0x9e3779b9;
  }

  /** @param {...number} words */
  add(...words) {
    for (const word of words) {
      this.first = Math.imul(this.first ^ word, 0x01000193);
      this.second = Math.imul((this.second << 13 | this.second >>> 19) ^ word, 0x85ebca6b);
    }
  }

  text() {
    return `${this.first},${this.second}`;
  }
}

/** The parts of a `PPContext` that are compared by identity. */
const SCOPE = [PPContext.opts, PPContext.currNamespace, PPContext.openDecls];

module.exports = { PrettyCache };
