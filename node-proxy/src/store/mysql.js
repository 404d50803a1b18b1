/** Keeps documents in MySQL or MariaDB: the five verbs of a store, and the one file that knows its driver. */

import driver from "mysql2";
import { Problem } from "../errors.js";
import { limits, mysql as facts, problems, record } from "../generated/contract.js";
import { before, remainingMs } from "../pool/deadline.js";
import { coarseSql } from "./mysql/coarse.js";
import { ABSENT, writeEach } from "./row.js";

const { createPool, TypedParameter } = driver;

const CONNECTIONS = 16;
const WAITING = 2000;
const PREPARED_STATEMENTS = 64;
const NO_SUCH_TABLE = 1146;

/** What a failure of the server or the way to it means, for a statement that changes nothing and for one that does. */
const READ = problems.storeUnavailable;
const WRITE = problems.outcomeUnknown;

export class MysqlStore {
  #pool;
  #listSql;
  #note;
  /** When a connection that has had its session set up was used last. */
  #lastUsed = new WeakMap();
  #isPrepared = false;

  /**
   * @param {{url: string, timeoutMs: number}} config
   * @param {(text: string) => void} note for the log
   */
  constructor({ url, timeoutMs }, note) {
    this.#note = note;
    this.#listSql = facts.list.replace("{list_timeout_s}", String(timeoutMs / 1000)).replace("{list_timeout_ms}", String(timeoutMs));
    this.#pool = createPool({
      ...addressOf(url),
      connectTimeout: timeoutMs,
      connectionLimit: CONNECTIONS,
      queueLimit: WAITING,
      maxPreparedStatements: PREPARED_STATEMENTS,
      timezone: "Z",
      supportBigNumbers: true,
      bigNumberStrings: true,
      // A stack for every statement costs more than the statement, and nobody reads it.
      trace: false,
    });
  }

  /** @returns {Promise<import("./row.js").Row>} */
  async get(collection, id, deadline) {
    const [row] = await this.#run(READ, deadline, facts.get, [collection, id]);
    if (row === undefined) return ABSENT;
    const [n, del, etag, body] = row;
    return { n: Number(n), kind: del === 0 ? record.value : record.deleted, etag, body };
  }

  /** @returns {Promise<boolean>} false where the row is not as expected */
  async compareAndPut(collection, id, expected, row, deadline) {
    const columns = columnsOf(row);
    const [sql, values] = expected === null
      ? [facts.insert, [collection, id, ...columns]]
      : [facts.update, [...columns, collection, id, TypedParameter.BIGINT.unsigned(expected)]];
    try {
      return (await this.#run(WRITE, deadline, sql, values)).affectedRows === 1;
    } catch (error) {
      if (error.code === facts.duplicateCode) return false;
      throw error;
    }
  }

  /** One statement; what the server refuses is sent again row by row. @returns {Promise<import("./row.js").Batch>} */
  async putNewer(collection, rows, deadline) {
    // Rows in one order, so that two drains wait for each other instead of for ever.
    const sorted = rows.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    const whole = await writeEach([sorted], 1, (all) => this.#insertNewer(collection, all, deadline));
    if (whole.refused.length > 0 && rows.length > 1) {
      return writeEach(sorted, 1, (row) => this.#insertNewer(collection, [row], deadline));
    }
    return { ...whole, stored: whole.stored.flat(), refused: whole.refused.flat() };
  }

  async #insertNewer(collection, rows, deadline) {
    const sql = `${facts.putNewerHead}${rows.map(() => facts.putNewerRow).join(", ")}${facts.putNewerTail}`;
    await this.#run(WRITE, deadline, sql, rows.flatMap((row) => [collection, row.id, ...columnsOf(row)]));
  }

  /** @returns {Promise<import("./row.js").Listed[]>} */
  async list(collection, { after, coarse, rows, deadline }) {
    const { sql, needles } = coarseSql(coarse);
    const statement = this.#listSql.replace("{coarse}", () => sql);
    const found = await this.#run(READ, deadline, statement, [collection, after, ...needles, TypedParameter.LONG(rows)]);
    return found.map(([id, etag, body]) => ({ id: id.toString("latin1"), etag, body }));
  }

  async ping(deadline) {
    await this.#run(READ, deadline, facts.ping, []);
  }

  async close() {
    await asked(this.#pool, "end");
  }

  /** Runs one statement on a connection of its own; `failure` is what it means when nobody can say how it ended. */
  async #run(failure, deadline, sql, values) {
    const connection = await this.#connection(deadline);
    try {
      const result = await before(deadline, asked(connection, "execute", { sql, values, rowsAsArray: true, typeCast: bodiesAsBuffers }));
      this.#release(connection);
      return result;
    } catch (error) {
      if (isAnswer(error)) this.#release(connection);
      else connection.destroy();
      throw this.#problem(failure, error);
    }
  }

  #release(connection) {
    this.#lastUsed.set(connection, performance.now());
    connection.release();
  }

  #problem(failure, error) {
    if (error.errno === NO_SUCH_TABLE) this.#isPrepared = false;
    if (!isAnswer(error)) return new Problem(failure, { cause: error });
    const details = { cause: error, code: error.errno };
    if (failure === READ || facts.stateCodes.includes(error.errno)) return new Problem(problems.storeUnavailable, details);
    return new Problem(facts.unknownCodes.includes(error.errno) ? WRITE : problems.documentRefused, details);
  }

  /** A connection whose session is set up, and which answered lately. */
  async #connection(deadline) {
    for (;;) {
      const connection = await this.#fromPool(deadline);
      try {
        await before(deadline, this.#readied(connection));
        return connection;
      } catch (error) {
        const isIdle = this.#lastUsed.has(connection);
        connection.destroy();
        // One that has died while it was idle says nothing about the server.
        if (!isIdle || remainingMs(deadline) === 0) throw new Problem(problems.storeUnavailable, { cause: error });
      }
    }
  }

  async #fromPool(deadline) {
    const wanted = asked(this.#pool, "getConnection");
    try {
      return await before(deadline, wanted);
    } catch (error) {
      wanted.then((late) => late.release(), () => {});
      throw new Problem(problems.storeUnavailable, { cause: error });
    }
  }

  async #readied(connection) {
    const lastUsed = this.#lastUsed.get(connection);
    if (lastUsed === undefined) {
      for (const statement of facts.session) await asked(connection, "query", statement);
      this.#lastUsed.set(connection, performance.now());
    } else if (performance.now() - lastUsed > limits.idlePingMs) {
      await asked(connection, "ping");
    }
    if (!this.#isPrepared) await this.#prepare(connection);
  }

  /** Makes table and event where they are not there; a user who may not is one whose operator did. */
  async #prepare(connection) {
    for (const statement of [facts.createTable, facts.createEvent]) {
      try {
        await asked(connection, "query", statement);
      } catch (error) {
        if (!isAnswer(error)) throw error;
        this.#note(`${statement.split(" ", 2).join(" ").toLowerCase()} refused with ${error.errno}`);
      }
    }
    this.#isPrepared = true;
  }
}

/**
 * What one of the driver's verbs yields. The driver's own promises would make a wrapper of every connection at every use.
 * @param {object} whom a pool or a connection
 * @param {string} verb
 * @param {unknown[]} what
 */
function asked(whom, verb, ...what) {
  return new Promise((resolve, reject) => whom[verb](...what, (error, result) => (error ? reject(error) : resolve(result))));
}

/** n, del, etag, body and gone, in the order of both statements. */
function columnsOf({ n, kind, etag, body }) {
  const isValue = kind === record.value;
  return [TypedParameter.BIGINT.unsigned(n), TypedParameter.TINY(isValue ? 0 : 1), etag, body.toString(), isValue ? null : new Date()];
}

/** Whether the server answered at all: then it says which SQL state that is. */
function isAnswer(error) {
  return typeof error.sqlState === "string" && error.fatal !== true;
}

function bodiesAsBuffers(field, next) {
  return field.name === "body" ? field.buffer() : next();
}

function addressOf(url) {
  const [, user, password = "", host, port, database] = /^mysql:\/\/([^:@]*)(?::([^@]*))?@(\[[^\]]*\]|[^:/]*)(?::(\d+))?\/(.*)$/.exec(url);
  return {
    host: host.replace(/^\[|\]$/g, ""),
    port: port === undefined ? 3306 : Number(port),
    user: decoded(user),
    password: decoded(password),
    database,
  };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
