'use strict';
/**
 * A second look by the kernel: every constant that an environment has beyond its imports is
 * type-checked again, in dependency order, into an environment that holds only the imports.
 *
 * What reached the environment past the kernel (`addDeclWithoutChecking`, an environment extension,
 * a hacked `Environment`) does not pass here, and the axioms are collected from the terms
 * themselves, not from what any command says.
 */

const { isScalar, box } = require('./runtime.js');
const {
  InductiveVal, ConstructorVal, RecursorVal, RecursorRule, DefinitionVal, DeclarationTag,
  InductiveType, InductiveDeclaration, Constructor,
} = require('./layouts.js');
const { readConstant, originalKind, nameTexts, usedConstants } = require('./constants.js');
const { CanonicalPrinter } = require('./canonical.js');
const { Meanings } = require('./meanings.js');
const { ProtocolError } = require('./errors.js');

const SORRY = 'sorryAx';
/** Kinds that only come out of the declaration of something else. */
const GENERATED = new Set(['ctor', 'rec', 'quot']);

/**
 * @typedef {object} Report on one constant
 * @property {string} name @property {string} kind @property {boolean} isUnsafe
 * @property {string} [safety] @property {string[]} levels
 * @property {string} type canonical text, see `canonical.js`
 * @property {string[]} axioms @property {boolean} usesSorry @property {string} [privateName]
 * @property {string} [meaning] a digest, see `meanings.js`
 */

class Replay {
  /**
   * @param {import('./engine.js').Engine} engine @param {import('./frontend.js').Frontend} frontend
   */
  constructor(engine, frontend) {
    this.engine = engine;
    this.lean = engine.lean;
    this.frontend = frontend;
    this.canonical = new CanonicalPrinter(engine.lean);
  }

  /**
   * @param {boolean} withMeanings whether the reports say what the constants mean
   * @returns {{checked: number, failures: {name: string, desc: string}[], constants: Report[]}}
   */
  run(withMeanings) {
    const { lean, engine } = this;
    return lean.scoped((scope) => {
      const env = scope.own(engine.env());
      const added = this.addedConstants(env, scope);
      const groups = this.groups(added);
      const { checked, failures } = this.check(groups, added, scope);
      const axioms = this.axiomsOf(added, env);
      const constants = groups.flat().map((name) => this.report(name, added.get(name), axioms));
      if (withMeanings) {
        const meanings = new Meanings(lean, added);
        for (const constant of constants) constant.meaning = meanings.of(constant.name);
      }
      return { checked, failures, constants };
    });
  }

  /**
   * The added constants by name, each with the names it uses.
   * @returns {Map<string, import('./constants.js').Constant & {uses: string[]}>}
   */
  addedConstants(env, scope) {
    const { lean } = this;
    const added = new Map();
    this.frontend.forEachAdded(env, (name, info) => {
      const constant = readConstant(lean, scope.own(lean.inc(info)));
      added.set(lean.nameText(name), { ...constant, uses: this.uses(constant) });
    });
    return added;
  }

  /** All constants that a constant stands on, its own group included. @returns {string[]} */
  uses(constant) {
    const { lean } = this;
    const names = new Set(usedConstants(lean, constant.type));
    if (constant.value !== null) usedConstants(lean, constant.value).forEach((name) => names.add(name));
    if (constant.kind === 'inductive') {
      const related = [InductiveVal.all, InductiveVal.ctors].map((index) => lean.field(constant.info, index));
      related.flatMap((list) => nameTexts(lean, list)).forEach((name) => names.add(name));
    }
    if (constant.kind === 'rec') {
      const rules = lean.listItems(lean.field(constant.info, RecursorVal.rules));
      for (const rule of rules) {
        usedConstants(lean, lean.field(rule, RecursorRule.rhs)).forEach((name) => names.add(name));
      }
    }
    return [...names];
  }

  // -- checking ----------------------------------------------------------------------------------

  /** What is declared together, in dependency order. @returns {string[][]} */
  groups(added) {
    const members = new Map();
    for (const [name, constant] of added) {
      const head = this.groupHead(name, constant, added);
      members.set(head, [...(members.get(head) ?? []), name]);
    }
    const headOf = new Map([...members].flatMap(([head, names]) => names.map((name) => [name, head])));
    const graph = new Map([...members].map(([head, names]) => [
      head, new Set(names.flatMap((name) => added.get(name).uses).map((used) => headOf.get(used))),
    ]));
    return dependencyOrder(graph).map((head) => members.get(head));
  }

  /** The constant that stands for those declared together with `name`. */
  groupHead(name, constant, added) {
    const { lean } = this;
    const first = (info, index) => nameTexts(lean, lean.field(info, index))[0] ?? name;
    const typeHead = (type) => (
      added.get(type)?.kind === 'inductive' ? first(added.get(type).info, InductiveVal.all) : name);
    switch (constant.kind) {
      case 'inductive': return typeHead(name);
      case 'ctor': return typeHead(lean.nameText(lean.field(constant.info, ConstructorVal.induct)));
      case 'rec': return typeHead(first(constant.info, RecursorVal.all));
      case 'def': return constant.safety === 'safe' ? name : first(constant.info, DefinitionVal.all);
      default: return name;
    }
  }

  check(groups, added, scope) {
    const { lean, engine } = this;
    let kernel = lean.fn.toKernelEnv(lean.inc(engine.importedEnv)) >>> 0;
    const failures = [];
    let checked = 0;
    for (const group of groups) {
      if (engine.isCancelled()) {
        lean.dec(kernel);
        throw new ProtocolError('timeout', `time limit reached after ${checked} constants`);
      }
      const result = this.addGroup(kernel, group, added);
      if (result.desc !== undefined) {
        failures.push(...group.map((name) => ({ name, desc: result.desc })));
        continue;
      }
      kernel = result.kernel;
      checked += group.length;
      failures.push(...this.compareGenerated(kernel, group, added));
    }
    scope.own(kernel);
    return { checked, failures };
  }

  /** @returns {{kernel: number} | {desc: string}} the new kernel environment, owned */
  addGroup(kernel, group, added) {
    const { lean, engine } = this;
    const head = group.find((name) => !GENERATED.has(added.get(name).kind));
    if (head === undefined) return { desc: 'no declaration of this text generates it' };
    return lean.scoped((scope) => {
      const declaration = scope.own(this.declaration(added.get(head), group, added));
      const token = scope.own(lean.some(lean.inc(engine.cancelToken)));
      const noLimit = 0;
      const result = scope.own(engine.guarded(() => (
        lean.fn.kernelAddDecl(lean.inc(kernel), noLimit, declaration, token) >>> 0)));
      const content = lean.inc(lean.field(result, 0));
      if (lean.tag(result) === 1) {
        lean.dec(kernel);
        return { kernel: content };
      }
      const options = lean.inc(engine.options);
      const message = lean.fn.kernelExceptionToMessage(content, options) >>> 0;
      return { desc: lean.messageDataText(message) };
    });
  }

  /** The owned `Declaration` of a constant. */
  declaration(constant, group, added) {
    const { lean } = this;
    const own = lean.inc(constant.info);
    switch (constant.kind) {
      case 'axiom': return lean.ctor(DeclarationTag.axiom, [own]);
      case 'theorem': return lean.ctor(DeclarationTag.theorem, [own]);
      case 'opaque': return lean.ctor(DeclarationTag.opaque, [own]);
      case 'def': break;
      default: lean.dec(own); return this.inductiveDeclaration(constant, added);
    }
    if (constant.safety === 'safe') return lean.ctor(DeclarationTag.def, [own]);
    // Unsafe and partial definitions may be recursive, and are only so as a group.
    lean.dec(own);
    const members = group.map((name) => lean.inc(added.get(name).info));
    return lean.ctor(DeclarationTag.mutualDef, [lean.list(members)]);
  }

  inductiveDeclaration(constant, added) {
    const { lean } = this;
    const all = nameTexts(lean, lean.field(constant.info, InductiveVal.all));
    const types = all.filter((name) => added.has(name)).map((name) => {
      const type = added.get(name);
      const ctors = nameTexts(lean, lean.field(type.info, InductiveVal.ctors)).map((ctorName) => {
        const ctor = added.get(ctorName);
        return lean.ctor(Constructor.tag, [lean.inc(ctor.name), lean.inc(ctor.type)]);
      });
      return lean.ctor(InductiveType.tag, [lean.inc(type.name), lean.inc(type.type), lean.list(ctors)]);
    });
    const numParams = lean.inc(lean.field(constant.info, InductiveVal.numParams));
    const fields = [lean.inc(constant.levelParams), numParams, lean.list(types)];
    return lean.ctor(InductiveDeclaration.tag, fields, [constant.isUnsafe ? 1 : 0]);
  }

  /** What the kernel makes of an inductive type must be what the environment has. */
  compareGenerated(kernel, group, added) {
    return group.flatMap((name) => {
      const ours = added.get(name);
      if (ours === undefined || !['ctor', 'rec', 'inductive'].includes(ours.kind)) return [];
      const same = this.fingerprint(ours) === this.kernelFingerprint(kernel, ours.name);
      return same ? [] : [{ name, desc: 'differs from what the kernel generates' }];
    });
  }

  kernelFingerprint(kernel, name) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const found = scope.own(lean.fn.kernelFind(lean.inc(kernel), lean.inc(name)) >>> 0);
      return isScalar(found) ? null : this.fingerprint(readConstant(lean, lean.field(found, 0)));
    });
  }

  fingerprint(constant) {
    const { lean } = this;
    const parts = [constant.kind, constant.isUnsafe, nameTexts(lean, constant.levelParams).join(),
      this.canonical.text(constant.type)];
    if (constant.kind === 'rec') {
      for (const rule of lean.listItems(lean.field(constant.info, RecursorVal.rules))) {
        parts.push(this.canonical.text(lean.field(rule, RecursorRule.rhs)));
      }
    }
    return parts.join('\n');
  }

  // -- reporting -----------------------------------------------------------------------------------

  /**
   * For each added constant the axioms that it stands on.
   * @returns {Map<string, string[]>}
   */
  axiomsOf(added, env) {
    const importedAxiom = new Map();
    const isImportedAxiom = (name) => {
      if (!importedAxiom.has(name)) importedAxiom.set(name, this.isAxiom(env, name));
      return importedAxiom.get(name);
    };
    const result = new Map();
    for (const name of added.keys()) {
      const reached = reachable(name, added);
      const axioms = [...reached].filter((other) => (
        added.has(other) ? added.get(other).kind === 'axiom' : isImportedAxiom(other)));
      result.set(name, axioms.sort());
    }
    return result;
  }

  /** Whether an imported constant is an axiom, and not a theorem imported without its proof. */
  isAxiom(env, text) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const name = scope.own(lean.name(text));
      const found = scope.own(lean.fn.envFind(lean.inc(env), lean.inc(name), box(0)) >>> 0);
      if (isScalar(found)) return false;
      const { kind } = readConstant(lean, lean.field(found, 0));
      return originalKind(lean, env, name, kind) === 'axiom';
    });
  }

  /** @returns {Report} */
  report(name, constant, axioms) {
    const { lean } = this;
    const own = axioms.get(name);
    const report = {
      name,
      kind: constant.kind,
      isUnsafe: constant.isUnsafe,
      levels: nameTexts(lean, constant.levelParams),
      type: this.canonical.text(constant.type),
      axioms: own,
      usesSorry: own.includes(SORRY),
    };
    if (constant.safety !== undefined) report.safety = constant.safety;
    const privateName = lean.privateUserName(constant.name);
    if (privateName !== null) report.privateName = privateName;
    return report;
  }
}

/**
 * The keys so that each stands behind what it uses.
 * @param {Map<string, Set<string | undefined>>} graph @returns {string[]}
 */
function dependencyOrder(graph) {
  const order = [];
  const visited = new Set();
  for (const root of graph.keys()) {
    // Depth first with an explicit stack: chains of dependencies can be long.
    const stack = [{ name: root, isLeaving: false }];
    while (stack.length > 0) {
      const { name, isLeaving } = stack.pop();
      if (isLeaving) order.push(name);
      else if (graph.has(name) && !visited.has(name)) {
        visited.add(name);
        stack.push({ name, isLeaving: true });
        for (const used of graph.get(name)) stack.push({ name: used, isLeaving: false });
      }
    }
  }
  return order;
}

/** Everything that `name` stands on, itself included. @returns {Set<string>} */
function reachable(name, added) {
  const reached = new Set([name]);
  const pending = [name];
  while (pending.length > 0) {
    for (const used of added.get(pending.pop())?.uses ?? []) {
      if (reached.has(used)) continue;
      reached.add(used);
      if (added.has(used)) pending.push(used);
    }
  }
  return reached;
}

module.exports = { Replay };
