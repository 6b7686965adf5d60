'use strict';
/**
 * The kinds of failure that pass between the modules.
 *
 * Each has one meaning to the protocol: a `ProtocolError` becomes the protocol's own
 * `{"error", "desc"}`, a `LeanException` is what Lean threw (and becomes messages), a `Trap` is a
 * crash of the WebAssembly instance that was caught, a `StartupError` ends the process.
 */

/** An answer in the protocol's error form. */
class ProtocolError extends Error {
  /** @param {string} kind one of the protocol's error names, e.g. `index` @param {string} desc */
  constructor(kind, desc) {
    super(desc);
    this.kind = kind;
  }
}

/** Text that Lean's parser refused. */
class ParseFailure extends Error {}

/** A step of a proof that does not apply, found by this server and not by Lean. */
class TacticFailure extends Error {}

/**
 * An exception thrown by Lean code; owns the Lean object until it is described. Not an `Error`:
 * half of all tactics end so, and a stack trace would be taken of each.
 */
class LeanException {
  /** @param {number} object an owned `Lean.Exception` (or `IO.Error`) */
  constructor(object) {
    this.object = object;
  }
}

/** The instance trapped: stack overflow, panic, unreachable, out of memory. */
class Trap extends Error {}

/** The server cannot start; `kind` is the protocol's error name and `exitCode` the process's. */
class StartupError extends Error {
  /** @param {string} kind @param {string} desc @param {number} exitCode */
  constructor(kind, desc, exitCode) {
    super(desc);
    this.kind = kind;
    this.exitCode = exitCode;
  }
}

/** What is known of a thrown thing in one line. @param {unknown} thrown */
function oneLine(thrown) {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.split('\n', 1)[0];
}

module.exports = {
  ProtocolError, ParseFailure, TacticFailure, LeanException, Trap, StartupError, oneLine,
};
