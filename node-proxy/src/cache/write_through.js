/** The cache mode in which the store is the authority: readers fill under a lease, writers announce themselves. */

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { decideAndPut } from "../cache.js";
import { isProblem, Problem } from "../errors.js";
import { cacheStatus, limits, problems, record, scripts } from "../generated/contract.js";
import { jittered } from "../redis.js";
import { ABSENT, deadlineIn } from "../store.js";
import { Flights } from "./flights.js";
import { decode, encode } from "./record.js";

/** What scripts take to leave nothing in the cache. */
const NOTHING = ["", "0"];
/** The flight of a reader whom nobody joins. */
const ALONE = Object.freeze({ close: () => {}, land: () => {} });

/** @implements {import("../cache.js").Cache} */
export class WriteThrough {
  #store;
  #redis;
  #route;
  #counters;
  #flights = new Flights();

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
  }

  async read(collection, id, isPastCache) {
    const found = isPastCache ? await this.#fromStore(collection, id, cacheStatus.request) : await this.#cached(collection, id);
    this.#counters.add(found.status === cacheStatus.hit ? "cache_hits" : "cache_misses");
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
      const visit = { link, keys, collection, id, isGarbage: bytes !== null };
      return await this.#joined(visit);
    } catch (error) {
      if (!isProblem(error, problems.cacheUnavailable)) throw error;
      return this.#fromStore(collection, id, cacheStatus.cacheDown);
    }
  }

  async #fromStore(collection, id, status) {
    return { row: await this.#store.get(collection, id, deadlineIn(this.#store.timeoutMs)), status };
  }

  async #joined(visit) {
    const { led, shared } = await this.#flights.join(`${visit.collection} ${visit.id}`, (flight) => this.#missed(visit, flight));
    if (led !== undefined) return led;
    return shared === null ? this.#missed(visit, ALONE) : { row: shared, status: cacheStatus.collapsed };
  }

  /**
   * Asks what to do, until there is an entry, a lease, or no more time (protocol.md §5).
   * @param {object} visit
   * @param {{close: () => void, land: (row: import("../store.js").Row | null) => void}} flight who else waits for this look
   */
  async #missed(visit, flight) {
    const leaseMs = this.#store.timeoutMs * limits.leaseFactor;
    const token = randomUUID();
    for (const deadline = deadlineIn(leaseMs); ; await pause(limits.waitIntervalMs)) {
      const [verdict, bytes] = await this.#miss(visit, token, leaseMs);
      if (verdict === "lease") return this.#filled(visit, token, flight);
      flight.close();
      flight.land(null);
      const row = decode(bytes ?? null);
      if (row !== null) return { row, status: cacheStatus.hit };
      visit.isGarbage = verdict === "hit";
      const isWaiting = verdict !== "bypass" && performance.now() < deadline;
      if (!isWaiting) return this.#fromStore(visit.collection, visit.id, cacheStatus.miss);
    }
  }

  /** The script `miss`, with an entry that cannot be read taken away before it. */
  async #miss({ link, keys, isGarbage }, token, leaseMs) {
    const dropped = isGarbage ? link.send(["DEL", keys.entry]) : null;
    const missed = link.run(scripts.miss, [keys.entry, keys.lease, keys.writers], [token, String(leaseMs)]);
    const [[verdict, bytes]] = await Promise.all([missed, dropped]);
    return [verdict.toString(), bytes];
  }

  async #filled(visit, token, flight) {
    let row;
    try {
      row = await this.#store.get(visit.collection, visit.id, deadlineIn(this.#store.timeoutMs));
    } catch (error) {
      await this.#fill(visit, token, NOTHING).catch(() => {});
      throw error;
    }
    flight.close();
    const entry = this.#entryOf(visit.id, row);
    const answer = await this.#fill(visit, token, entry).catch(() => null);
    if (answer !== null && entry !== NOTHING) this.#counters.add(answer === "stored" ? "fills" : "fills_refused");
    if (answer !== "stored") return { row, status: cacheStatus.miss };
    flight.land(row);
    return { row, status: cacheStatus.stored };
  }

  async #fill({ link, keys }, token, entry) {
    return String(await link.run(scripts.fill, [keys.entry, keys.lease, keys.writers], [token, ...entry]));
  }

  /** The record and its TTL, as the scripts take them. */
  #entryOf(id, row) {
    const ttlMs = jittered(row.kind === record.value ? this.#route.ttlMs : this.#route.negativeTtlMs, id);
    return ttlMs === 0 ? NOTHING : [encode(row), String(ttlMs)];
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
      return result;
    }
    const { row, result } = await this.#put(key, token, decide, { base, deadline });
    await this.#acknowledged(key, token, row === null ? NOTHING : this.#entryOf(id, row));
    return result;
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
