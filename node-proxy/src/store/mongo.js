/** Keeps documents in MongoDB: the five verbs of a store, and the one file that knows its driver. */

import { Long, MongoClient, MongoServerError } from "mongodb";
import { Problem } from "../errors.js";
import { limits, mongodb as facts, problems, record } from "../generated/contract.js";
import { read } from "../json.js";
import { before, remainingMs } from "../pool/deadline.js";
import { coarseQuery } from "./mongo/coarse.js";
import { projectionOf } from "./mongo/projection.js";
import { ABSENT, writeEach } from "./row.js";

const CONNECTIONS = 32;
/** Rows of a batch that are on their way at the same time. */
const WRITES_AT_ONCE = 8;
const MONITOR_INTERVAL_MS = 5000;
const WRITE_CONCERN = Object.freeze({ w: "majority", j: true });
const ROW_FIELDS = Object.freeze({ _id: 0, n: 1, del: 1, e: 1, b: 1 });
const LIST_FIELDS = Object.freeze({ e: 1, b: 1 });

export class MongoStore {
  #client;
  #connected = null;
  #database;
  #note;
  /** The rows of writes that went out; only these can have had an effect. */
  #sent = new WeakSet();
  /** Collections that have their sweep index, as far as this process knows. */
  #indexed = new Set();
  #isRefused = false;

  /**
   * @param {{url: string, timeoutMs: number}} config
   * @param {(text: string) => void} note for the log
   */
  constructor({ url, timeoutMs }, note) {
    this.#note = note;
    this.#client = new MongoClient(url, {
      appName: "docproxy",
      maxPoolSize: CONNECTIONS,
      serverSelectionTimeoutMS: timeoutMs,
      connectTimeoutMS: timeoutMs,
      waitQueueTimeoutMS: timeoutMs,
      socketTimeoutMS: timeoutMs * limits.listTimeFactor,
      heartbeatFrequencyMS: MONITOR_INTERVAL_MS,
      serverMonitoringMode: "poll",
      retryReads: false,
      retryWrites: false,
      promoteLongs: false,
      monitorCommands: true,
    });
    this.#client.on("commandStarted", ({ command }) => {
      const rows = command.documents ?? command.updates;
      if (rows !== undefined) this.#sent.add(rows);
    });
    this.#database = this.#client.db();
  }

  /** @returns {Promise<import("./row.js").Row>} */
  async get(collection, id, deadline) {
    const found = await this.#read(deadline, (signal) =>
      this.#database.collection(collection).findOne({ _id: id }, { projection: ROW_FIELDS, signal }),
    );
    if (found === null) return ABSENT;
    return { n: Number(found.n), kind: found.del ? record.deleted : record.value, etag: found.e, body: Buffer.from(found.b) };
  }

  /** @returns {Promise<boolean>} false where the row is not as expected */
  async compareAndPut(collection, id, expected, row, deadline) {
    const document = documentOf(id, row);
    const rows = expected === null ? [document] : [{ q: { _id: id, n: Long.fromNumber(expected) }, u: document }];
    const command = expected === null ? { insert: collection, documents: rows } : { update: collection, updates: rows };
    const { n, code } = await this.#write({ ...command, writeConcern: WRITE_CONCERN }, rows, deadline);
    if (code === facts.duplicateCode) return false;
    if (code !== undefined) throw refusal(code);
    const isDone = Number(n) === 1;
    if (isDone) this.#addSweepIndex(collection);
    return isDone;
  }

  /** One upsert a row. @returns {Promise<import("./row.js").Batch>} */
  putNewer(collection, rows, deadline) {
    return writeEach(rows, WRITES_AT_ONCE, (row) => this.#putNewer(collection, row, deadline));
  }

  /** A newer row does not match, and then keeps the upsert out by its key. */
  async #putNewer(collection, row, deadline) {
    const updates = [{ q: { _id: row.id, n: { $lt: Long.fromNumber(row.n) } }, u: documentOf(row.id, row), upsert: true }];
    const { code } = await this.#write({ update: collection, updates, writeConcern: WRITE_CONCERN }, updates, deadline);
    if (code !== undefined && code !== facts.duplicateCode) throw refusal(code);
    this.#addSweepIndex(collection);
  }

  /** @returns {Promise<import("./row.js").Listed[]>} */
  async list(collection, { after, coarse, rows, deadline }) {
    const query = { _id: { $gt: after }, del: false };
    const asked = coarseQuery(coarse);
    if (Object.keys(asked).length > 0) query.$and = [asked];
    const found = await this.#read(deadline, (signal) =>
      this.#database.collection(collection).find(query, {
        projection: LIST_FIELDS, sort: { _id: 1 }, limit: rows, batchSize: rows, maxTimeMS: Math.ceil(remainingMs(deadline)) || 1, signal,
      }).toArray(),
    );
    return found.map(({ _id, e, b }) => ({ id: _id, etag: e, body: Buffer.from(b) }));
  }

  async ping(deadline) {
    await this.#read(deadline, (signal) => this.#database.command({ ping: 1 }, { signal }));
  }

  async close() {
    await this.#client.close();
  }

  async #read(deadline, ask) {
    try {
      return await this.#inTime(deadline, ask);
    } catch (error) {
      const code = error instanceof MongoServerError ? error.code : null;
      throw new Problem(problems.storeUnavailable, { cause: error, code });
    }
  }

  /** Sends a write; `code` is the number of the error that the server answered, if it did. */
  async #write(command, rows, deadline) {
    try {
      const answer = await this.#inTime(deadline, (signal) => this.#database.command(command, { signal }));
      return { n: answer.n, code: answer.writeErrors?.[0]?.code ?? answer.writeConcernError?.code };
    } catch (error) {
      if (error instanceof MongoServerError) return { n: 0, code: error.code };
      throw new Problem(this.#sent.has(rows) ? problems.outcomeUnknown : problems.storeUnavailable, { cause: error });
    }
  }

  /** Gives up at the deadline; the driver then drops what it has not sent, and closes the connection on which it waits. */
  async #inTime(deadline, ask) {
    const giveUp = new AbortController();
    const connected = async () => {
      await this.#connect();
      giveUp.signal.throwIfAborted();
      return ask(giveUp.signal);
    };
    try {
      return await before(deadline, connected());
    } finally {
      giveUp.abort();
    }
  }

  /** A client whose first attempt failed never tries again by itself; one that was connected once always does. */
  async #connect() {
    try {
      await (this.#connected ??= this.#client.connect());
    } catch (error) {
      this.#connected = null;
      throw error;
    }
  }

  /** In the background: no write waits for it, and none fails for want of it. */
  #addSweepIndex(collection) {
    if (this.#indexed.has(collection)) return;
    this.#indexed.add(collection);
    const index = { key: { gone: 1 }, name: facts.sweepIndex, expireAfterSeconds: limits.tombstoneS };
    this.#database.command({ createIndexes: collection, indexes: [index] }).catch((error) => {
      if (!this.#isRefused) this.#note(`the sweep index of ${collection} refused with ${error.code ?? error.name}`);
      this.#isRefused = true;
    });
  }
}

/** The whole document as it stands in MongoDB, in the order of its fields. */
function documentOf(id, { n, kind, etag, body }) {
  const isValue = kind === record.value;
  const document = new Map([["_id", id], ["n", Long.fromNumber(n)], ["del", !isValue], ["e", etag], ["b", body.toString()]]);
  return isValue ? document.set("doc", projectionOf(read(body))) : document.set("gone", new Date());
}

/** What the number of an error means that the server answered to a write. */
function refusal(code) {
  if (facts.unknownCodes.includes(code)) return new Problem(problems.outcomeUnknown, { code });
  return new Problem(facts.stateCodes.includes(code) ? problems.storeUnavailable : problems.documentRefused, { code });
}
