/** Says the coarse part of a filter in SQL: canonical text has one spelling, so looking for pieces of it does. */

import { mysql } from "../../generated/contract.js";

/**
 * @param {import("../../filter/coarse.js").Coarse | null} coarse
 * @returns {{sql: string, needles: string[]}} what goes into the WHERE clause, and its parameters in order
 */
export function coarseSql(coarse) {
  if (coarse === null) return { sql: "", needles: [] };
  const needles = [];
  return { sql: ` AND (${clause(coarse, needles)})`, needles };
}

function clause(node, needles) {
  if (node.kind !== "leaf") return joined(node.kind, node.parts.map((part) => clause(part, needles)));
  const [kind, pieces] = piecesOf(node);
  needles.push(...pieces);
  return joined(kind, pieces.map(() => mysql.contains));
}

function joined(kind, parts) {
  return parts.length === 1 ? parts[0] : `(${parts.join(kind === "and" ? " AND " : " OR ")})`;
}

/** Pieces of text, and whether all must be there or one. */
function piecesOf({ path, op, operand }) {
  const name = `${JSON.stringify(path.at(-1))}:`;
  switch (op) {
    case "$eq":
      return ["and", [name + operand.text]];
    case "$in":
      return ["or", operand.map(({ text }) => name + text)];
    case "$beginsWith":
      return ["and", [name + operand.text.slice(0, -1)]];
    case "$all":
      return ["and", [`${name}[`, ...operand.map(({ text }) => text)]];
    case "$exists":
      return ["and", [name]];
    default:
      return ["and", [typeof operand.value === "string" ? `${name}"` : name]];
  }
}
