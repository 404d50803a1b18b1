/** Counts what this process did. */

import { stats } from "./generated/contract.js";

export class Counters {
  #values = Object.fromEntries(stats.counters.map((name) => [name, 0]));

  /**
   * @param {string} name one of `stats.counters`
   * @param {number} [count] how many at once
   */
  add(name, count = 1) {
    this.#values[name] += count;
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
