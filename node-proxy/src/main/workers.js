/** Several processes on one port: a primary that starts, watches and sums up, workers that serve. */

import cluster from "node:cluster";
import { randomUUID } from "node:crypto";
import { StartError } from "../config.js";
import { dependency, event, exit, version } from "../generated/contract.js";
import { Log } from "../log.js";
import { total } from "../metrics.js";
import { Service } from "./service.js";

const RESTART_PAUSE_MS = 1000;
const COUNT_TIMEOUT_MS = 1000;

/**
 * What primary and workers tell each other, by `kind`:
 * to a worker `config`, `open`, `stop`, `count` (asked for its counters), `totals` (those it has asked for);
 * to the primary `hearing` (ready for messages), `listening`, `refused`, `dependency`, `sum` (asks for totals), `counted`.
 */

/**
 * @param {import("../config.js").Config} config
 * @param {{log: Log, end: (code: number) => void, fail: (error: unknown) => void}} process
 */
export async function runPrimary(config, { log, end, fail }) {
  cluster.setupPrimary({ serialization: "advanced" });
  const primary = new Primary(config, log);
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => primary.stop().then(() => end(exit.stopped), fail));
  await primary.start();
}

class Primary {
  #config;
  #log;
  #states = new Map();
  #isStopping = false;
  /** Where the answers to a question go, by the question's id. */
  #counting = new Map();

  constructor(config, log) {
    this.#config = config;
    this.#log = log;
  }

  async start() {
    // The first one binds the port and finds out whether the others may start.
    const listen = await this.#fork();
    await Promise.all(Array.from({ length: this.#config.workers - 1 }, () => this.#fork()));
    const { fleet } = this.#config;
    this.#log.line(event.listening, { fleet, implementation: "node", listen, pid: process.pid, version });
    for (const worker of workers()) worker.send({ kind: "open" });
    cluster.on("exit", () => this.#replace());
  }

  async stop() {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#log.line(event.draining);
    const exits = workers().map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
    for (const worker of workers()) worker.send({ kind: "stop" });
    await Promise.all(exits);
    this.#log.line(event.stopped);
  }

  /** @returns {Promise<string>} HOST:PORT, once the worker listens */
  #fork() {
    const worker = cluster.fork();
    return new Promise((resolve, reject) => {
      worker.on("message", (message) => {
        if (message.kind === "listening") resolve(message.listen);
        else if (message.kind === "refused") reject(new StartError(message.code, message.text));
        else if (message.kind === "hearing") worker.send({ kind: "config", config: this.#config });
        else this.#hear(worker, message);
      });
      worker.once("exit", () => reject(new Error("a worker ended before it served")));
    });
  }

  #replace() {
    if (this.#isStopping) return;
    setTimeout(() => {
      if (this.#isStopping) return;
      // Should it fail, its end brings us here again. One that is open already opens no further.
      this.#fork().then(() => workers().forEach((worker) => worker.send({ kind: "open" })), () => {});
    }, RESTART_PAUSE_MS);
  }

  #hear(worker, { kind, ...message }) {
    if (kind === "dependency") this.#noteDependency(message);
    if (kind === "counted") this.#counting.get(message.id)?.(message.values);
    if (kind === "sum") this.#sum().then((values) => worker.send({ kind: "totals", id: message.id, values }));
  }

  /** Each change once, whichever worker sees it first. */
  #noteDependency({ name, state }) {
    if (this.#states.get(name) === state) return;
    this.#states.set(name, state);
    this.#log.line(event.dependency, { name, state });
  }

  /** The counters of all workers that answer in time. */
  async #sum() {
    const asked = workers();
    const id = randomUUID();
    const parts = [];
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, COUNT_TIMEOUT_MS);
      this.#counting.set(id, (values) => {
        parts.push(values);
        if (parts.length === asked.length) resolve(clearTimeout(timer));
      });
      for (const worker of asked) worker.send({ kind: "count", id });
    });
    this.#counting.delete(id);
    return total(parts);
  }
}

function workers() {
  return Object.values(cluster.workers).filter((worker) => worker.isConnected());
}

/**
 * @param {(error: unknown) => void} fail
 */
export function runWorker(fail) {
  // The terminal's signals reach the whole group; the primary decides.
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => {});
  process.on("disconnect", () => process.exit(exit.internal));
  const worker = new Worker(fail);
  process.on("message", (message) => worker.hear(message));
  // What is sent before a module of this kind is loaded would be lost.
  process.send({ kind: "hearing" });
}

class Worker {
  #fail;
  #service;
  #log;
  #asked = new Map();

  constructor(fail) {
    this.#fail = fail;
  }

  hear({ kind, ...message }) {
    if (kind === "config") this.#start(message.config).catch(this.#fail);
    if (kind === "open") this.#service?.open();
    if (kind === "count") process.send({ kind: "counted", id: message.id, values: this.#service.counters.values() });
    if (kind === "totals") this.#asked.get(message.id)?.(message.values);
    if (kind === "stop") this.#stop().catch(this.#fail);
  }

  async #start(config) {
    this.#log = new Log(config.log, (text) => process.stdout.write(text));
    try {
      this.#service = new Service(config, {
        log: this.#log,
        onDependency: (name, isUp) => process.send({ kind: "dependency", name, state: isUp ? dependency.up : dependency.down }),
        totals: () => this.#totals(),
      });
      process.send({ kind: "listening", listen: await this.#service.start() });
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      process.send({ kind: "refused", code: error.code, text: error.message });
    }
  }

  async #stop() {
    await this.#service.stop();
    this.#log.flush();
    process.exit(exit.stopped);
  }

  #totals() {
    const id = randomUUID();
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      process.send({ kind: "sum", id });
    }).finally(() => this.#asked.delete(id));
  }
}
