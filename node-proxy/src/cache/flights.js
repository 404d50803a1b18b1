/** Lets readers of one document who come at the same time share one look at the store. */

/** @typedef {import("../store.js").Row} Row */

/** One look in progress. */
class Flight {
  /** Lets nobody join any more. */
  close;
  /** What those who joined may share; null: nothing. @type {Promise<Row | null>} */
  landed;
  /** @type {(row: Row | null) => void} */
  land;

  constructor(close) {
    this.close = close;
    this.landed = new Promise((resolve) => (this.land = resolve));
  }
}

/**
 * Single flight (protocol.md §5): what the first reader gets is shared only if it was stored in the cache after the
 * others came. All else could be older than a write that was acknowledged before they came.
 */
export class Flights {
  #open = new Map();

  /**
   * Joins a look in progress, or leads one.
   * @template T
   * @param {string} name of the document
   * @param {(flight: Flight) => Promise<T>} lead closes the flight before it stores, and lands it with what was stored
   * @returns {Promise<{led: T} | {shared: Row | null}>}
   */
  async join(name, lead) {
    const open = this.#open.get(name);
    if (open !== undefined) return { shared: await open.landed };
    const flight = new Flight(() => this.#open.delete(name));
    this.#open.set(name, flight);
    try {
      return { led: await lead(flight) };
    } finally {
      flight.close();
      flight.land(null);
    }
  }
}
