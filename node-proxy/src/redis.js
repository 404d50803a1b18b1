/** Keeps one connection to Redis, and makes it anew in the background when it is lost. */

import { Problem } from "./errors.js";
import { problems } from "./generated/contract.js";
import { Link } from "./redis/link.js";

export * as backlog from "./redis/backlog.js";
export { fleetKey, jittered } from "./redis/keys.js";
export { isAnswer } from "./redis/link.js";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;
const DEFAULT_PORT = 6379;

export class Redis {
  #options;
  #greet;
  #onChange;
  #link = null;
  #attempt = null;
  #pauseMs = FIRST_PAUSE_MS;
  #timer = null;
  #isUp = null;
  #isClosed = false;

  /**
   * @param {{url: string, timeoutMs: number}} config
   * @param {string} fleetHash
   * @param {object} hooks
   * @param {(link: Link) => Promise<void>} hooks.greet what is asked on every new connection before it is used
   * @param {(isUp: boolean) => void} hooks.onChange
   */
  constructor({ url, timeoutMs }, fleetHash, { greet, onChange }) {
    const onLost = (link) => this.#lost(link);
    this.#options = { address: addressOf(url), timeoutMs, fleetHash, onLost };
    this.#greet = greet;
    this.#onChange = onChange;
  }

  /** Whether there is a connection now. */
  get isConnected() {
    return this.#link !== null;
  }

  /**
   * The connection. A sequence of commands that belong together takes it once.
   * @returns {Link}
   * @throws {Problem} cache-unavailable
   */
  link() {
    if (this.#link === null) throw new Problem(problems.cacheUnavailable);
    return this.#link;
  }

  /**
   * Tries to connect now, unless there is a connection; attempts at the same time are one.
   * @returns {Promise<Link>}
   * @throws {Problem} cache-unavailable
   */
  connect() {
    if (this.#link !== null) return Promise.resolve(this.#link);
    if (this.#isClosed) return Promise.reject(new Problem(problems.cacheUnavailable));
    clearTimeout(this.#timer);
    this.#attempt ??= this.#open().finally(() => (this.#attempt = null));
    return this.#attempt;
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#link?.drop();
  }

  async #open() {
    let link = null;
    try {
      link = await Link.open(this.#options);
      await this.#greet(link);
      if (link.isOver) throw new Problem(problems.cacheUnavailable);
    } catch (error) {
      link?.drop();
      this.#later();
      throw error;
    }
    this.#link = link;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#note(true);
    return link;
  }

  #lost(link) {
    if (this.#link !== link) return;
    this.#link = null;
    this.#later();
  }

  #later() {
    this.#note(false);
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect().catch(() => {}), this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
  }

  #note(isUp) {
    if (this.#isUp === isUp || this.#isClosed) return;
    this.#isUp = isUp;
    this.#onChange(isUp);
  }
}

function addressOf(url) {
  const parts = /^redis:\/\/(?:([^:@]*):([^@]*)@)?(\[[^\]]*\]|[^:/]*)(?::(\d+))?(?:\/(\d*))?$/.exec(url);
  const [, username, password, host, port, database] = parts;
  return {
    host: host.replace(/^\[|\]$/g, ""),
    port: port === undefined ? DEFAULT_PORT : Number(port),
    username: username ? decoded(username) : undefined,
    password: password === undefined ? undefined : decoded(password),
    database: Number(database ?? 0),
  };
}

// A lone % in a URL stands for itself.
function decoded(text) {
  return text.replace(/(%[0-9A-Fa-f]{2})+/g, (escapes) => Buffer.from(escapes.replaceAll("%", ""), "hex").toString());
}
