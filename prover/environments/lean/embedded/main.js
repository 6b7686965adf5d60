#!/usr/bin/env node
'use strict';
/**
 * The embedded Lean server: JSON lines in, one JSON line out for each, in order.
 *
 *     node main.js --home DIR --imports Init,Std [--heartbeats N] [--timeout MS]
 *                  [--file-timeout MS] [--hard-grace MS] [--memory-mb N] [--max-text BYTES]
 *                  [--option NAME=VALUE]...
 *
 * Prints `ready.` when it is. A request is `cmd {json}` or `{"cmd": …, "payload": …}`, in UTF-8.
 * This thread only reads, writes and watches the clock; Lean runs in `worker.js`. A request that
 * passes its time is cancelled (soft limit); one that does not stop within the grace is answered
 * with an error and the process exits, for Lean cannot be interrupted otherwise.
 *
 * Exit codes: 0 end of input, 1 internal error, 2 bad arguments or an unknown import, 3 another
 * build of Lean than this program was written for, 75 hard time limit (the answer was given),
 * 128 + N signal N, 76 memory ceiling or a crash inside Lean (the answer was given, with `"restart": true`).
 */

const { parseArgs } = require('node:util');
const os = require('node:os');
const path = require('node:path');
const { Worker } = require('node:worker_threads');

/** Commands about whole texts or environments, which have a time limit of their own. */
const LONG_COMMANDS = new Set(['frontend.process', 'env.replay', 'env.catalog']);
const PARENT = process.ppid;
const ORPHAN_CHECK_MS = 500;
const EXIT_INTERNAL = 1;
const EXIT_USAGE = 2;
const EXIT_TIMEOUT = 75;
const EXIT_MEMORY = 76;
/** As a shell gives it: this and the number of the signal. */
const EXIT_SIGNAL = 128;
const STACK_MEGABYTES = 256;
const HEAP_MEGABYTES = 4096;
/** `box(true)`: what a set cancel token holds. */
const BOXED_TRUE = 3;
const LINE_FEED = 10;

class Server {
  /** @param {ReturnType<typeof readArguments>} settings */
  constructor(settings) {
    this.settings = settings;
    /** Requests that wait, oldest first; a string is an answer that is known already. */
    this.queue = [];
    this.busy = true;
    this.inputEnded = false;
    this.optionTimeout = 0;
    this.worker = new Worker(path.join(__dirname, 'worker.js'), {
      workerData: settings,
      resourceLimits: { stackSizeMb: STACK_MEGABYTES, maxOldGenerationSizeMb: HEAP_MEGABYTES },
      stdout: true, // whatever is printed there must not mix with the protocol
      stderr: true,
    });
    this.worker.on('message', (message) => this.onMessage(message));
    this.worker.on('error', (error) => this.onCrash(error));
  }

  /** @param {object} message from `worker.js` */
  onMessage(message) {
    if (message.log !== undefined) {
      process.stderr.write(`${message.log}\n`);
    } else if (message.startupError !== undefined) {
      this.exitWith(JSON.stringify(message.startupError), message.exitCode);
    } else if (message.ready) {
      this.onReady(message);
    } else {
      this.onAnswer(message);
    }
  }

  onReady({ memory, cancelWord }) {
    this.memory = memory;
    this.cancelWord = cancelWord;
    this.busy = false;
    process.stdout.write('ready.\n');
    this.next();
  }

  onAnswer({ answer, restart, timeout }) {
    clearTimeout(this.softTimer);
    clearTimeout(this.hardTimer);
    this.optionTimeout = timeout;
    if (restart) {
      this.exitWith(answer, EXIT_MEMORY);
      return;
    }
    process.stdout.write(`${answer}\n`);
    this.busy = false;
    this.next();
  }

  /** The thread died: out of JavaScript memory, or a bug. @param {Error} error */
  onCrash(error) {
    const desc = `the Lean thread died: ${error.message}`;
    this.exitWith(errorLine('internal', desc, { restart: true }), EXIT_INTERNAL);
  }

  /** @param {string} line */
  onLine(line) {
    if (line.trim() === '') return;
    this.queue.push(parseRequest(line));
    this.next();
  }

  /** No more requests: answer what is asked already, unless nobody is left to read the answer. */
  onEnd() {
    this.inputEnded = true;
    this.next();
    setInterval(() => { if (process.ppid !== PARENT) process.exit(0); }, ORPHAN_CHECK_MS);
  }

  next() {
    while (!this.busy && this.queue.length > 0) {
      const request = this.queue.shift();
      if (typeof request === 'string') process.stdout.write(`${request}\n`);
      else this.start(request);
    }
    if (!this.busy && this.inputEnded) process.exit(0);
  }

  /** @param {{cmd: string, payload: Record<string, unknown>}} request */
  start(request) {
    this.busy = true;
    const limit = this.limitOf(request);
    this.softTimer = setTimeout(() => this.cancel(), limit);
    this.hardTimer = setTimeout(() => this.giveUp(limit), limit + this.settings.hardGrace);
    this.worker.postMessage(request);
  }

  /** Milliseconds: the request's own limit, that of `options.set`, or that of the command line. */
  limitOf({ cmd, payload }) {
    const own = payload.timeout;
    if (cmd !== 'options.set' && Number.isSafeInteger(own) && own > 0) return own;
    const usual = LONG_COMMANDS.has(cmd) ? this.settings.fileTimeout : this.settings.timeout;
    return this.optionTimeout || usual;
  }

  /** Soft limit: Lean polls the token in many places, but not everywhere. */
  cancel() {
    Atomics.store(new Int32Array(this.memory.buffer), this.cancelWord, BOXED_TRUE);
  }

  /** Hard limit. @param {number} limit milliseconds */
  giveUp(limit) {
    const desc = `not finished ${this.settings.hardGrace} ms after its limit of ${limit} ms; `
      + 'the server must be started again';
    this.exitWith(errorLine('timeout', desc, { restart: true }), EXIT_TIMEOUT);
  }

  exitWith(line, code) {
    process.stdout.write(`${line}\n`, () => process.exit(code));
  }
}

/**
 * Bytes to lines, which end with a line feed and nothing else: Node's own `readline` also breaks
 * them at U+2028 and U+2029, which may stand in a JSON string.
 */
class LineReader {
  /** @param {(line: string) => void} onLine */
  constructor(onLine) {
    this.onLine = onLine;
    /** The beginning of a line. @type {Buffer[]} */
    this.parts = [];
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    let start = 0;
    for (let end; (end = chunk.indexOf(LINE_FEED, start)) >= 0; start = end + 1) {
      this.parts.push(chunk.subarray(start, end));
      this.end();
    }
    if (start < chunk.length) this.parts.push(chunk.subarray(start));
  }

  /** What has come of the last line is all of it. */
  end() {
    const line = Buffer.concat(this.parts).toString('utf8');
    this.parts = [];
    this.onLine(line);
  }
}

/** @param {object} [more] further fields */
function errorLine(error, desc, more = {}) {
  return JSON.stringify({ error, desc, ...more });
}

/** A request, or the answer to a line that is none. @param {string} line */
function parseRequest(line) {
  const trimmed = line.trim();
  const isObject = trimmed.startsWith('{');
  const space = trimmed.search(/\s/);
  const head = isObject || space < 0 ? trimmed : trimmed.slice(0, space);
  const body = isObject ? trimmed : trimmed.slice(head.length).trim();
  try {
    const value = body === '' ? {} : JSON.parse(body);
    const request = isObject ? value : { cmd: head, payload: value };
    const payload = request.payload ?? {};
    if (typeof request.cmd !== 'string') return errorLine('command', 'cmd: a string expected');
    if (typeof payload !== 'object' || Array.isArray(payload)) {
      return errorLine('command', 'payload: an object expected');
    }
    return { cmd: request.cmd, payload };
  } catch (error) {
    return errorLine('command', `Unable to parse json: ${error.message}`);
  }
}

/** @param {string[]} argv */
function readArguments(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      home: { type: 'string' },
      imports: { type: 'string', default: 'Init' },
      heartbeats: { type: 'string', default: '200000' },
      timeout: { type: 'string', default: '10000' },
      'file-timeout': { type: 'string', default: '60000' },
      'hard-grace': { type: 'string', default: '1500' },
      'memory-mb': { type: 'string', default: '1700' },
      'max-text': { type: 'string', default: '8192' },
      option: { type: 'string', multiple: true, default: [] },
    },
  });
  if (values.home === undefined) throw new Error('--home DIR is required');
  const number = (name) => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name}: a natural number expected`);
    return value;
  };
  return {
    home: path.resolve(values.home),
    imports: values.imports.split(',').map((name) => name.trim()).filter((name) => name !== ''),
    heartbeats: number('heartbeats'),
    timeout: number('timeout'),
    fileTimeout: number('file-timeout'),
    hardGrace: number('hard-grace'),
    memoryMegabytes: number('memory-mb'),
    maxText: number('max-text'),
    options: values.option,
  };
}

function main() {
  let settings;
  try {
    settings = readArguments(process.argv.slice(2));
  } catch (error) {
    process.stdout.write(`${errorLine('arguments', error.message)}\n`);
    process.exitCode = EXIT_USAGE;
    return;
  }
  const server = new Server(settings);
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => process.exit(EXIT_SIGNAL + os.constants.signals[signal]));
  }
  const lines = new LineReader((line) => server.onLine(line));
  process.stdin.on('data', (chunk) => lines.push(chunk));
  process.stdin.on('end', () => {
    lines.end();
    server.onEnd();
  });
}

main();
