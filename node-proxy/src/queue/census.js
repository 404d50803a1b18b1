/** Counts what waits for the stores, for those who ask how the queue is doing. */

import { limits, reason } from "../generated/contract.js";
import { backlog } from "../redis.js";
import { mode, routeOf } from "../routing.js";

/** @typedef {{oldest_pending_ms: number, pending: number, refused: number}} Sum */

export class Census {
  #routes;
  #redis;
  #leftovers;
  /** What was counted last. */
  #last = { now: 0, counts: new Map() };

  /**
   * @param {object} parts
   * @param {readonly import("../config.js").Route[]} parts.routes
   * @param {import("../redis.js").Redis} parts.redis
   * @param {import("./leftovers.js").Leftovers} parts.leftovers
   */
  constructor({ routes, redis, leftovers }) {
    this.#routes = routes;
    this.#redis = redis;
    this.#leftovers = leftovers;
  }

  /**
   * Counts anew.
   * @throws {import("../errors.js").Problem} cache-unavailable
   */
  async take() {
    const link = this.#redis.link();
    this.#last = await backlog.countAll(link, await backlog.collections(link));
    for (const [collection, { pending }] of this.#last.counts) this.#leftovers.tell(collection, pending);
  }

  /** What was counted last, for each route in their order. @returns {Sum[]} */
  sums() {
    const sums = new Map(this.#routes.map((route) => [route, { oldest_pending_ms: 0, pending: 0, refused: 0 }]));
    for (const [collection, { pending, since, refused }] of this.#last.counts) {
      const sum = sums.get(routeOf(this.#routes, collection));
      if (sum === undefined) continue;
      sum.pending += pending ?? 0;
      sum.refused += refused;
      if (since !== null) sum.oldest_pending_ms = Math.max(sum.oldest_pending_ms, this.#last.now - since);
    }
    return [...sums.values()];
  }

  /** @returns {string[]} why this proxy is not ready, as far as was counted last */
  reasons() {
    const counts = [...this.#last.counts];
    const isOld = ([collection, { since }]) => since !== null && this.#last.now - since > this.#patienceMs(collection);
    return [
      ...(counts.some(([, { refused }]) => refused > 0) ? [reason.refusedDocuments] : []),
      ...(counts.some(isOld) ? [reason.pendingTooOld] : []),
    ];
  }

  #patienceMs(collection) {
    const route = routeOf(this.#routes, collection);
    return limits.pendingTooOldMs + (route?.cache === mode.writeBehind ? route.delayMs : 0);
  }
}
