'use strict';
/**
 * The thread that runs Lean: boots it, then answers one request at a time.
 *
 * It is a thread of its own for two reasons: it may have a stack of 256 MB, and the main thread
 * stays awake to watch the clock. Lean's memory is shared, so the main thread can set the cancel
 * token in it.
 */

const { parentPort, workerData } = require('node:worker_threads');
const { boot } = require('./boot.js');
const { Protocol } = require('./protocol.js');
const { checkElaboration } = require('./probes.js');
const { StartupError, oneLine } = require('./errors.js');

/** @param {string} line */
function log(line) {
  parentPort.postMessage({ log: line });
}

async function main() {
  const settings = workerData;
  const engine = await boot(settings, log);
  const protocol = new Protocol(engine, settings);
  checkElaboration(protocol.frontend, protocol.options);
  parentPort.on('message', ({ cmd, payload }) => {
    engine.clearCancelToken();
    const answer = protocol.answer(cmd, payload);
    const restart = engine.isDamaged || engine.lean.memoryMegabytes() > settings.memoryMegabytes;
    if (restart) answer.restart = true;
    parentPort.postMessage({ answer: JSON.stringify(answer), restart, timeout: protocol.options.timeout });
  });
  parentPort.postMessage({
    ready: true, memory: engine.lean.memory, cancelWord: (engine.cancelToken + 8) >>> 2,
  });
}

main().catch((thrown) => {
  const isKnown = thrown instanceof StartupError;
  parentPort.postMessage({
    startupError: isKnown ? { error: thrown.kind, desc: thrown.message }
      : { error: 'internal', desc: oneLine(thrown) },
    exitCode: isKnown ? thrown.exitCode : 1,
  });
});
