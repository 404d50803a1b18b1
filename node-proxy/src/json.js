/** Strict JSON in, canonical JSON out: the interface of the room. */

import { createHash } from "node:crypto";

export { read } from "./json/read.js";
export { canonical } from "./json/write.js";

const TAG_DIGITS = 32;

/**
 * The entity tag of a document: the first 16 bytes of SHA-256 over its canonical bytes.
 * @param {Uint8Array | string} canonicalBytes
 * @returns {string} 32 lower-case hex digits, without quotes
 */
export function etag(canonicalBytes) {
  return createHash("sha256").update(canonicalBytes).digest("hex").slice(0, TAG_DIGITS);
}
