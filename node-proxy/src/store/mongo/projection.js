/** Makes of a document what MongoDB keeps of it for queries. */

import { Double, Int32, Long } from "mongodb";
import { limits } from "../../generated/contract.js";
import { canonical } from "../../json.js";

const INT32_MAX = 2 ** 31 - 1;
const PERCENT = 0x25;
const POINT = 0x2e;
const DOLLAR = 0x24;
const STAYS_WHOLE = /^(?!\$)[!-~]+$/;

/**
 * The `doc` of a document (protocol.md §1): names escaped, numbers typed, arrays inside arrays as text.
 * @param {Map<string, unknown>} document
 * @returns {Map<string, unknown>} in the document's order
 */
export function projectionOf(document) {
  return new Map([...document].map(([name, value]) => [escapedName(name), projected(value)]));
}

/**
 * A name as MongoDB takes it: bytes 0x21 to 0x7E stay but for `%`, `.` and a `$` in front, all others become %XX.
 * @param {string} name
 */
export function escapedName(name) {
  if (name === "") return "%";
  if (STAYS_WHOLE.test(name) && !/[%.]/.test(name)) return name;
  return [...Buffer.from(name)].map((byte, at) => (stays(byte, at) ? String.fromCharCode(byte) : `%${hex(byte)}`)).join("");
}

/**
 * A number as int32, int64 or double, by its value: every driver must be told, or each takes its own.
 * @param {number} value
 */
export function typedNumber(value) {
  const size = Math.abs(value);
  if (!Number.isInteger(value) || size > limits.safeInteger) return new Double(value);
  return size <= INT32_MAX ? new Int32(value) : Long.fromNumber(value);
}

/**
 * A scalar as MongoDB takes it.
 * @param {null | boolean | number | string} value
 */
export function typedScalar(value) {
  return typeof value === "number" ? typedNumber(value) : value;
}

function projected(value) {
  if (value instanceof Map) return projectionOf(value);
  if (Array.isArray(value)) return value.map((item) => (Array.isArray(item) ? canonical(item) : projected(item)));
  return typedScalar(value);
}

function stays(byte, at) {
  if (byte < 0x21 || byte > 0x7e || byte === PERCENT || byte === POINT) return false;
  return !(byte === DOLLAR && at === 0);
}

function hex(byte) {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}
