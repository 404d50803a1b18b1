/** Names the keys of a document in Redis. */

import { createHash } from "node:crypto";
import { keys } from "../generated/contract.js";

const GENERATION_DIGITS = 8;
const TWO_TO_32 = 2n ** 32n;

/** The keys that no collection owns: who is in the fleet, and which collections ever had a dirty document. */
export const fleetKey = keys.fleet[0];
export const queuesKey = keys.queues[0];

/**
 * What tells entries of this Redis process and this routing file from all others (protocol.md §3).
 * @param {string} runId as `INFO server` reports it
 * @param {string} fleetHash
 * @returns {string} 8 hex digits
 */
export function generationOf(runId, fleetHash) {
  return createHash("sha256").update(runId + fleetHash).digest("hex").slice(0, GENERATION_DIGITS);
}

/**
 * The keys of a document.
 * @param {string} generation
 * @param {string} collection
 * @param {string} id
 * @returns {{entry: string, lease: string, writers: string, dirty: string}}
 */
export function keysOf(generation, collection, id) {
  return {
    entry: filled(keys.entry, [collection, generation, id]),
    lease: filled(keys.lease, [collection, generation, id]),
    writers: filled(keys.writers, [collection, id]),
    dirty: dirtyKeyOf(collection, id),
  };
}

/**
 * The dirty record of a document, whoever wrote it; with an empty id the beginning of all of a collection.
 * @param {string} collection
 * @param {string} id
 */
export function dirtyKeyOf(collection, id) {
  return filled(keys.dirty, [collection, id]);
}

/**
 * What a collection has besides its documents' keys.
 * @param {string} collection
 * @returns {{queue: string, since: string, refused: string, last: string}}
 */
export function queueKeysOf(collection) {
  const of = (pieces) => filled(pieces, [collection]);
  return { queue: of(keys.queue), since: of(keys.since), refused: of(keys.refused), last: of(keys.last) };
}

/**
 * A TTL moved by up to a tenth, the same for an id in every language, so that entries of one moment do not all end at one.
 * Reckoned in integers: floor(ttl * (0.9 + 0.2 * h / 2^32)), h being the first 4 bytes of SHA-256 of the id.
 * @param {number} ttlMs
 * @param {string} id
 * @returns {number} ms; 0 stays 0
 */
export function jittered(ttlMs, id) {
  const h = BigInt(createHash("sha256").update(id).digest().readUInt32BE(0));
  return Number((BigInt(ttlMs) * (9n * TWO_TO_32 + 2n * h)) / (10n * TWO_TO_32));
}

function filled(pieces, values) {
  return pieces.reduce((text, piece, index) => text + values[index - 1] + piece);
}
