/** The verbs that every cache mode has: `read` and `write` for documents, `pending` for lists; what they share stands here. */

import { Problem } from "./errors.js";
import { limits, problems, record } from "./generated/contract.js";

/**
 * @typedef {object} Decision what a writer makes of the document as it is
 * @property {import("./store.js").Content | null} row null where nothing is to be written
 * @property {unknown} result for the caller
 *
 * @typedef {(current: import("./store.js").Row) => Decision} Decide throws a Problem to refuse; may be asked several times
 *
 * @typedef {object} Cache
 * @property {(collection: string, id: string, isPastCache: boolean) =>
 *   Promise<{row: import("./store.js").Row, status: string}>} read `status` is the Cache-Status
 * @property {(collection: string, id: string, decide: Decide, options?: {isNew?: boolean, guard?: string}) =>
 *   Promise<{result: unknown, status: string}>} write gives the decision's result once it is stored or queued, and the
 *   Write-Status; `isNew`: the id is random, so nothing is looked up first; `guard`: one of `guard`
 * @property {(collection: string, waitMs: number | null) => Promise<number | null>} pending how many writes a list may
 *   not show yet, null where there are never any; with `waitMs` those that are pending now are waited for, so long
 */

/** What is known of a write's conditions without a look at the document. */
export const guard = Object.freeze({
  /** It is unconditional. */
  none: "none",
  /** The document must exist, whatever it is. */
  exists: "exists",
  /** It must never have existed. */
  absent: "absent",
  /** Only a look can tell. */
  decide: "decide",
});

/**
 * Reads, decides and writes guarded by n; after a conflict again, a few times.
 * @param {import("./store.js").Store} store
 * @param {{collection: string, id: string}} key
 * @param {Decide} decide
 * @param {{base: import("./store.js").Row | null, deadline: number}} from `base`: what is known of the document
 * @returns {Promise<{row: import("./store.js").Row | null, result: unknown}>} the row as written, if one was
 * @throws {Problem} contention, what `decide` throws, or the store
 */
export async function decideAndPut(store, { collection, id }, decide, { base, deadline }) {
  let current = base;
  for (let tries = 0; tries < limits.writeTries; tries += 1) {
    current ??= await store.get(collection, id, deadline);
    const { row: content, result } = decide(current);
    if (content === null) return { row: null, result };
    const row = { n: current.n + 1, ...content };
    const expected = current.kind === record.absent ? null : current.n;
    if (await store.compareAndPut(collection, id, expected, row, deadline)) return { row, result };
    current = null;
  }
  throw new Problem(problems.contention);
}
