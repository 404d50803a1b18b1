/** Turns the bytes of a body into a document. */

import { Problem } from "../errors.js";
import { problems } from "../generated/contract.js";
import { canonical, etag, read } from "../json.js";

/**
 * @typedef {import("../documents.js").NewDocument & {wasCanonical: boolean}} DocumentBody `wasCanonical`: the client
 *   sent just these bytes
 */

/**
 * @param {Buffer} bytes as sent
 * @param {number} limitBytes
 * @returns {DocumentBody}
 * @throws {Problem} what `readObject` throws, then body-too-large for the canonical form
 */
export function readDocument(bytes, limitBytes) {
  const canonicalBytes = Buffer.from(canonical(readObject(bytes, limitBytes)));
  if (canonicalBytes.length > limitBytes) throw new Problem(problems.bodyTooLarge);
  return { bytes: canonicalBytes, etag: etag(canonicalBytes), wasCanonical: canonicalBytes.equals(bytes) };
}

/**
 * @param {Buffer} bytes as sent
 * @param {number} limitBytes
 * @returns {Map<string, unknown>}
 * @throws {Problem} body-too-large, the reader's faults, root-not-object
 */
export function readObject(bytes, limitBytes) {
  if (bytes.length > limitBytes) throw new Problem(problems.bodyTooLarge);
  const value = read(bytes);
  if (!(value instanceof Map)) throw new Problem(problems.rootNotObject);
  return value;
}
