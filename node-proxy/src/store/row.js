/** What a store keeps of a document, whichever store it is. */

import { record } from "../generated/contract.js";

/**
 * @typedef {object} Row
 * @property {number} n counts the accepted writes of a document, deletes included; 0 where it never existed
 * @property {string} kind `record.value`, `record.deleted` or `record.absent`
 * @property {string} etag empty unless it is a value
 * @property {Buffer} body canonical bytes, empty unless it is a value
 *
 * @typedef {Omit<Row, "n">} Content what a writer wants to stand there; the write numbers it
 *
 * @typedef {{id: string, etag: string, body: Buffer}} Listed
 */

const EMPTY = Buffer.alloc(0);

/** A document that never existed. @type {Readonly<Row>} */
export const ABSENT = Object.freeze({ n: 0, kind: record.absent, etag: "", body: EMPTY });

/** What a delete leaves behind. @type {Readonly<Content>} */
export const TOMBSTONE = Object.freeze({ kind: record.deleted, etag: "", body: EMPTY });

/**
 * The entity tag that clients know of, or null where there is no document for them.
 * @param {Row} row
 */
export function etagOf(row) {
  return row.kind === record.value ? row.etag : null;
}
