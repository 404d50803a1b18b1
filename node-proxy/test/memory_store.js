/** A store that keeps documents in memory, so that what lies above stores can be tested without one. */

import { setImmediate as turn } from "node:timers/promises";
import { ABSENT } from "../src/store.js";

export class MemoryStore {
  timeoutMs = 500;
  /** Rows by collection and id. */
  rows = new Map();
  /** What `get` waits for, so that a test can hold a read. */
  held = Promise.resolve();
  reads = 0;

  async get(collection, id) {
    this.reads += 1;
    await this.held;
    return this.rows.get(`${collection}/${id}`) ?? ABSENT;
  }

  async compareAndPut(collection, id, expected, row) {
    await turn();
    const key = `${collection}/${id}`;
    if ((this.rows.get(key)?.n ?? null) !== expected) return false;
    this.rows.set(key, row);
    return true;
  }

  async list(collection, { after, rows }) {
    const live = [...this.rows].filter(([key, { kind }]) => key.startsWith(`${collection}/`) && kind === "V");
    const listed = live.map(([key, { etag, body }]) => ({ id: key.slice(collection.length + 1), etag, body }));
    return listed.sort((one, other) => Buffer.compare(Buffer.from(one.id), Buffer.from(other.id))).filter(({ id }) => id > after).slice(0, rows);
  }

  async ping() {}
}
