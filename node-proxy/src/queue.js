/** The drain of this process: which queue is asked when, so that what waits reaches the stores. */

import { isProblem, Problem } from "./errors.js";
import { event, limits, problems } from "./generated/contract.js";
import { Backoff } from "./queue/backoff.js";
import { claimAndStore } from "./queue/claim.js";
import { backlog, isAnswer } from "./redis.js";
import { routeOf } from "./routing.js";

export { Census } from "./queue/census.js";
export { Leftovers } from "./queue/leftovers.js";

export class Queue {
  #config;
  #redis;
  #fleet;
  #leftovers;
  #parts;
  /** A slow store holds up its own queues only. */
  #lanes;
  #works = [];
  #isStopping = false;
  #wakeReader = () => {};

  /**
   * @param {object} parts
   * @param {import("./config.js").Config} parts.config
   * @param {ReadonlyMap<string, import("./store.js").Store>} parts.stores
   * @param {import("./redis.js").Redis} parts.redis a connection of the drain's own, so that batches hold up no reader
   * @param {import("./fleet.js").Fleet} parts.fleet
   * @param {import("./queue/leftovers.js").Leftovers} parts.leftovers
   * @param {import("./metrics.js").Counters} parts.counters
   * @param {import("./log.js").Log} parts.log
   */
  constructor({ config, stores, redis, fleet, leftovers, counters, log }) {
    this.#config = config;
    this.#redis = redis;
    this.#fleet = fleet;
    this.#leftovers = leftovers;
    this.#parts = { counters, log };
    this.#lanes = new Map([...stores].map(([name, store]) => [name, new Lane(store)]));
  }

  /** Begins. */
  start() {
    this.#redis.connect().catch(() => {});
    this.#works = [this.#read(), ...[...this.#lanes.values()].map((lane) => this.#work(lane))];
  }

  /** Claims nothing more, and waits for the rounds under way. */
  async stop() {
    this.#isStopping = true;
    this.#wakeReader();
    for (const lane of this.#lanes.values()) lane.wake();
    await Promise.all(this.#works);
    this.#redis.close();
  }

  /**
   * This process accepted a write.
   * @param {string} collection
   */
  stir(collection) {
    this.#laneOf(collection)?.stir(collection);
  }

  #laneOf(collection) {
    const route = routeOf(this.#config.routes, collection);
    // Without a route nobody knows where it belongs.
    return route === null ? undefined : this.#lanes.get(route.store);
  }

  /** Reads again and again which queues there are. */
  async #read() {
    while (!this.#isStopping) {
      await this.#guarded(this.#fleet.isMember, async (link) => {
        const collections = await backlog.collections(link);
        this.#deal(collections);
        await this.#leftovers.look(link, collections);
      });
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, limits.queuesIntervalMs);
        this.#wakeReader = () => resolve(clearTimeout(timer));
      });
    }
  }

  /** Tells each lane all its queues. */
  #deal(collections) {
    const shares = new Map([...this.#lanes.values()].map((lane) => [lane, []]));
    for (const collection of collections) shares.get(this.#laneOf(collection))?.push(collection);
    for (const [lane, share] of shares) lane.know(share);
  }

  async #work(lane) {
    while (!this.#isStopping) {
      const next = this.#isAllowed() ? lane.next(this.#periodMs()) : { pauseMs: limits.claimIntervalMs };
      if (next.collection === undefined) await lane.pause(next.pauseMs);
      else await this.#guarded(true, (link) => this.#round(link, lane, next.collection), () => lane.rest(next.collection));
    }
  }

  #isAllowed() {
    return this.#redis.isConnected && this.#fleet.isDraining;
  }

  /** How long it takes to ask all queues at rest in turn. */
  #periodMs() {
    const idle = [...this.#lanes.values()].reduce((sum, lane) => sum + lane.idleCount, 0);
    return Math.max(limits.queuesIntervalMs, (idle * 1000) / limits.queuesPerS);
  }

  async #round(link, lane, collection) {
    const route = routeOf(this.#config.routes, collection);
    const { store, backoff } = lane;
    lane.begin(collection);
    const { pending, isFull } = await claimAndStore({ link, collection, route, store, backoff, ...this.#parts });
    this.#leftovers.tell(collection, pending);
    lane.end(collection, pending, isFull);
  }

  /** Redis that is away comes back; one that refuses a queue refuses that one only. */
  async #guarded(isAllowed, work, onRefused = () => {}) {
    try {
      if (isAllowed && this.#redis.isConnected) await work(this.#redis.link());
    } catch (error) {
      const isKnown = error instanceof Problem && isProblem(error, problems.cacheUnavailable);
      if (!isKnown) this.#parts.log.line(event.failure, { text: String(error?.stack ?? error) });
      if (!isKnown || isAnswer(error)) onRefused();
    }
  }
}

/** The queues of one store: which is asked next. */
class Lane {
  /** When to ask those that are known to hold something. */
  #busy = new Map();
  /** Asked in turn: the first has waited longest. */
  #idle = new Set();
  /** Those that a write came into since they were asked. */
  #stirred = new Set();
  #turnAt = 0;
  #wake = () => {};
  backoff = new Backoff();

  constructor(store) {
    this.store = store;
  }

  get idleCount() {
    return this.#idle.size;
  }

  /** All queues that there are; those that are gone take no turns, and the others keep their order. */
  know(collections) {
    const known = new Set(collections);
    for (const collection of this.#idle) if (!known.has(collection)) this.#idle.delete(collection);
    const before = this.#idle.size;
    for (const collection of known) if (!this.#busy.has(collection)) this.#idle.add(collection);
    if (this.#idle.size > before) this.wake();
  }

  /** A write came into a queue: it is asked again and again. */
  stir(collection) {
    this.#stirred.add(collection);
    if (this.#busy.has(collection)) return;
    this.#keep(collection, limits.claimIntervalMs);
    this.wake();
  }

  #keep(collection, pauseMs) {
    this.#idle.delete(collection);
    this.#busy.set(collection, performance.now() + pauseMs);
  }

  /** A queue is asked now. */
  begin(collection) {
    this.#stirred.delete(collection);
  }

  /** A queue was asked, and says how many wait; a write may have come since. */
  end(collection, pending, isFull) {
    if (pending === 0 && !this.#stirred.has(collection)) this.rest(collection);
    else this.#keep(collection, isFull ? 0 : limits.claimIntervalMs);
  }

  /** A queue holds nothing, or cannot be asked: it waits for its turn. */
  rest(collection) {
    this.#busy.delete(collection);
    this.#idle.add(collection);
  }

  /** The queue to ask now, or how long there is none; all those at rest have their turn in one period. */
  next(periodMs) {
    const { pauseMs } = this.backoff;
    if (pauseMs > 0) return { pauseMs };
    const now = performance.now();
    const [collection, at] = this.#earliest();
    if (at <= now) return { collection };
    if (this.#idle.size === 0) return { pauseMs: at - now };
    if (this.#turnAt > now) return { pauseMs: Math.min(at, this.#turnAt) - now };
    this.#turnAt = now + periodMs / this.#idle.size;
    const [turned] = this.#idle;
    this.#idle.delete(turned);
    this.#idle.add(turned);
    return { collection: turned };
  }

  #earliest() {
    let earliest = [null, Infinity];
    for (const entry of this.#busy) if (entry[1] < earliest[1]) earliest = entry;
    return earliest;
  }

  /** Waits so long, or until there is something new. */
  pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, limits.queuesIntervalMs));
      this.#wake = () => resolve(clearTimeout(timer));
    });
  }

  wake() {
    this.#wake();
  }
}
