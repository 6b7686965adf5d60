'use strict';
/** The protocol's options (`options.set`), with their types and defaults. */

const { ProtocolError } = require('./errors.js');

/**
 * @typedef {object} Options
 * @property {boolean} printJsonPretty accepted, without effect: an answer is always one line
 * @property {boolean} printExprPretty
 * @property {boolean} printExprAST
 * @property {boolean} printDependentMVars
 * @property {boolean} noRepeat accepted, without effect: hypotheses are always shown
 * @property {boolean} printAuxDecls
 * @property {boolean} printImplementationDetailHyps
 * @property {boolean} automaticMode
 * @property {number} timeout milliseconds; 0 means the server's own limit
 */

/** @returns {Options} */
function defaultOptions() {
  return {
    printJsonPretty: false,
    printExprPretty: true,
    printExprAST: false,
    printDependentMVars: false,
    noRepeat: false,
    printAuxDecls: false,
    printImplementationDetailHyps: false,
    automaticMode: true,
    timeout: 0,
  };
}

/** @param {Options} options changed in place @param {Record<string, unknown>} changes */
function setOptions(options, changes) {
  for (const [name, value] of Object.entries(changes)) {
    if (!(name in options) || value === null) continue;
    const fits = typeof value === typeof options[name]
      && (typeof value !== 'number' || (Number.isInteger(value) && value >= 0));
    if (!fits) throw new ProtocolError('command', `Unable to parse json: OptionsSet.${name}`);
  }
  for (const [name, value] of Object.entries(changes)) {
    if (name in options && value !== null) options[name] = value;
  }
}

module.exports = { defaultOptions, setOptions };
