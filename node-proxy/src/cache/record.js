/** The text of a row as it stands in a cache entry. */

import { record } from "../generated/contract.js";
import { ABSENT } from "../store.js";

const BAR = record.separator.charCodeAt(0);
const N = /^(0|[1-9][0-9]{0,15})$/;
const TAG = /^[0-9a-f]{32}$/;

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
  const digits = bytes.toString("latin1", 0, first);
  const row = {
    n: Number(digits),
    kind: bytes.toString("latin1", first + 1, second),
    etag: bytes.toString("latin1", second + 1, third),
    body: bytes.subarray(third + 1),
  };
  return N.test(digits) && Number.isSafeInteger(row.n) && isWhole(row) ? row : null;
}

/**
 * Puts together the same from its four fields, as a dirty record has them.
 * @param {(Buffer | null)[]} parts
 * @returns {import("../store.js").Row | null} null where one is missing, or is garbage
 */
export function fromParts(parts) {
  if (parts.some((part) => part === null)) return null;
  const bar = Buffer.from(record.separator);
  return decode(Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [bar, part]))));
}

function isWhole({ n, kind, etag, body }) {
  if (kind === record.value) return n > 0 && TAG.test(etag) && body.length > 0;
  const isEmpty = etag === "" && body.length === 0;
  return isEmpty && ((kind === record.deleted && n > 0) || (kind === record.absent && n === ABSENT.n));
}
