/** One serving process: its dependencies, its port, its beginning and its end. */

import { randomUUID } from "node:crypto";
import { buildApp } from "../app.js";
import { Fault, filled, StartError } from "../config.js";
import { Fleet } from "../fleet.js";
import { dependency, event, exit, faults, limits, line, settings } from "../generated/contract.js";
import { Wire } from "../http/wire.js";
import { Counters } from "../metrics.js";
import { Redis } from "../redis.js";
import { mode } from "../routing.js";
import { before, deadlineIn, Store } from "../store.js";

/** The durability of a route on which what is acknowledged survives a kill of Redis. */
const DURABLE = "aof";

export class Service {
  #config;
  #stores;
  #redis;
  #fleet;
  #waiting;
  #status;
  #wire;
  /** What this process counted. */
  counters = new Counters();

  /**
   * @param {import("../config.js").Config} config
   * @param {object} options
   * @param {import("../log.js").Log} options.log
   * @param {(name: string, isUp: boolean) => void} options.onDependency
   * @param {() => Promise<Record<string, number>>} [options.totals] the counters of all processes together
   * @throws {import("../config.js").StartError} where a driver refuses the URL of its store
   */
  constructor(config, { log, onDependency, totals = async () => this.counters.values() }) {
    this.#config = config;
    this.#stores = new Map([...config.stores].map(([name, store]) => [name, openStore(config.file, name, store, { log, onDependency })]));
    this.#fleet = new Fleet({ hash: config.fleet, id: randomUUID(), ...needsOf(config.routes) });
    this.#redis = config.redis && new Redis(config.redis, config.fleet, {
      greet: (link) => this.#greet(link),
      onChange: (isUp) => onDependency(dependency.redis, isUp),
    });
    const drain = config.redis && new Redis(config.redis, config.fleet, { greet: async () => {}, onChange: () => {} });
    const parts = { config, stores: this.#stores, redis: this.#redis, drain, fleet: this.#fleet, counters: this.counters, totals, log };
    const { handler, status, waiting } = buildApp(parts);
    this.#waiting = waiting;
    this.#status = status;
    this.#wire = new Wire(handler, { log, bodyBytes: config.bodyBytes });
  }

  /** What is asked on a new connection before anybody else may use it. */
  async #greet(link) {
    await this.#fleet.greet(link);
    if (this.#fleet.isMember) await this.#waiting.leftovers.greet(link);
  }

  /**
   * Binds, then tries every dependency once; whichever is down may come later.
   * @returns {Promise<string>} HOST:PORT as bound
   * @throws {StartError}
   */
  async start() {
    const listen = await this.#bound();
    const tries = [...this.#stores.values()].map((store) => store.ping(deadlineIn(store.timeoutMs)));
    if (this.#redis !== null) {
      this.#fleet.start(this.#redis);
      tries.push(this.#redis.connect());
    }
    await Promise.allSettled(tries);
    const refusal = this.#fleet.refusal();
    if (refusal !== null) {
      await this.#fleet.leave();
      const pointer = refusal.fault === faults.anotherFleet ? "" : "/redis/url";
      throw new Fault(refusal.fault, pointer, refusal.values).in(this.#config.file);
    }
    this.#waiting?.queue.start();
    return listen;
  }

  /** Begins to answer requests. */
  open() {
    this.#wire.open();
  }

  /** Finishes what was begun, leaves the fleet, lets go of everything. */
  async stop() {
    this.#status.stop();
    const deadline = deadlineIn(limits.stopGraceMs);
    await this.#wire.stop();
    // A batch that is under way would only come back to be written again.
    if (this.#waiting !== null) await before(deadline, this.#waiting.queue.stop()).catch(() => {});
    await this.#fleet.leave();
    this.#redis?.close();
    // A server that does not answer is not waited for to say goodbye.
    await Promise.allSettled([...this.#stores.values()].map((store) => before(deadlineIn(store.timeoutMs), store.close())));
  }

  async #bound() {
    try {
      return await this.#wire.listen(this.#config.listen);
    } catch {
      const { host, port } = this.#config.listen;
      const listen = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
      throw new StartError(exit.unbindable, filled(line.unbindable, { listen }));
    }
  }
}

/** What the routes need of Redis. */
function needsOf(routes) {
  return {
    needsSafety: routes.some(({ cache }) => cache !== mode.off),
    needsDurability: routes.some(({ cache, durability }) => cache === mode.writeBehind && durability === DURABLE),
  };
}

function openStore(file, name, config, { log, onDependency }) {
  const known = filled(dependency.store, { name });
  try {
    return new Store(config, {
      note: (text) => log.line(event.note, { text: `${known}: ${text}` }),
      onChange: (isUp) => onDependency(known, isUp),
    });
  } catch {
    // The contract's pattern lets options through that a driver does not know.
    const { expected } = settings.find(({ group, key }) => group === "store" && key === "url");
    throw new Fault(faults.badUrl, `/stores/${name}/url`, { expected }).in(file);
  }
}
