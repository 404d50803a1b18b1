/** Creates a document under an id that the service chooses. */

import { createHash, randomUUID } from "node:crypto";
import { guard } from "../cache.js";
import { Problem } from "../errors.js";
import { problems, record } from "../generated/contract.js";

const UUID_BYTES = 16;

/**
 * @param {import("../documents.js").Place} place
 * @param {{key: string | null, document: import("../documents.js").NewDocument}} input `key` is the client's Idempotency-Key
 * @returns {Promise<{id: string, etag: string, status: string}>} `status` is the Write-Status
 * @throws {Problem} key-conflict, key-reused, or what a write throws
 */
export async function create(place, { key, document }) {
  place.admit();
  const row = { kind: record.value, etag: document.etag, body: document.bytes };
  const id = key === null ? randomUUID() : keyedId(place.collection, key);
  const result = { id, etag: document.etag };
  const [decide, known] = key === null
    ? [(current) => newOnly(current, row, result), { isNew: true }]
    : [(current) => onceOnly(current, row, result), { guard: guard.absent }];
  const { status } = await place.cache.write(place.collection, id, decide, known);
  return { ...result, status };
}

/**
 * The id of a keyed POST: UUIDv8 (RFC 9562 §5.8), so that the same key finds the same document again.
 * @param {string} collection
 * @param {string} key
 */
export function keyedId(collection, key) {
  const bytes = createHash("sha256").update(`${collection}\0${key}`).digest().subarray(0, UUID_BYTES);
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A random id is taken as never used; should it be, some other writer has it. */
function newOnly(current, row, result) {
  if (current.kind !== record.absent) throw new Problem(problems.contention);
  return { row, result };
}

/** The same key finds what it has created before. */
function onceOnly(current, row, result) {
  if (current.kind === record.deleted) throw new Problem(problems.keyConflict);
  if (current.kind === record.absent) return { row, result };
  if (current.etag !== row.etag) throw new Problem(problems.keyReused);
  return { row: null, result };
}
