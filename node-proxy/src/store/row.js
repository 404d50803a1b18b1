/** What a store keeps of a document, whichever store it is. */

import { isProblem, Problem } from "../errors.js";
import { problems, record } from "../generated/contract.js";

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
 *
 * @typedef {object} Batch what became of rows that were to be written
 * @property {(Row & {id: string})[]} stored the store has these, or newer ones
 * @property {(Row & {id: string})[]} refused for what they are
 * @property {import("../errors.js").Problem | null} fault what kept the others from being written: the store's state
 */

const EMPTY = Buffer.alloc(0);
const N = /^(0|[1-9][0-9]{0,15})$/;
const TAG = /^[0-9a-f]{32}$/;

/** A document that never existed. @type {Readonly<Row>} */
export const ABSENT = Object.freeze({ n: 0, kind: record.absent, etag: "", body: EMPTY });

/** What a delete leaves behind. @type {Readonly<Content>} */
export const TOMBSTONE = Object.freeze({ kind: record.deleted, etag: "", body: EMPTY });

/**
 * The row that the fields of a record tell of (contract/keys.toml), without a look into the body.
 * @param {string} digits
 * @param {string} kind
 * @param {string} etag
 * @param {Buffer} body
 * @returns {Row | null} null for garbage
 */
export function rowOf(digits, kind, etag, body) {
  const row = { n: Number(digits), kind, etag, body };
  return N.test(digits) && Number.isSafeInteger(row.n) && isWhole(row) ? row : null;
}

/**
 * The same of fields as Redis gives them.
 * @param {(Buffer | null)[]} fields
 * @returns {Row | null} null where one is missing, too
 */
export function rowOfFields(fields) {
  if (fields.some((field) => field === null)) return null;
  const [n, kind, etag, body] = fields;
  return rowOf(n.toString("latin1"), kind.toString("latin1"), etag.toString("latin1"), body);
}

function isWhole({ n, kind, etag, body }) {
  if (kind === record.value) return n > 0 && TAG.test(etag) && body.length > 0;
  const isEmpty = etag === "" && body.length === 0;
  return isEmpty && ((kind === record.deleted && n > 0) || (kind === record.absent && n === ABSENT.n));
}

/**
 * A row of which nothing but the kind is known.
 * @param {string} kind
 * @returns {Row}
 */
export function standIn(kind) {
  return { n: ABSENT.n, kind, etag: "", body: EMPTY };
}

/**
 * Writes rows one by one, several at once; a fault ends it, a refusal does not.
 * @template {Row & {id: string}} R
 * @param {R[]} rows
 * @param {number} atOnce
 * @param {(row: R) => Promise<void>} write throws store-unavailable or outcome-unknown (a fault), or what is wrong with the row
 * @returns {Promise<Batch>}
 */
export async function writeEach(rows, atOnce, write) {
  const batch = { stored: [], refused: [], fault: null };
  const waiting = rows.values();
  const work = async () => {
    for (const row of waiting) {
      if (batch.fault !== null) return;
      await noted(batch, row, write);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, rows.length) }, work));
  return batch;
}

async function noted(batch, row, write) {
  try {
    await write(row);
    batch.stored.push(row);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const isState = isProblem(error, problems.storeUnavailable) || isProblem(error, problems.outcomeUnknown);
    if (isState) batch.fault ??= error;
    else batch.refused.push(row);
  }
}

/**
 * The entity tag that clients know of, or null where there is no document for them.
 * @param {Row} row
 */
export function etagOf(row) {
  return row.kind === record.value ? row.etag : null;
}
