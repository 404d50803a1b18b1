/** Counts what this process did. */

import { stats } from "./generated/contract.js";

export class Counters {
  #values = Object.fromEntries(stats.counters.map((name) => [name, 0]));

  /** @param {string} name one of `stats.counters` */
  add(name) {
    this.#values[name] += 1;
  }

  /** @returns {Record<string, number>} every counter by its name */
  values() {
    return { ...this.#values };
  }
}

/**
 * Adds up the counters of several processes.
 * @param {Record<string, number>[]} parts
 */
export function total(parts) {
  return Object.fromEntries(stats.counters.map((name) => [name, parts.reduce((sum, part) => sum + part[name], 0)]));
}
