/** Reads strict JSON: RFC 8259 in UTF-8, narrowed to I-JSON (RFC 7493) and to what the stores keep. */

import { isUtf8 } from "node:buffer";
import { Problem } from "../errors.js";
import { limits, problems } from "../generated/contract.js";

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const LOWER_E = 0x65;
const LOWER_U = 0x75;

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const WORDS = new Map([["t", ["true", true]], ["f", ["false", false]], ["n", ["null", null]]]);
/** The values of hex digits, by byte. */
const HEX = Object.fromEntries([..."0123456789abcdefABCDEF"].map((digit) => [digit.charCodeAt(0), parseInt(digit, 16)]));
const ESCAPES = new Map(Object.entries({ '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }));

/**
 * Reads one JSON text. Objects become Maps, so that every name is an ordinary one.
 * @param {Buffer} bytes
 * @returns {null | boolean | number | string | Array | Map<string, unknown>}
 * @throws {Problem} bad-json when the bytes are no UTF-8, else the first fault in byte order: bad-json,
 *   duplicate-name, nul-in-name, too-deep, number-out-of-range or number-precision
 */
export function read(bytes) {
  if (!isUtf8(bytes) || bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
    throw new Problem(problems.badJson);
  }
  return new Reader(bytes).whole();
}

function isDigit(byte) {
  return byte >= ZERO && byte <= NINE;
}

class Reader {
  #bytes;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  whole() {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#bytes.length) this.#fail();
    return value;
  }

  #fail(fact = problems.badJson) {
    throw new Problem(fact);
  }

  #space() {
    const bytes = this.#bytes;
    while (bytes[this.#at] === 0x20 || bytes[this.#at] === 0x0a || bytes[this.#at] === 0x0d || bytes[this.#at] === 0x09) {
      this.#at += 1;
    }
  }

  /** Takes this byte after white space, or leaves everything as it is. */
  #took(byte) {
    this.#space();
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at += 1;
    return true;
  }

  #value(depth) {
    this.#space();
    const byte = this.#bytes[this.#at];
    if (byte === QUOTE) return this.#string();
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth === limits.depthLevels) this.#fail(problems.tooDeep);
      this.#at += 1;
      return byte === OPEN_BRACE ? this.#object(depth + 1) : this.#array(depth + 1);
    }
    if (byte === MINUS || isDigit(byte)) return this.#number();
    return this.#word();
  }

  #object(depth) {
    const members = new Map();
    if (this.#took(CLOSE_BRACE)) return members;
    do {
      this.#space();
      if (this.#bytes[this.#at] !== QUOTE) this.#fail();
      const name = this.#string();
      if (name.includes("\0")) this.#fail(problems.nulInName);
      if (members.has(name)) this.#fail(problems.duplicateName);
      if (!this.#took(COLON)) this.#fail();
      members.set(name, this.#value(depth));
    } while (this.#took(COMMA));
    if (!this.#took(CLOSE_BRACE)) this.#fail();
    return members;
  }

  #array(depth) {
    const items = [];
    if (this.#took(CLOSE_BRACKET)) return items;
    do items.push(this.#value(depth));
    while (this.#took(COMMA));
    if (!this.#took(CLOSE_BRACKET)) this.#fail();
    return items;
  }

  #word() {
    const [text, value] = WORDS.get(String.fromCharCode(this.#bytes[this.#at])) ?? this.#fail();
    const end = this.#at + text.length;
    if (this.#bytes.toString("latin1", this.#at, end) !== text) this.#fail();
    this.#at = end;
    return value;
  }

  #string() {
    const bytes = this.#bytes;
    let text = "";
    for (let from = this.#at + 1; ; from = this.#at) {
      let at = from;
      while (bytes[at] >= 0x20 && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at += 1;
      text += bytes.toString("utf8", from, at);
      this.#at = at + 1;
      if (bytes[at] === QUOTE) return text;
      // Else a control character, or the end.
      if (bytes[at] !== BACKSLASH) this.#fail();
      text += this.#escape();
    }
  }

  #escape() {
    const letter = this.#bytes[this.#at];
    this.#at += 1;
    if (letter !== LOWER_U) return ESCAPES.get(String.fromCharCode(letter)) ?? this.#fail();
    const unit = this.#codeUnit();
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
    if (unit > 0xdbff || this.#bytes[this.#at] !== BACKSLASH || this.#bytes[this.#at + 1] !== LOWER_U) this.#fail();
    this.#at += 2;
    const low = this.#codeUnit();
    if (low < 0xdc00 || low > 0xdfff) this.#fail();
    return String.fromCharCode(unit, low);
  }

  #codeUnit() {
    let unit = 0;
    for (let count = 0; count < 4; count += 1) {
      unit = unit * 16 + (HEX[this.#bytes[this.#at]] ?? this.#fail());
      this.#at += 1;
    }
    return unit;
  }

  #digits() {
    if (!isDigit(this.#bytes[this.#at])) this.#fail();
    while (isDigit(this.#bytes[this.#at])) this.#at += 1;
  }

  #number() {
    const bytes = this.#bytes;
    const from = this.#at;
    if (bytes[this.#at] === MINUS) this.#at += 1;
    if (bytes[this.#at] === ZERO) this.#at += 1;
    else this.#digits();
    const integerEnd = this.#at;
    if (bytes[this.#at] === POINT) {
      this.#at += 1;
      this.#digits();
    }
    if ((bytes[this.#at] | 0x20) === LOWER_E) {
      this.#at += 1;
      if (bytes[this.#at] === PLUS || bytes[this.#at] === MINUS) this.#at += 1;
      this.#digits();
    }
    const next = bytes[this.#at];
    if (isDigit(next) || next === POINT || next === PLUS || next === MINUS || (next | 0x20) === LOWER_E) this.#fail();
    return this.#double(bytes.toString("latin1", from, this.#at), integerEnd === this.#at);
  }

  #double(literal, isInteger) {
    const value = Number(literal);
    if (!Number.isFinite(value)) this.#fail(problems.numberOutOfRange);
    const isBent = isInteger && Math.abs(value) > limits.safeInteger && String(value) !== literal;
    if (isBent) this.#fail(problems.numberPrecision);
    return value;
  }
}
