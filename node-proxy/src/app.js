/** Puts the rooms together into something that answers requests; opens nothing. */

import { Off } from "./cache/off.js";
import { WriteBehind } from "./cache/write_behind.js";
import { WriteThrough } from "./cache/write_through.js";
import { Handler } from "./http.js";
import { Census, Leftovers, Queue } from "./queue.js";
import { mode, routeOf } from "./routing.js";
import { Status } from "./status.js";

/**
 * What waits for the stores; null where the routing file has no Redis.
 * @typedef {{queue: Queue, leftovers: Leftovers, census: Census}} Waiting
 */

/**
 * @param {object} parts
 * @param {import("./config.js").Config} parts.config
 * @param {ReadonlyMap<string, import("./store.js").Store>} parts.stores
 * @param {import("./redis.js").Redis | null} parts.redis null where the routing file has none
 * @param {import("./redis.js").Redis | null} parts.drain the queue's own connection
 * @param {import("./fleet.js").Fleet} parts.fleet
 * @param {import("./metrics.js").Counters} parts.counters of this process
 * @param {() => Promise<Record<string, number>>} parts.totals the counters of all processes together
 * @param {import("./log.js").Log} parts.log
 * @returns {{handler: Handler, status: Status, waiting: Waiting | null}}
 */
export function buildApp({ config, stores, redis, drain, fleet, counters, totals, log }) {
  const waiting = redis && waitingIn({ config, stores, redis, drain, fleet, counters, log });
  const onPut = (collection) => waiting.queue.stir(collection);
  const places = new Map(config.routes.map((route) => {
    const store = stores.get(route.store);
    return [route, { route, store, cache: cacheOf({ store, redis, route, counters, onPut }) }];
  }));
  const placeOf = (collection) => {
    const route = routeOf(config.routes, collection);
    return route && { collection, ...places.get(route), admit: () => admit(route, collection) };
  };
  const admit = (route, collection) => {
    fleet.admit(route.cache !== mode.off);
    waiting?.leftovers.admit(collection);
  };
  const status = new Status({ config, stores, redis, fleet, census: waiting && waiting.census, totals });
  const handler = new Handler({ placeOf, status, bodyBytes: config.bodyBytes, counters, log });
  return { handler, status, waiting };
}

function cacheOf({ store, redis, route, counters, onPut }) {
  switch (route.cache) {
    case mode.off:
      return new Off(store);
    case mode.writeThrough:
      return new WriteThrough({ store, redis, route, counters });
    default:
      return new WriteBehind({ store, redis, route, counters, onPut });
  }
}

function waitingIn({ config, stores, redis, drain, fleet, counters, log }) {
  const leftovers = new Leftovers(config.routes);
  const census = new Census({ routes: config.routes, redis, leftovers });
  const queue = new Queue({ config, stores, redis: drain, fleet, leftovers, counters, log });
  return { queue, leftovers, census };
}
