/** Says what part of a filter a store can be asked for: never less than what matches, often more. */

import { limits } from "../generated/contract.js";

/** No document can match. */
export const NOTHING = Object.freeze({ kind: "nothing" });

/**
 * @typedef {{kind: "leaf", path: string[], op: string, operand: import("./parse.js").Operand | import("./parse.js").Operand[]}} Leaf
 * @typedef {{kind: "and" | "or", parts: Coarse[]} | Leaf} Coarse groups have two parts or more
 */

const NEVER_PUSHED = new Set(["$ne", "$nin"]);

/**
 * @param {import("./parse.js").Tree} tree
 * @returns {Coarse | NOTHING | null} null where nothing can be asked for
 */
export function coarse(tree) {
  switch (tree.kind) {
    case "and":
      return all(tree.parts.map(coarse));
    case "or":
      return any(tree.parts.map(coarse));
    case "nor":
      return null;
    default:
      return all(tree.tests.map((test) => leaf(tree.path, test)));
  }
}

function leaf(path, { op, operand }) {
  if (path.length > limits.wherePushdownNames || NEVER_PUSHED.has(op)) return null;
  if (op === "$exists" && !operand.value) return null;
  if (op === "$in" && operand.length === 0) return NOTHING;
  return { kind: "leaf", path, op, operand };
}

function all(parts) {
  if (parts.includes(NOTHING)) return NOTHING;
  const pushed = parts.filter((part) => part !== null);
  return group("and", pushed);
}

function any(parts) {
  const possible = parts.filter((part) => part !== NOTHING);
  if (possible.length === 0) return NOTHING;
  return possible.includes(null) ? null : group("or", possible);
}

function group(kind, parts) {
  if (parts.length < 2) return parts[0] ?? null;
  return { kind, parts };
}
