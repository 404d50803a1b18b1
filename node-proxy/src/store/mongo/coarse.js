/** Says the coarse part of a filter in MongoDB's query language. */

import { escapedName, typedScalar } from "./projection.js";

/**
 * @param {import("../../filter/coarse.js").Coarse | null} coarse
 * @returns {object} a query; empty where nothing can be asked for
 */
export function coarseQuery(coarse) {
  if (coarse === null) return {};
  if (coarse.kind !== "leaf") return { [`$${coarse.kind}`]: coarse.parts.map(coarseQuery) };
  return leafQuery(coarse);
}

function leafQuery({ path, op, operand }) {
  const field = ["doc", ...path.map(escapedName)].join(".");
  const exists = { [field]: { $exists: true } };
  switch (op) {
    case "$eq":
      return isScalar(operand) ? { [field]: { $eq: typedScalar(operand.value) } } : exists;
    case "$in":
      return operand.every(isScalar) ? { [field]: { $in: operand.map(({ value }) => typedScalar(value)) } } : exists;
    case "$beginsWith":
      return { [field]: rangeOf(operand.value) };
    case "$all":
      return allOf(field, operand.filter(isScalar)) ?? exists;
    case "$exists":
      return exists;
    default:
      return { [field]: { [op]: typedScalar(operand.value) } };
  }
}

function isScalar({ value }) {
  return value === null || typeof value !== "object";
}

function allOf(field, operands) {
  const parts = operands.map(({ value }) => ({ [field]: { $eq: typedScalar(value) } }));
  if (parts.length < 2) return parts[0] ?? null;
  return { $and: parts };
}

/** All strings that begin with this one. */
function rangeOf(start) {
  const end = successor(start);
  return end === null ? { $gte: start } : { $gte: start, $lt: end };
}

/** The least string after all that begin with this one, or null where there is none. */
function successor(start) {
  const points = [...start].map((char) => char.codePointAt(0));
  while (points.at(-1) === 0x10ffff) points.pop();
  if (points.length === 0) return null;
  const last = points.pop() + 1;
  // Surrogates are no code points of their own.
  points.push(last === 0xd800 ? 0xe000 : last);
  return String.fromCodePoint(...points);
}
