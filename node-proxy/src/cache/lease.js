/** Reading through the lease: what a reader does that found no usable entry (protocol.md §5). */

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Problem } from "../errors.js";
import { cacheStatus, limits, problems, record, scripts } from "../generated/contract.js";
import { jittered } from "../redis.js";
import { deadlineIn } from "../store.js";
import { Flights } from "./flights.js";
import { decode, encode } from "./record.js";

/** What scripts take to leave nothing in the cache. */
export const NOTHING = Object.freeze(["", "0"]);
/** The flight of a reader whom nobody joins. */
const ALONE = Object.freeze({ close: () => {}, land: () => {} });

/** What a visit ends with; `pending` and `hit` are those that found a row. */
export const verdict = Object.freeze({ pending: "pending", hit: "hit", lease: "lease", bypass: "bypass", vain: "vain" });

/**
 * @typedef {object} Visit one look at one document
 * @property {import("../redis/link.js").Link} link
 * @property {import("../redis/link.js").Keys} keys
 * @property {string} collection
 * @property {string} id
 * @property {boolean} isGarbage whether the entry is there and cannot be read
 * @property {boolean} isRead false for a writer's look at the base, which is not counted
 *
 * @typedef {{row: import("../store.js").Row, status: string}} Found `status` is the Cache-Status
 */

export class Lease {
  #store;
  #route;
  #counters;
  #inVain;
  #flights = new Flights();

  /**
   * @param {object} parts
   * @param {import("../store.js").Store} parts.store
   * @param {{ttlMs: number, negativeTtlMs: number}} parts.route
   * @param {import("../metrics.js").Counters} parts.counters
   * @param {(visit: Visit) => Promise<Found>} parts.inVain what a reader does who waited for another's lease in vain
   */
  constructor({ store, route, counters, inVain }) {
    this.#store = store;
    this.#route = route;
    this.#counters = counters;
    this.#inVain = inVain;
  }

  /**
   * Finds the row of a document whose entry was not found, and leaves it in the cache where it may.
   * @param {Visit} visit
   * @returns {Promise<Found>}
   */
  async read(visit) {
    const { led, shared } = await this.#flights.join(`${visit.collection} ${visit.id}`, (flight) => this.#missed(visit, flight));
    if (led !== undefined) return led;
    return shared === null ? this.#missed(visit, ALONE) : { row: shared, status: cacheStatus.collapsed };
  }

  /** Past the cache. @returns {Promise<Found>} */
  async fromStore({ collection, id }, status) {
    return { row: await this.#store.get(collection, id, deadlineIn(this.#store.timeoutMs)), status };
  }

  async #missed(visit, flight) {
    const token = randomUUID();
    const onOthers = () => {
      flight.close();
      flight.land(null);
    };
    const { ended, row } = await this.take(visit, token, onOthers);
    switch (ended) {
      case verdict.lease:
        return this.#filled(visit, token, flight);
      case verdict.bypass:
        return this.fromStore(visit, cacheStatus.miss);
      case verdict.vain:
        return this.#inVain(visit);
      default:
        return { row, status: ended === verdict.pending ? cacheStatus.pending : cacheStatus.hit };
    }
  }

  /**
   * Asks for the lease, until there is a row, the lease, or no more time.
   * @param {Visit} visit
   * @param {string} token of the asker
   * @param {() => void} [onOthers] told at each answer but the lease
   * @returns {Promise<{ended: string, row: import("../store.js").Row | null}>}
   * @throws {Problem} cache-unavailable
   */
  async take(visit, token, onOthers = () => {}) {
    const leaseMs = this.#store.timeoutMs * limits.leaseFactor;
    for (const deadline = deadlineIn(leaseMs); ; await pause(limits.waitIntervalMs)) {
      const [ended, bytes] = await this.#miss(visit, token, leaseMs);
      if (ended === verdict.lease) return { ended, row: null };
      onOthers();
      const row = decode(bytes ?? null);
      if (row !== null || ended === verdict.bypass) return { ended, row };
      // What is dirty is never deleted for being odd.
      if (ended === verdict.pending) throw new Problem(problems.cacheUnavailable);
      visit.isGarbage = ended === verdict.hit;
      if (performance.now() >= deadline) return { ended: verdict.vain, row: null };
    }
  }

  /** The script `miss`, with an entry that cannot be read taken away before it. */
  async #miss({ link, keys, id, isGarbage }, token, leaseMs) {
    const dropped = isGarbage ? link.send(["DEL", keys.entry]) : null;
    const ttls = [record.value, record.deleted].map((kind) => String(this.ttlMs(kind, id)));
    const missed = link.run(scripts.miss, [keys.entry, keys.lease, keys.writers, keys.dirty], [token, String(leaseMs), ...ttls]);
    const [[ended, bytes]] = await Promise.all([missed, dropped]);
    return [ended.toString(), bytes];
  }

  async #filled(visit, token, flight) {
    const { row } = await this.readUnder(visit, token);
    flight.close();
    const entry = this.entryOf(visit.id, row);
    const answer = await this.#fill(visit, token, entry).catch(() => null);
    const isCounted = visit.isRead && answer !== null && entry !== NOTHING;
    if (isCounted) this.#counters.add(answer === "stored" ? "fills" : "fills_refused");
    if (answer !== "stored") return { row, status: cacheStatus.miss };
    flight.land(row);
    return { row, status: cacheStatus.stored };
  }

  /** Reads the store as the holder of the lease, who gives it back where that fails. @returns {Promise<Found>} */
  async readUnder(visit, token) {
    try {
      return await this.fromStore(visit, cacheStatus.miss);
    } catch (error) {
      await this.#fill(visit, token, NOTHING).catch(() => {});
      throw error;
    }
  }

  async #fill({ link, keys }, token, entry) {
    return String(await link.run(scripts.fill, [keys.entry, keys.lease, keys.writers, keys.dirty], [token, ...entry]));
  }

  /** The record and its TTL, as the scripts take them. */
  entryOf(id, row) {
    const ttlMs = this.ttlMs(row.kind, id);
    return ttlMs === 0 ? NOTHING : [encode(row), String(ttlMs)];
  }

  /** How long an entry of this kind lives; 0: not cached. */
  ttlMs(kind, id) {
    return jittered(kind === record.value ? this.#route.ttlMs : this.#route.negativeTtlMs, id);
  }
}
