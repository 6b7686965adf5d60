'use strict';
/**
 * Start-up checks: each layout of `layouts.js` against a live object of its kind.
 *
 * A build with other structures would not fail, it would read the wrong fields; so nothing is
 * served before every layout has been seen to fit.
 */

const { isScalar, mismatch, unbox } = require('./runtime.js');
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
  checkDefaults(engine);
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

module.exports = { checkLayouts, expect };
