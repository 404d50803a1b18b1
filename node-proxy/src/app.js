/** Puts the rooms together into something that answers requests; opens nothing. */

import { Off } from "./cache/off.js";
import { WriteThrough } from "./cache/write_through.js";
import { Handler } from "./http.js";
import { routeOf } from "./routing.js";
import { Status } from "./status.js";

/**
 * @param {object} parts
 * @param {import("./config.js").Config} parts.config
 * @param {ReadonlyMap<string, import("./store.js").Store>} parts.stores
 * @param {import("./redis.js").Redis | null} parts.redis null where the routing file has none
 * @param {import("./fleet.js").Fleet} parts.fleet
 * @param {import("./metrics.js").Counters} parts.counters of this process
 * @param {() => Promise<Record<string, number>>} parts.totals the counters of all processes together
 * @param {import("./log.js").Log} parts.log
 * @returns {{handler: Handler, status: Status}}
 */
export function buildApp({ config, stores, redis, fleet, counters, totals, log }) {
  const places = new Map(config.routes.map((route) => {
    const store = stores.get(route.store);
    const isCaching = route.cache !== "off";
    const cache = isCaching ? new WriteThrough({ store, redis, route, counters }) : new Off(store);
    return [route, { route, cache, store, admit: () => fleet.admit(isCaching) }];
  }));
  const placeOf = (collection) => {
    const route = routeOf(config.routes, collection);
    return route && { collection, ...places.get(route) };
  };
  const status = new Status({ config, stores, redis, fleet, totals });
  const handler = new Handler({ placeOf, status, bodyBytes: config.bodyBytes, counters, log });
  return { handler, status };
}
