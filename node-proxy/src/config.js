/** The only reader of arguments, environment and routing file; gives a frozen value. */

import { readFileSync } from "node:fs";
import { splitListen } from "./config/address.js";
import { filled, StartError } from "./config/messages.js";
import { readRoutingFile } from "./config/routing_file.js";
import { exit, limits, line } from "./generated/contract.js";

export { splitListen } from "./config/address.js";
export { readArguments } from "./config/arguments.js";
export { Fault, filled, StartError, usageError } from "./config/messages.js";

/**
 * @typedef {object} Route
 * @property {string} match
 * @property {string} store name of a store
 * @property {import("./routing.js").Mode} cache
 * @property {number} ttlMs
 * @property {number} negativeTtlMs
 * @property {"refuse" | "bypass"} onCacheDown
 * @property {number} delayMs how long a write-behind write waits for later ones
 * @property {number} maxPending waiting documents of a collection
 * @property {"aof" | "relaxed"} durability
 * @property {boolean} requireMatch
 *
 * @typedef {object} Config
 * @property {string} file as given on the command line
 * @property {string} fleet the routing file's hash
 * @property {{host: string, port: number}} listen
 * @property {number} workers
 * @property {"requests" | "events" | "none"} log
 * @property {{url: string, timeoutMs: number} | null} redis
 * @property {ReadonlyMap<string, {kind: "mongodb" | "mysql", url: string, timeoutMs: number}>} stores
 * @property {number} bodyBytes largest document
 * @property {readonly Route[]} routes
 */

/**
 * Reads the routing file that the arguments name.
 * @param {import("./config/arguments.js").Arguments} given
 * @param {Record<string, string | undefined>} environment
 * @returns {Readonly<Config>}
 * @throws {StartError | import("./config/messages.js").Fault}
 */
export function readConfig(given, environment) {
  const { values, hash } = readRoutingFile(contentOf(given.config), environment);
  return Object.freeze({
    file: given.config,
    fleet: hash,
    listen: splitListen(given.listen ?? values.listen),
    workers: given.workers ?? 1,
    log: given.log ?? "requests",
    redis: values.redis,
    stores: values.stores,
    bodyBytes: values.limits?.bodyBytes ?? limits.bodyBytes,
    routes: Object.freeze(values.routes.map((route) => Object.freeze(route))),
  });
}

function contentOf(file) {
  try {
    return readFileSync(file);
  } catch {
    throw new StartError(exit.unreadable, filled(line.unreadable, { file }));
  }
}
