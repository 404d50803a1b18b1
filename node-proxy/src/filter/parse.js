/** Reads a filter into a tree. */

import { Problem } from "../errors.js";
import { limits, problems } from "../generated/contract.js";
import { canonical, read } from "../json.js";

/**
 * @typedef {object} Operand
 * @property {null | boolean | number | string | Array | Map} value
 * @property {string} text the value in canonical form
 *
 * @typedef {object} Test one operator on the value at a path
 * @property {"$eq" | "$ne" | "$in" | "$nin" | "$gt" | "$gte" | "$lt" | "$lte" | "$beginsWith" | "$all" | "$exists"} op
 * @property {Operand | Operand[]} operand a list for $in, $nin and $all
 *
 * @typedef {{kind: "and" | "or" | "nor", parts: Tree[]} | {kind: "field", path: string[], tests: Test[]}} Tree
 *
 * @typedef {object} Filter
 * @property {string} canonical
 * @property {string} escaped the canonical form as it stands in a query
 * @property {Tree} tree
 */

const LOGIC = new Map([["$and", "and"], ["$or", "or"], ["$nor", "nor"]]);

const isComparable = (value) => typeof value === "number" || typeof value === "string";
const isListOf = (least) => (value) => Array.isArray(value) && value.length >= least && value.length <= limits.whereOperands;
const isAnything = () => true;

/** What each operator takes. */
const OPERANDS = new Map([
  ["$eq", isAnything],
  ["$ne", isAnything],
  ["$in", isListOf(0)],
  ["$nin", isListOf(0)],
  ["$gt", isComparable],
  ["$gte", isComparable],
  ["$lt", isComparable],
  ["$lte", isComparable],
  ["$beginsWith", (value) => typeof value === "string"],
  ["$all", isListOf(1)],
  ["$exists", (value) => typeof value === "boolean"],
]);
const LISTS = new Set(["$in", "$nin", "$all"]);

/**
 * Reads the value of `where`.
 * @param {Buffer} bytes percent-decoded
 * @returns {Filter}
 * @throws {Problem} bad-query
 */
export function parse(bytes) {
  const value = strictly(bytes);
  const tree = group(value);
  if (countTests(tree) > limits.whereOperators) bad();
  const text = canonical(value);
  const escaped = escape(text);
  if (escaped.length > limits.whereEscapedBytes) bad();
  return { canonical: text, escaped, tree };
}

function bad() {
  throw new Problem(problems.badQuery);
}

function strictly(bytes) {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof Problem) bad();
    throw error;
  }
}

/** All bytes but RFC 3986's unreserved ones as %XX. */
function escape(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function group(value) {
  if (!(value instanceof Map)) bad();
  // Names in canonical order, so that what a store is asked does not hang on how the client wrote the filter.
  const parts = [...value.keys()].sort().map((key) => member(key, value.get(key)));
  return { kind: "and", parts };
}

function member(key, value) {
  if (!key.startsWith("$")) return { kind: "field", path: pathOf(key), tests: testsOf(value) };
  const kind = LOGIC.get(key);
  if (kind === undefined || !Array.isArray(value) || value.length === 0) bad();
  return { kind, parts: value.map(group) };
}

function pathOf(key) {
  const names = [""];
  for (let at = 0; at < key.length; at += 1) {
    let char = key[at];
    if (char === ".") {
      names.push("");
      continue;
    }
    if (char === "\\") {
      at += 1;
      char = key[at];
      if (char !== "." && char !== "\\" && char !== "$") bad();
    }
    names[names.length - 1] += char;
  }
  return names;
}

function testsOf(value) {
  if (!(value instanceof Map)) return [{ op: "$eq", operand: operandOf(value) }];
  if (value.size === 0) bad();
  return [...value.keys()].sort().map((op) => testOf(op, value.get(op)));
}

function testOf(op, value) {
  const fits = OPERANDS.get(op);
  if (fits === undefined || !fits(value)) bad();
  return { op, operand: LISTS.has(op) ? value.map(operandOf) : operandOf(value) };
}

function operandOf(value) {
  return { value, text: canonical(value) };
}

function countTests(tree) {
  if (tree.kind === "field") return tree.tests.length;
  return tree.parts.reduce((sum, part) => sum + countTests(part), 0);
}
