/** The text of a row as it stands in a cache entry. */

import { record } from "../generated/contract.js";
import { rowOf } from "../store.js";

const BAR = record.separator.charCodeAt(0);

/**
 * Writes a row as n, kind, etag and body.
 * @param {import("../store.js").Row} row
 * @returns {Buffer}
 */
export function encode({ n, kind, etag, body }) {
  return Buffer.concat([Buffer.from([n, kind, etag, ""].join(record.separator)), body]);
}

/**
 * Reads what `encode` wrote, without looking into the body.
 * @param {Buffer | null} bytes
 * @returns {import("../store.js").Row | null} null for garbage and for nothing
 */
export function decode(bytes) {
  if (bytes === null) return null;
  const first = bytes.indexOf(BAR);
  const second = bytes.indexOf(BAR, first + 1);
  const third = bytes.indexOf(BAR, second + 1);
  if (first < 0 || second < first || third < second) return null;
  const text = (from, to) => bytes.toString("latin1", from, to);
  return rowOf(text(0, first), text(first + 1, second), text(second + 1, third), bytes.subarray(third + 1));
}
