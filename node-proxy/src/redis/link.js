/** One connection to Redis: knows the driver, bounds every command in time, and is thrown away after the first that was late. */

import { ClientClosedError, ClientOfflineError, createClient, ErrorReply, RESP_TYPES } from "redis";
import { Problem } from "../errors.js";
import { problems } from "../generated/contract.js";
import { generationOf, keysOf } from "./keys.js";

const WITH_BUFFERS = Object.freeze({ typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } });
const RUN_ID = /^run_id:([0-9a-f]+)/m;

/**
 * @typedef {object} Address
 * @property {string} host
 * @property {number} port
 * @property {string} [username]
 * @property {string} [password]
 * @property {number} database
 *
 * @typedef {ReturnType<typeof keysOf>} Keys
 */

/** All its methods reject with cache-unavailable; `cause` is Redis' own error where Redis has answered with one. */
export class Link {
  #client;
  #timeoutMs;
  #onLost;
  #isOver = false;
  #generation = null;

  /**
   * Connects and asks for the run id, before anything else (protocol.md §3).
   * @param {{address: Address, timeoutMs: number, fleetHash: string, onLost: (link: Link) => void}} options
   * @returns {Promise<Link>}
   */
  static async open(options) {
    const link = new Link(options);
    try {
      await link.#inTime(link.#client.connect());
      const info = await link.send(["INFO", "server"]);
      link.#generation = generationOf(RUN_ID.exec(String(info))[1], options.fleetHash);
      return link;
    } catch (error) {
      link.drop();
      throw error;
    }
  }

  /** @private use `open` */
  constructor({ address: { host, port, username, password, database }, timeoutMs, onLost }) {
    this.#timeoutMs = timeoutMs;
    this.#onLost = onLost;
    // Nothing is resent and nothing queued behind our back: a command belongs to one connection and one generation.
    this.#client = createClient({
      RESP: 2,
      username,
      password,
      database,
      disableOfflineQueue: true,
      disableClientInfo: true,
      // Each command has our own time limit; the driver's would be a second one, with a signal object for every command.
      commandOptions: { timeout: undefined },
      socket: { host, port, connectTimeout: timeoutMs, reconnectStrategy: false },
    });
    this.#client.on("error", () => this.drop());
  }

  /** Whether it was thrown away. */
  get isOver() {
    return this.#isOver;
  }

  /** The keys of a document, as this very Redis process has them. */
  keys(collection, id) {
    return keysOf(this.#generation, collection, id);
  }

  /**
   * @param {(string | Buffer)[]} command
   * @returns {Promise<unknown>} bulk strings as Buffers
   */
  send(command) {
    return this.#inTime(this.#client.sendCommand(command, WITH_BUFFERS));
  }

  /** @returns {Promise<Buffer | null>} null for what is not there, and for what is no string */
  async get(key) {
    try {
      return await this.send(["GET", key]);
    } catch (error) {
      if (isAnswer(error, "WRONGTYPE")) return null;
      throw error;
    }
  }

  /**
   * Runs one of the contract's scripts, by its digest; where Redis has it not, once with its text.
   * @param {{sha1: string, text: string}} script an entry of `scripts`
   * @param {string[]} keys
   * @param {(string | Buffer)[]} values
   */
  async run({ sha1, text }, keys, values) {
    const rest = [String(keys.length), ...keys, ...values];
    try {
      return await this.send(["EVALSHA", sha1, ...rest]);
    } catch (error) {
      if (!isAnswer(error, "NOSCRIPT")) throw error;
      return this.send(["EVAL", text, ...rest]);
    }
  }

  /** Throws the connection away; whatever waits on it fails. */
  drop() {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#client.destroy();
    this.#onLost(this);
  }

  async #inTime(work) {
    let isAnswered = false;
    // Where this process was busy itself, the answer may lie there unread: sockets are looked at before setImmediate.
    const late = () => setImmediate(() => isAnswered || this.drop());
    const timer = setTimeout(late, this.#timeoutMs);
    try {
      return await work;
    } catch (error) {
      throw new Problem(problems.cacheUnavailable, { cause: error });
    } finally {
      isAnswered = true;
      clearTimeout(timer);
    }
  }
}

/**
 * Whether Redis answered with an error, rather than the connection failing.
 * @param {Problem} problem
 * @param {string} [word] with which the error begins
 */
export function isAnswer(problem, word = "") {
  return problem.cause instanceof ErrorReply && problem.cause.message.startsWith(word);
}

/**
 * Whether a command certainly never left this process.
 * @param {Problem} problem
 */
export function isUnsent({ cause }) {
  return cause instanceof ClientClosedError || cause instanceof ClientOfflineError;
}
