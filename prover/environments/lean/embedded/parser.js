'use strict';
/**
 * Text to syntax, with Lean's own parsers in the scope of a session.
 *
 * A tactic text is parsed as one `tacticSeq` that must end where the text ends, so text can neither
 * close the block that it will stand in nor add commands after it.
 */

const { isScalar, box, unbox, UNIT } = require('./runtime.js');
const { Parser, ParserState, SyntaxStack } = require('./layouts.js');
const { ParseFailure } = require('./errors.js');

const FILE_NAME = '<input>';
/** Brackets within brackets that the parser is asked to follow: its memory grows steeply. */
const MAX_NESTING = 256;

class SyntaxParser {
  /** @param {import('./engine.js').Engine} engine */
  constructor(engine) {
    this.engine = engine;
    this.lean = engine.lean;
    this.tacticSeq = this.tacticSeqFn();
  }

  /** `(withPosition tacticSeq).fn`, kept for ever. */
  tacticSeqFn() {
    const { lean } = this;
    return lean.scoped((scope) => {
      const parser = scope.own(lean.fn.withPosition(lean.global('tacticSeqParser')) >>> 0);
      return lean.inc(lean.field(parser, Parser.fn));
    });
  }

  /** Owned syntax of a tactic block. Throws `ParseFailure`. */
  tactics(session, text) {
    return this.whole(session, this.lean.inc(this.tacticSeq), text).stx;
  }

  /** Owned syntax of a term. Throws `ParseFailure`. */
  term(session, text) {
    return this.category(session, 'term', text);
  }

  /** Owned syntax of a category's, the whole text. Throws `ParseFailure`. */
  category(session, category, text) {
    return this.whole(session, this.categoryFn(category), text).stx;
  }

  /**
   * The byte position behind the first piece of syntax. Throws `ParseFailure`.
   * @param {string} category @returns {number}
   */
  firstEnd(session, category, text) {
    const { stx, position } = this.run(session, this.categoryFn(category), text, false);
    this.lean.dec(stx);
    return position;
  }

  /** The byte position behind white space and comments at the beginning of a text. */
  leadingSpace(text) {
    const { contexts, base } = this.engine;
    return this.engine.run(contexts, base, (session) => {
      try {
        const skipped = this.run(session, this.lean.closure('whitespace'), text, false);
        this.lean.dec(skipped.stx);
        return skipped.position;
      } catch (thrown) {
        // An unterminated comment: the parser of commands will say so.
        if (thrown instanceof ParseFailure) return 0;
        throw thrown;
      }
    });
  }

  categoryFn(category) {
    return this.lean.closure('categoryParser', [this.lean.name(category)]);
  }

  whole(session, parserFn, text) {
    if (nesting(text) > MAX_NESTING) {
      this.lean.dec(parserFn);
      throw new ParseFailure(`brackets are nested more than ${MAX_NESTING} deep`);
    }
    return this.run(session, parserFn, text, true);
  }

  /**
   * @param {number} parserFn consumed @param {boolean} toEnd must the text end with it
   * @returns {{stx: number, position: number}}
   */
  run(session, parserFn, text, toEnd) {
    const { lean, engine } = this;
    return lean.scoped((scope) => {
      const input = scope.own(engine.inputContext(text, FILE_NAME));
      const tokens = lean.fn.tokenTable(session.env()) >>> 0;
      const start = lean.fn.mkParserState(lean.mkString(text)) >>> 0;
      const fn = lean.closure('andthenFn', [lean.closure('whitespace'), parserFn]);
      const context = engine.parserContext(session);
      let state = scope.own(lean.fn.parserRun(fn, lean.inc(input), context, tokens, start) >>> 0);
      this.throwErrors(state, input);
      const position = unbox(lean.field(state, ParserState.pos));
      if (toEnd && position < Buffer.byteLength(text)) {
        state = lean.fn.parserMkError(lean.inc(state), lean.mkString('end of input')) >>> 0;
        this.throwErrors(scope.own(state), input);
      }
      const stack = lean.field(lean.field(state, ParserState.stxStack), SyntaxStack.raw);
      const last = lean.arrayItems(stack).at(-1);
      return { stx: last === undefined ? UNIT : lean.inc(last), position };
    });
  }

  throwErrors(state, input) {
    const { lean } = this;
    lean.scoped((scope) => {
      const errors = scope.own(lean.fn.parserAllErrors(lean.inc(state)) >>> 0);
      if (lean.arraySize(errors) === 0) return;
      const message = lean.fn.parserErrorMessage(lean.inc(input), lean.inc(state)) >>> 0;
      throw new ParseFailure(lean.takeString(message));
    });
  }
}

/** The greatest depth of brackets, wherever they stand. @param {string} text */
function nesting(text) {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if ('([{⟨'.includes(character)) deepest = Math.max(deepest, depth += 1);
    else if (')]}⟩'.includes(character)) depth -= 1;
  }
  return deepest;
}

/** Syntax: the byte range that a piece of syntax covers, or null if it has no position. */
function byteRange(lean, stx) {
  return lean.scoped((scope) => {
    const start = scope.own(lean.fn.syntaxPos(lean.inc(stx), box(0)) >>> 0);
    const end = scope.own(lean.fn.syntaxTailPos(lean.inc(stx), box(0)) >>> 0);
    if (isScalar(start) || isScalar(end)) return null;
    return [unbox(lean.field(start, 0)), unbox(lean.field(end, 0))];
  });
}

module.exports = { SyntaxParser, byteRange };
