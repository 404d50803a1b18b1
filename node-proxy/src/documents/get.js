/** Reads a document. */

import { Problem } from "../errors.js";
import { etagOf } from "../store.js";
import { judgeExisting } from "./preconditions.js";

/**
 * @param {import("../documents.js").Place} place
 * @param {{id: string, isPastCache: boolean, preconditions: import("./preconditions.js").Preconditions}} input
 * @returns {Promise<{etag: string, body: Buffer, cache: string, isModified: boolean}>} `cache` is the Cache-Status
 * @throws {Problem} document-not-found, precondition-failed (both with the Cache-Status), or what a read throws
 */
export async function get(place, { id, isPastCache, preconditions }) {
  place.admit();
  const { row, status } = await place.cache.read(place.collection, id, isPastCache);
  try {
    const isModified = judgeExisting(preconditions, etagOf(row));
    return { etag: row.etag, body: row.body, cache: status, isModified };
  } catch (error) {
    if (error instanceof Problem) error.cache = status;
    throw error;
  }
}
