/** What health and stats say. */

import { limits, reason, version } from "./generated/contract.js";
import { before, deadlineIn } from "./store.js";

const IMPLEMENTATION = "node";

export class Status {
  #config;
  #stores;
  #redis;
  #fleet;
  #totals;
  #isStopping = false;

  /**
   * @param {object} parts
   * @param {import("./config.js").Config} parts.config
   * @param {ReadonlyMap<string, import("./store.js").Store>} parts.stores
   * @param {import("./redis.js").Redis | null} parts.redis
   * @param {import("./fleet.js").Fleet} parts.fleet
   * @param {() => Promise<Record<string, number>>} parts.totals the counters of all processes together
   */
  constructor({ config, stores, redis, fleet, totals }) {
    this.#config = config;
    this.#stores = stores;
    this.#redis = redis;
    this.#fleet = fleet;
    this.#totals = totals;
  }

  /** From now on this process is not ready. */
  stop() {
    this.#isStopping = true;
  }

  live() {
    return { status: "live" };
  }

  /** Asks every dependency anew, all at once. @returns {Promise<{reasons: string[], status: string}>} */
  async ready() {
    const stores = [...this.#stores].map(([name, store]) => this.#storeReason(name, store));
    const asked = await Promise.all([this.#cacheReason(), ...stores]);
    const stopping = this.#isStopping ? [reason.stopping] : [];
    const reasons = [...asked.filter((one) => one !== null), ...this.#fleet.reasons(), ...stopping].sort();
    return { reasons, status: reasons.length === 0 ? "ready" : "not-ready" };
  }

  async stats() {
    const routes = this.#config.routes.map(({ cache, match, store }) => ({
      cache, match, oldest_pending_ms: 0, pending: 0, refused: 0, store,
    }));
    return { ...(await this.#totals()), fleet: this.#config.fleet, implementation: IMPLEMENTATION, routes, version };
  }

  async #storeReason(name, store) {
    try {
      await store.ping(deadlineIn(Math.min(store.timeoutMs, limits.readyTimeoutMs)));
      return null;
    } catch {
      return reason.storeUnavailable.replace("{name}", name);
    }
  }

  async #cacheReason() {
    if (this.#redis === null) return null;
    try {
      await before(deadlineIn(limits.readyTimeoutMs), this.#redis.connect().then((link) => link.send(["PING"])));
      return null;
    } catch {
      return reason.cacheUnavailable;
    }
  }
}
