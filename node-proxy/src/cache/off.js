/** The cache mode of routes without a cache. */

import { decideAndPut } from "../cache.js";
import { cacheStatus, writeStatus } from "../generated/contract.js";
import { ABSENT, deadlineIn } from "../store.js";

/** @implements {import("../cache.js").Cache} */
export class Off {
  #store;

  /** @param {import("../store.js").Store} store */
  constructor(store) {
    this.#store = store;
  }

  async read(collection, id) {
    const row = await this.#store.get(collection, id, deadlineIn(this.#store.timeoutMs));
    return { row, status: cacheStatus.bypass };
  }

  async write(collection, id, decide, { isNew = false } = {}) {
    const from = { base: isNew ? ABSENT : null, deadline: deadlineIn(this.#store.timeoutMs) };
    const { result } = await decideAndPut(this.#store, { collection, id }, decide, from);
    return { result, status: writeStatus.stored };
  }

  /** Every row that a list gives is in the store. */
  async pending() {
    return null;
  }
}
