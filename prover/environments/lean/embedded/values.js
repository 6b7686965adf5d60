'use strict';
/** Names, containers, options and text of Lean, over the bare objects of `runtime.js`. */

const { Runtime, isScalar, box, unbox, UNIT, WORLD } = require('./runtime.js');
const {
  PersistentArray, PersistentArrayNodeTag, PersistentHashMapNodeTag, PersistentHashMapEntryTag,
  SMap, Position, Message,
} = require('./layouts.js');

const SEVERITIES = ['information', 'warning', 'error'];
const NAME_STRING_TAG = 1;
/** Components that Lean prints without «». */
const PLAIN_COMPONENT = /^[\p{L}_][\p{L}\p{N}_'!?₀-₉]*✝?[⁰¹²³⁴-⁹]*$/u;
const PRETTY_WIDTH = 120;
/** `DataValue`'s constructor for natural numbers. */
const DATA_VALUE_NAT = 3;

class Lean extends Runtime {
  // -- names ---------------------------------------------------------------------------------

  /** An owned `Name` from its text, `«»` understood. @param {string} text */
  name(text) {
    let name = UNIT;
    for (const component of splitName(text)) {
      name = /^\d+$/.test(component)
        ? this.fn.nameMkNumeral(name, box(Number(component))) >>> 0
        : this.fn.nameMkString(name, this.mkString(component)) >>> 0;
    }
    return name;
  }

  /** Components of a borrowed name, outermost first. @param {number} name @returns {string[]} */
  nameComponents(name) {
    const components = [];
    for (let rest = name; !isScalar(rest); rest = this.field(rest, 0)) {
      const last = this.field(rest, 1);
      components.push(this.tag(rest) === NAME_STRING_TAG ? this.string(last) : String(unbox(last)));
    }
    return components.reverse();
  }

  /** The components with dots between, nothing quoted: for comparing. @param {number} name */
  rawName(name) {
    return this.nameComponents(name).join('.');
  }

  /** A borrowed name as Lean prints it. @param {number} name @returns {string} */
  nameText(name) {
    if (isScalar(name)) return '[anonymous]';
    const components = this.nameComponents(name);
    if (components.every((component) => PLAIN_COMPONENT.test(component) || /^\d+$/.test(component))) {
      return components.join('.');
    }
    return this.takeString(this.fn.nameToString(this.inc(name), box(1)) >>> 0);
  }

  /**
   * What the user wrote for a private name (`_private.Module.0.name`), or null for another.
   * @param {number} name borrowed
   */
  privateUserName(name) {
    const components = this.nameComponents(name);
    const mark = components[0] === '_private' ? components.indexOf('0') : -1;
    return mark < 0 ? null : components.slice(mark + 1).join('.');
  }

  /** A natural number of any size in decimal. @param {number} nat borrowed */
  natText(nat) {
    if (isScalar(nat)) return String(unbox(nat));
    return this.takeString(this.fn.natRepr(this.inc(nat)) >>> 0);
  }

  // -- containers ------------------------------------------------------------------------------

  /** Borrowed items of a `PersistentArray`. @param {number} array @returns {number[]} */
  persistentArrayItems(array) {
    const items = [];
    const visit = (node) => {
      const children = this.arrayItems(this.field(node, 0));
      if (this.tag(node) === PersistentArrayNodeTag.leaf) items.push(...children);
      else children.forEach(visit);
    };
    visit(this.field(array, PersistentArray.root));
    items.push(...this.arrayItems(this.field(array, PersistentArray.tail)));
    return items;
  }

  /**
   * Call `visit(key, value)` (borrowed) for each entry of a `PersistentHashMap`, a structure of
   * one field, hence erased to its root node.
   * @param {number} node @param {(key: number, value: number) => void} visit
   */
  forEachInHashTrie(node, visit) {
    if (this.tag(node) === PersistentHashMapNodeTag.collision) {
      const values = this.arrayItems(this.field(node, 1));
      this.arrayItems(this.field(node, 0)).forEach((key, i) => visit(key, values[i]));
      return;
    }
    for (const entry of this.arrayItems(this.field(node, 0))) {
      const kind = this.tag(entry);
      if (kind === PersistentHashMapEntryTag.entry) visit(this.field(entry, 0), this.field(entry, 1));
      else if (kind === PersistentHashMapEntryTag.ref) {
        this.forEachInHashTrie(this.field(entry, 0), visit);
      }
    }
  }

  /** Call `visit(key, value)` for each entry of a `Std.HashMap`: size and buckets of lists. */
  forEachInHashMap(map, visit) {
    for (const bucket of this.arrayItems(this.field(map, 1))) {
      for (let cell = bucket; !isScalar(cell); cell = this.field(cell, 2)) {
        visit(this.field(cell, 0), this.field(cell, 1));
      }
    }
  }

  /** The second stage of an `SMap`: what was added after importing. */
  forEachAdded(smap, visit) {
    this.forEachInHashTrie(this.field(smap, SMap.map2), visit);
  }

  /** All constants of a `ConstMap`, `visit(name, constantInfo)`, borrowed. */
  forEachConstant(smap, visit) {
    this.forEachInHashMap(this.field(smap, SMap.map1), visit);
    this.forEachAdded(smap, visit);
  }

  // -- options ---------------------------------------------------------------------------------

  /** Consumes `options`. @param {number} options @param {string} name @param {number} value */
  withNatOption(options, name, value) {
    return this.fn.optionSetNat(options, this.name(name), box(value)) >>> 0;
  }

  /** Consumes `options`. @param {number} options @param {string} name @param {boolean} value */
  withBoolOption(options, name, value) {
    return this.fn.optionSetBool(options, this.name(name), value ? 1 : 0) >>> 0;
  }

  /** A natural-number option, or `fallback`. @param {number} options borrowed */
  natOption(options, name, fallback) {
    for (const entry of this.listItems(options)) {
      if (this.rawName(this.field(entry, 0)) !== name) continue;
      const value = this.field(entry, 1);
      if (!isScalar(value) && this.tag(value) === DATA_VALUE_NAT) {
        return this.smallNat(this.field(value, 0)) ?? fallback;
      }
    }
    return fallback;
  }

  // -- text ------------------------------------------------------------------------------------

  /** @param {number} format consumed */
  formatText(format) {
    return this.takeString(this.fn.formatPretty(format, box(PRETTY_WIDTH), box(0), box(0)) >>> 0);
  }

  /** @param {number} data a consumed `MessageData` */
  messageDataText(data) {
    return this.takeString(this.fn.messageDataToString(data, WORLD) >>> 0);
  }

  /** The text of an `Exception`. @param {number} exception consumed */
  exceptionText(exception) {
    return this.messageDataText(this.fn.exceptionToMessageData(exception) >>> 0);
  }

  /** The text of an `IO.Error`. @param {number} error consumed */
  ioErrorText(error) {
    return this.takeString(this.fn.ioErrorToString(error) >>> 0);
  }

  position(position) {
    return {
      line: unbox(this.field(position, Position.line)),
      column: unbox(this.field(position, Position.column)),
    };
  }

  /** A borrowed `Message` as Lean's `SerialMessage`. @param {number} message */
  serialMessage(message) {
    const data = this.field(message, Message.data);
    const endPos = this.optionValue(this.field(message, Message.endPos));
    return this.scoped((scope) => ({
      fileName: this.string(this.field(message, Message.fileName)),
      pos: this.position(this.field(message, Message.pos)),
      endPos: endPos === null ? null : this.position(endPos),
      keepFullRange: this.scalarByte(message, Message.keepFullRange) !== 0,
      severity: SEVERITIES[this.scalarByte(message, Message.severity)],
      isSilent: this.scalarByte(message, Message.isSilent) !== 0,
      caption: this.string(this.field(message, Message.caption)),
      data: this.messageDataText(this.inc(data)),
      kind: this.nameText(scope.own(this.fn.messageDataKind(this.inc(data)) >>> 0)),
    }));
  }

  /** The messages of a borrowed `MessageLog`. @param {number} log */
  serialMessages(log) {
    return this.scoped((scope) => {
      const list = scope.own(this.fn.messageLogToList(this.inc(log)) >>> 0);
      return this.listItems(list).map((message) => this.serialMessage(message));
    });
  }
}

/** @param {string} text @returns {string[]} */
function splitName(text) {
  const components = [];
  for (const match of text.matchAll(/«([^»]*)»|[^.«»]+/gu)) components.push(match[1] ?? match[0]);
  return components;
}

/** A `SerialMessage` for an exception. @param {string} text */
function plainError(text) {
  return {
    fileName: '<Pantograph>',
    pos: { line: 0, column: 0 },
    endPos: null,
    keepFullRange: false,
    severity: 'error',
    isSilent: false,
    caption: '',
    data: text,
    kind: '[anonymous]',
  };
}

module.exports = { Lean, plainError };
