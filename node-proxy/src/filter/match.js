/** Decides whether a document matches a filter, exactly. */

import { canonical } from "../json.js";

const MISSING = Symbol("missing");

/** The tests that hold for a missing value, too. */
const MISSING_MATCHES = new Set(["$ne", "$nin"]);

/**
 * @param {import("./parse.js").Tree} tree
 * @param {object} document what JSON.parse makes of canonical text: a name is only ever an own property of it
 * @returns {boolean}
 */
export function matches(tree, document) {
  switch (tree.kind) {
    case "and":
      return tree.parts.every((part) => matches(part, document));
    case "or":
      return tree.parts.some((part) => matches(part, document));
    case "nor":
      return !tree.parts.some((part) => matches(part, document));
    default: {
      const value = valueAt(tree.path, document);
      return tree.tests.every((test) => holds(test, value));
    }
  }
}

function valueAt(path, document) {
  let value = document;
  for (const name of path) {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isObject || !Object.hasOwn(value, name)) return MISSING;
    value = value[name];
  }
  return value;
}

function holds({ op, operand }, value) {
  if (op === "$exists") return operand.value === (value !== MISSING);
  if (value === MISSING) return MISSING_MATCHES.has(op);
  switch (op) {
    case "$eq":
      return same(value, operand);
    case "$ne":
      return !same(value, operand);
    case "$in":
      return operand.some((one) => same(value, one));
    case "$nin":
      return !operand.some((one) => same(value, one));
    case "$beginsWith":
      return typeof value === "string" && value.startsWith(operand.value);
    case "$all":
      return Array.isArray(value) && operand.every((one) => value.some((element) => same(element, one)));
    default:
      return typeof value === typeof operand.value && inOrder(op, compare(value, operand.value));
  }
}

/** Same canonical bytes; for scalars that is the same value. */
function same(value, operand) {
  const isScalar = value === null || typeof value !== "object";
  return isScalar ? value === operand.value : typeof operand.value === "object" && canonical(value) === operand.text;
}

/** Numbers as doubles, strings by UTF-8 bytes (UTF-16 orders astral characters otherwise). */
function compare(left, right) {
  if (typeof left === "string") return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return Math.sign(left - right);
}

function inOrder(op, order) {
  switch (op) {
    case "$gt":
      return order > 0;
    case "$gte":
      return order >= 0;
    case "$lt":
      return order < 0;
    default:
      return order <= 0;
  }
}
