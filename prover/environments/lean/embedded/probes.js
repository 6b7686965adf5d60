'use strict';
/**
 * Start-up checks: each layout of `layouts.js` against a live object of its kind.
 *
 * A build with other structures would not fail, it would read the wrong fields; so nothing is
 * served before every layout has been seen to fit.
 */

const { isScalar, mismatch, unbox, UNIT } = require('./runtime.js');
const L = require('./layouts.js');

const HEADER_BYTES = 8;

/** @param {import('./engine.js').Engine} engine @throws StartupError */
function checkLayouts(engine) {
  const { lean, contexts, base, commandState } = engine;
  expect(lean, contexts.core, L.CoreContext);
  expect(lean, contexts.meta, L.MetaContext);
  expect(lean, contexts.term, L.TermContext);
  expect(lean, base.core, L.CoreState);
  expect(lean, base.meta, L.MetaState);
  expect(lean, base.term, L.TermState);
  expect(lean, base.mctx, L.MetavarContext);
  expect(lean, lean.field(base.core, L.CoreState.infoState), L.InfoState);
  expect(lean, lean.field(contexts.meta, L.MetaContext.lctx), L.LocalContext);
  expect(lean, commandState, L.CommandState);
  const scope = lean.field(lean.field(commandState, L.CommandState.scopes), 0);
  expect(lean, scope, L.CommandScope);
  checkEnvironment(engine);
  checkDefaults(engine);
}

function checkEnvironment(engine) {
  const { lean } = engine;
  lean.scoped((owner) => {
    expect(lean, owner.own(lean.fn.envConstants(engine.env()) >>> 0), L.SMap);
    const header = owner.own(lean.fn.envHeader(engine.env()) >>> 0);
    expect(lean, header, L.EnvironmentHeader);
    const imports = lean.arrayItems(lean.field(header, L.EnvironmentHeader.imports));
    imports.forEach((item) => expect(lean, item, L.Import));
    const modules = lean.arrayItems(lean.field(header, L.EnvironmentHeader.moduleData));
    if (modules.length > 0) expect(lean, modules[0], L.ModuleData);
  });
}

/** One imported constant of each kind. @type {[string, import('./layouts.js').Layout][]} */
const SAMPLE_CONSTANTS = [
  ['Nat.add', L.DefinitionVal], ['Nat', L.InductiveVal], ['Nat.succ', L.ConstructorVal],
  ['Nat.rec', L.RecursorVal], ['propext', L.AxiomVal], ['Quot.lift', L.QuotVal],
];

/** A text that leaves every kind of object that reading a text relies on. */
const SAMPLE_TEXT = `theorem probe (n : Nat) (h : n = n) : n = n ∧ True := by
  constructor
  · let m := n; sorry
  · exact sorry
`;
const SAMPLE_GOALS = 'n : Nat, h : n = n, m : Nat := n ⊢ n = n | n : Nat, h : n = n ⊢ True';
const SAMPLE_WARNING = '1:8 warning hasSorry';

/**
 * The same for what only elaborating leaves, by its result.
 * @param {import('./frontend.js').Frontend} frontend @param {object} options of printing
 */
function checkElaboration(frontend, options) {
  const { engine, lean, goals } = frontend;
  if (!hasCore(engine)) return;
  lean.scoped((scope) => {
    for (const [name, layout] of SAMPLE_CONSTANTS) {
      const found = scope.own(lean.fn.envFind(engine.env(), lean.name(name), UNIT) >>> 0);
      if (isScalar(found)) throw mismatch(`its library has no ${name}`);
      expect(lean, lean.field(lean.field(found, 0), 0), layout);
    }
    const request = {
      text: SAMPLE_TEXT, fileName: '<probe>', readHeader: false, sorrys: true, newConstants: true,
      invocations: null,
    };
    // Without the user's options, which may change how things are printed.
    const plain = scope.own(lean.withBoolOption(lean.global('emptyOptions'), 'Elab.async', false));
    const start = scope.own(engine.mkCommandState(plain));
    const { units, commandState } = frontend.process(request, start);
    scope.own(commandState);
    const [{ holes, messages, newConstants }] = units;
    const shown = holes?.state ? goals.show(holes.state, options).map(goalLine).join(' | ') : 'no goals';
    holes?.state?.release();
    const warning = messages.map(({ pos, severity, kind }) => (
      `${pos.line}:${pos.column} ${severity} ${kind}`));
    same('the goals of a sample', shown, SAMPLE_GOALS);
    if (!lean.prettyCache.hasSeenContext) throw mismatch('goals are printed in some other way');
    same('the messages of a sample', warning.join(), SAMPLE_WARNING);
    same('the constants of a sample', newConstants?.join(), 'probe');
  });
}

/** Whether the imports have what the sample needs: all but a few modules at the very bottom do. */
function hasCore(engine) {
  const { lean } = engine;
  return ['Init.Tactics', 'Init.Core', 'Init.NotationExtra'].every((module) => lean.scoped((scope) => {
    const modules = scope.own(lean.fn.envModuleNames(engine.env()) >>> 0);
    return lean.arrayItems(modules).some((name) => lean.rawName(name) === module);
  }));
}

function goalLine({ vars, target }) {
  const shown = vars.map(({ userName, type, value }) => (
    `${userName} : ${type.pp}${value === undefined ? '' : ` := ${value.pp}`}`));
  return `${shown.join(', ')} ⊢ ${target.pp}`;
}

function same(what, found, expected) {
  if (found !== expected) throw mismatch(`${what} read "${found}", not "${expected}"`);
}

/** Fields whose value at start is known: a permutation of fields would show here. */
function checkDefaults({ lean, contexts }) {
  const core = contexts.core;
  const known = [
    ['Core.Context.maxRecDepth', unbox(lean.field(core, L.CoreContext.maxRecDepth)), 512],
    ['Core.Context.maxHeartbeats', unbox(lean.field(core, L.CoreContext.maxHeartbeats)), 200000000],
    ['Term.Context.mayPostpone', lean.scalarByte(contexts.term, L.TermContext.mayPostpone), 1],
    // The command scope was made noncomputable: it must have arrived here.
    ['Term.Context.isNoncomputableSection',
      lean.scalarByte(contexts.term, L.TermContext.isNoncomputableSection), 1],
    ['Term.Context.inPattern', lean.scalarByte(contexts.term, L.TermContext.inPattern), 0],
    ['Term.Context.checkDeprecated',
      lean.scalarByte(contexts.term, L.TermContext.checkDeprecated), 1],
  ];
  for (const [what, found, expected] of known) {
    if (found !== expected) throw mismatch(`${what} reads ${found}, not ${expected}`);
  }
}

/** @param {import('./values.js').Lean} lean @param {number} object @param {L.Layout} layout */
function expect(lean, object, layout) {
  if (isScalar(object)) throw mismatch(`${layout.title} is a scalar, not a structure`);
  const shape = [lean.tag(object), lean.fieldCount(object), lean.objectSize(object)];
  const bytes = HEADER_BYTES + 4 * layout.fields.length + layout.scalarBytes;
  const wanted = [layout.tag, layout.fields.length, (bytes + 7) & ~7];
  const fits = shape.every((value, i) => value === wanted[i]);
  if (fits) return;
  throw mismatch(`${layout.title} has tag, fields, bytes ${shape.join(', ')}, not ${wanted.join(', ')}`);
}

module.exports = { checkLayouts, checkElaboration };
