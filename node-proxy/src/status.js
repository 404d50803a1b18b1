/** What health and stats say. */

import { limits, reason, version } from "./generated/contract.js";
import { before, deadlineIn } from "./store.js";

const IMPLEMENTATION = "node";
/** What waits where nothing can. */
const NOTHING = Object.freeze({ oldest_pending_ms: 0, pending: 0, refused: 0 });

export class Status {
  #config;
  #stores;
  #redis;
  #fleet;
  #census;
  #totals;
  #isStopping = false;

  /**
   * @param {object} parts
   * @param {import("./config.js").Config} parts.config
   * @param {ReadonlyMap<string, import("./store.js").Store>} parts.stores
   * @param {import("./redis.js").Redis | null} parts.redis
   * @param {import("./fleet.js").Fleet} parts.fleet
   * @param {import("./queue.js").Census | null} parts.census null where the routing file has no Redis
   * @param {() => Promise<Record<string, number>>} parts.totals the counters of all processes together
   */
  constructor({ config, stores, redis, fleet, census, totals }) {
    this.#config = config;
    this.#stores = stores;
    this.#redis = redis;
    this.#fleet = fleet;
    this.#census = census;
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
    const [waiting, ...asked] = await Promise.all([this.#waitingReasons(), this.#cacheReason(), ...stores]);
    const stopping = this.#isStopping ? [reason.stopping] : [];
    const reasons = [...asked.filter((one) => one !== null), ...waiting, ...this.#fleet.reasons(), ...stopping].sort();
    return { reasons, status: reasons.length === 0 ? "ready" : "not-ready" };
  }

  async stats() {
    await this.#isCounted();
    const sums = this.#census?.sums() ?? [];
    const routes = this.#config.routes.map(({ cache, match, store }, index) => ({ cache, match, store, ...(sums[index] ?? NOTHING) }));
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

  async #waitingReasons() {
    return (await this.#isCounted()) ? this.#census.reasons() : [];
  }

  /** Counts anew what waits, if that can be done in time. */
  async #isCounted() {
    if (this.#census === null) return false;
    try {
      await before(deadlineIn(limits.readyTimeoutMs), this.#census.take());
      return true;
    } catch {
      return false;
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
