/** Lists a collection in the order of ids, filtered by `where`. */

import { coarse, matches, NOTHING } from "../filter.js";
import { limits } from "../generated/contract.js";
import { deadlineIn } from "../store.js";

/** Rows of the first batch of a filtered list: more would be waste where much matches. */
const FIRST_BATCH_ROWS = 64;

/**
 * @param {import("../documents.js").Place} place
 * @param {{limit: number, after: string | null, where: import("../filter.js").Filter | null}} query
 * @param {number | null} waitMs how long writes that are pending now may be waited for
 * @returns {Promise<{items: import("../store.js").Listed[], next: string | null, pending: number | null}>} `next` is an
 *   id to go on after, `pending` counts what the list may not show
 * @throws {Problem} cache-unavailable, store-unavailable, not-synced
 */
export async function list(place, { limit, after, where }, waitMs) {
  place.admit();
  // Counted first: a write that comes later may well be listed.
  const pending = await place.cache.pending(place.collection, waitMs);
  return { ...(await pageOf(place, { limit, after, where })), pending };
}

async function pageOf(place, { limit, after, where }) {
  const asked = where === null ? null : coarse(where.tree);
  const page = new Page(limit, where);
  if (asked === NOTHING) return page.result();
  const end = deadlineIn(place.store.timeoutMs * limits.listTimeFactor);
  let from = after ?? "";
  for (let isEnd = false; !isEnd && !page.isDone; ) {
    const wanted = page.wantedRows();
    // Each statement has the store's timeout, all of them together have the list's.
    const deadline = Math.min(end, deadlineIn(place.store.timeoutMs));
    const rows = await place.store.list(place.collection, { after: from, coarse: asked, rows: wanted, deadline });
    for (const row of rows) if (!page.isDone) page.examine(row);
    from = rows.at(-1)?.id;
    isEnd = rows.length < wanted;
  }
  return page.result();
}

/** A page in the making. What ends it counts candidates one after another, so that the size of batches does not show. */
class Page {
  #items = [];
  #next = null;
  #examinedRows = 0;
  #examinedBytes = 0;
  #limit;
  #where;
  isDone = false;

  constructor(limit, where) {
    this.#limit = limit;
    this.#where = where;
  }

  examine(row) {
    this.#examinedRows += 1;
    this.#examinedBytes += row.body.length;
    if (this.#where === null || matches(this.#where.tree, JSON.parse(row.body.toString()))) {
      if (this.#items.length === this.#limit) return this.#end(this.#items.at(-1).id);
      this.#items.push(row);
    }
    const isSpent = this.#examinedRows >= limits.listExaminedRows || this.#examinedBytes >= limits.listExaminedBytes;
    if (isSpent) this.#end(row.id);
  }

  #end(next) {
    this.#next = next;
    this.isDone = true;
  }

  /** How many rows the next batch had best have: no more than are needed, nor than the bytes that may be looked at. */
  wantedRows() {
    const needed = this.#where === null ? this.#limit + 1 - this.#items.length : limits.listBatchRows;
    const rowBytes = this.#examinedBytes / this.#examinedRows;
    const fitting = this.#examinedRows === 0 ? FIRST_BATCH_ROWS : Math.ceil((limits.listExaminedBytes - this.#examinedBytes) / rowBytes);
    return Math.min(needed, fitting, limits.listBatchRows);
  }

  result() {
    return { items: this.#items, next: this.#next };
  }
}
