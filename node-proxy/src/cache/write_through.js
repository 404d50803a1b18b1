/** The cache mode in which the store is the authority: readers fill under a lease, writers announce themselves. */

import { randomUUID } from "node:crypto";
import { decideAndPut } from "../cache.js";
import { isProblem, Problem } from "../errors.js";
import { cacheStatus, limits, problems, scripts, writeStatus } from "../generated/contract.js";
import { ABSENT, deadlineIn } from "../store.js";
import { Lease, NOTHING } from "./lease.js";
import { decode } from "./record.js";

/** @implements {import("../cache.js").Cache} */
export class WriteThrough {
  #store;
  #redis;
  #route;
  #counters;
  #lease;

  /**
   * @param {object} parts
   * @param {import("../store.js").Store} parts.store
   * @param {import("../redis.js").Redis} parts.redis
   * @param {{ttlMs: number, negativeTtlMs: number, onCacheDown: "refuse" | "bypass"}} parts.route
   * @param {import("../metrics.js").Counters} parts.counters
   */
  constructor({ store, redis, route, counters }) {
    this.#store = store;
    this.#redis = redis;
    this.#route = route;
    this.#counters = counters;
    this.#lease = new Lease({ store, route, counters, inVain: (visit) => this.#lease.fromStore(visit, cacheStatus.miss) });
  }

  async read(collection, id, isPastCache) {
    const found = isPastCache
      ? await this.#lease.fromStore({ collection, id }, cacheStatus.request)
      : await this.#cached(collection, id);
    this.#counters.add(found.status === cacheStatus.hit || found.status === cacheStatus.pending ? "cache_hits" : "cache_misses");
    return found;
  }

  /** Redis that fails on the way costs the cache, not the answer. */
  async #cached(collection, id) {
    try {
      const link = this.#redis.link();
      const keys = link.keys(collection, id);
      const bytes = await link.get(keys.entry);
      const row = decode(bytes);
      if (row !== null) return { row, status: cacheStatus.hit };
      return await this.#lease.read({ link, keys, collection, id, isGarbage: bytes !== null, isRead: true });
    } catch (error) {
      if (!isProblem(error, problems.cacheUnavailable)) throw error;
      return this.#lease.fromStore({ collection, id }, cacheStatus.cacheDown);
    }
  }

  /** Every row that a list gives is in the store. */
  async pending() {
    return null;
  }

  async write(collection, id, decide, { isNew = false } = {}) {
    const intentMs = this.#store.timeoutMs * limits.intentFactor;
    const token = randomUUID();
    const deadline = deadlineIn(intentMs / 2);
    const key = { collection, id };
    let base;
    try {
      base = await this.#begin(key, token, intentMs, isNew);
    } catch (error) {
      if (!isProblem(error, problems.cacheUnavailable) || this.#route.onCacheDown === "refuse") throw error;
      const { result } = await decideAndPut(this.#store, key, decide, { base: isNew ? ABSENT : null, deadline });
      return { result, status: writeStatus.stored };
    }
    const { row, result } = await this.#put(key, token, decide, { base, deadline });
    await this.#acknowledged(key, token, row === null ? NOTHING : this.#lease.entryOf(id, row));
    return { result, status: writeStatus.stored };
  }

  /** @returns {Promise<import("../store.js").Row | null>} what the cache had just before, if it can be read */
  async #begin({ collection, id }, token, intentMs, isNew) {
    const link = this.#redis.link();
    const keys = link.keys(collection, id);
    const read = isNew ? null : link.get(keys.entry);
    const begun = link.run(scripts.begin, [keys.entry, keys.lease, keys.writers], [token, String(intentMs)]);
    const [bytes] = await Promise.all([read, begun]);
    return isNew ? ABSENT : decode(bytes);
  }

  /** A writer that certainly has not written leaves at once; one that does not know leaves its token to run out. */
  async #put(key, token, decide, from) {
    try {
      return await decideAndPut(this.#store, key, decide, from);
    } catch (error) {
      if (!isProblem(error, problems.outcomeUnknown)) {
        await this.#finish(() => this.#redis.link(), key, token, NOTHING).catch(() => {});
      }
      throw error;
    }
  }

  /** Without this answer no 2xx: a Redis that was restarted in between could go on serving the old value. */
  async #acknowledged(key, token, entry) {
    try {
      await this.#finish(() => this.#redis.link(), key, token, entry);
    } catch {
      await this.#finish(() => this.#redis.connect(), key, token, entry).catch((error) => {
        if (this.#route.onCacheDown === "refuse") throw new Problem(problems.outcomeUnknown, { cause: error });
      });
    }
  }

  async #finish(connect, { collection, id }, token, entry) {
    const link = await connect();
    const keys = link.keys(collection, id);
    await link.run(scripts.finish, [keys.entry, keys.lease, keys.writers], [token, ...entry]);
  }
}
