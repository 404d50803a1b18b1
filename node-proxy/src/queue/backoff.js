/** How much a store is asked to take: pauses while it is down, smaller batches while it is slow. */

import { limits } from "../generated/contract.js";

export class Backoff {
  #failures = 0;
  #until = 0;
  /** Rows of the next batch. */
  rows = limits.claimRows;

  /** How long nothing is to be claimed for this store, ms. */
  get pauseMs() {
    return Math.max(0, this.#until - performance.now());
  }

  /** The store took a batch. */
  succeed() {
    this.#failures = 0;
    this.#until = 0;
    this.rows = Math.min(2 * this.rows, limits.claimRows);
  }

  /**
   * The store's state kept a batch from being written.
   * @param {number} rows that were tried
   * @param {boolean} isLate whether it was a time-out, which fewer rows might not meet
   */
  fail(rows, isLate) {
    const pauseMs = Math.min(limits.drainBackoffFirstMs * 2 ** this.#failures, limits.drainBackoffMostMs);
    this.#failures += 1;
    this.#until = performance.now() + pauseMs;
    if (isLate) this.rows = Math.max(1, Math.floor(rows / 2));
  }
}
