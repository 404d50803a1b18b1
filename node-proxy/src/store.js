/** The five verbs that every store has; here a store is chosen, and its comings and goings are noticed. */

import { Problem } from "./errors.js";
import { MongoStore } from "./store/mongo.js";
import { MysqlStore } from "./store/mysql.js";

export { before, deadlineIn, TimedOut } from "./pool/deadline.js";
export { ABSENT, etagOf, rowOf, rowOfFields, standIn, TOMBSTONE } from "./store/row.js";

const KINDS = Object.freeze({ mongodb: MongoStore, mysql: MysqlStore });

/**
 * @typedef {import("./store/row.js").Row} Row
 * @typedef {import("./store/row.js").Content} Content
 * @typedef {import("./store/row.js").Listed} Listed
 * @typedef {Store} Store
 */

/**
 * A store as the rooms above see it. Deadlines are moments of the monotonic clock (`deadlineIn`). Reads throw
 * store-unavailable; writes throw store-unavailable (certainly not written), outcome-unknown or document-refused.
 */
export class Store {
  #driver;
  #onChange;
  #isUp = null;

  /**
   * @param {{kind: "mongodb" | "mysql", url: string, timeoutMs: number}} config
   * @param {{note: (text: string) => void, onChange: (isUp: boolean) => void}} log
   */
  constructor(config, { note, onChange }) {
    this.#driver = new KINDS[config.kind](config, note);
    this.#onChange = onChange;
    /** Time limit of one statement, ms. */
    this.timeoutMs = config.timeoutMs;
  }

  /** @returns {Promise<Row>} `ABSENT` where there never was such a document */
  get(collection, id, deadline) {
    return this.#watched(this.#driver.get(collection, id, deadline));
  }

  /**
   * Writes a row if the stored one has the number expected, or if there is none and null is expected.
   * @param {string} collection
   * @param {string} id
   * @param {number | null} expected
   * @param {Row} row
   * @param {number} deadline
   * @returns {Promise<boolean>} false: conflict, nothing written
   */
  compareAndPut(collection, id, expected, row, deadline) {
    return this.#watched(this.#driver.compareAndPut(collection, id, expected, row, deadline));
  }

  /**
   * Writes each row unless one with the same or a higher number is there; for the drain.
   * @param {string} collection
   * @param {(Row & {id: string})[]} rows
   * @param {number} deadline of all together
   * @returns {Promise<import("./store/row.js").Batch>} never rejects for what the server says
   */
  async putNewer(collection, rows, deadline) {
    const batch = await this.#driver.putNewer(collection, rows, deadline);
    this.#note(batch.fault === null || batch.fault.code !== null);
    return batch;
  }

  /**
   * Live documents in the order of their ids' bytes.
   * @param {string} collection
   * @param {{after: string, coarse: import("./filter/coarse.js").Coarse | null, rows: number, deadline: number}} query
   * @returns {Promise<Listed[]>} at most `rows`; fewer only at the end
   */
  list(collection, query) {
    return this.#driver.list(collection, query);
  }

  /** @param {number} deadline */
  ping(deadline) {
    return this.#watched(this.#driver.ping(deadline));
  }

  close() {
    return this.#driver.close();
  }

  /** A server that answers is up, whatever it answers; a list that takes too long says nothing of the server. */
  async #watched(work) {
    try {
      const result = await work;
      this.#note(true);
      return result;
    } catch (error) {
      if (error instanceof Problem) this.#note(error.code !== null);
      throw error;
    }
  }

  #note(isUp) {
    if (this.#isUp === isUp) return;
    this.#isUp = isUp;
    this.#onChange(isUp);
  }
}
