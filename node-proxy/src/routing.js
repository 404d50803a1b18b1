/** Finds the route of a collection. */

/** @typedef {"off" | "write-through" | "write-behind"} Mode */

/** The modes by names of their own. */
export const mode = Object.freeze({ off: "off", writeThrough: "write-through", writeBehind: "write-behind" });

/**
 * The first route that covers a collection.
 * @template {{match: string}} R
 * @param {readonly R[]} routes in the order of the routing file
 * @param {string} collection
 * @returns {R | null}
 */
export function routeOf(routes, collection) {
  return routes.find(({ match }) => covers(match, collection)) ?? null;
}

/**
 * Whether a match covers a name, or all names that another match covers.
 * @param {string} match a name, or the beginning of names followed by `*`
 * @param {string} name
 */
export function covers(match, name) {
  return match.endsWith("*") ? name.startsWith(match.slice(0, -1)) : match === name;
}
