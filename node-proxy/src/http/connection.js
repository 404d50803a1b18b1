/** Serves one client's connection: its requests in their order, then its end. */

import { STATUS_CODES } from "node:http";
import { Problem } from "../errors.js";
import { names, problems } from "../generated/contract.js";
import { problemAnswer } from "./answer.js";

/** How long a client may go on sending what nobody reads; closing at once could take the answer away from it. */
const LINGER_MS = 1000;
/** Requests that may wait for an earlier one's answer. */
const MOST_WAITING = 100;

export class Connection {
  #socket;
  /** Requests that are not yet answered, in their order. */
  #waiting = [];
  #isOver = false;

  /** @param {import("node:net").Socket} socket */
  constructor(socket) {
    this.#socket = socket;
  }

  /**
   * Serves a request once those before it are answered: it may depend on what they did.
   * @param {import("./body.js").Incoming} incoming its body
   * @param {Promise<void>} start before which nothing is served
   * @param {() => Promise<void>} serve
   * @returns {Promise<void>} when it is served
   */
  enter(incoming, start, serve) {
    if (this.#waiting.length === MOST_WAITING) this.#socket.destroy();
    const turn = this.#waiting.at(-1)?.done ?? start;
    const exchange = { incoming };
    exchange.done = turn.then(serve).finally(() => this.#waiting.splice(this.#waiting.indexOf(exchange), 1));
    this.#waiting.push(exchange);
    return exchange.done;
  }

  /**
   * Sends the last answer and closes our side, then lets the client come to its end.
   * @param {import("node:http").ServerResponse} response whose head is written
   * @param {Buffer | string} body
   */
  linger(response, body) {
    this.#isOver = true;
    return new Promise((resolve) => {
      this.#endSoon(resolve);
      response.write(body, () => this.#socket.end());
    });
  }

  /**
   * Answers without node's help, where node gives the bare socket only.
   * @param {import("./answer.js").Answer} answer
   */
  sendLast({ status, headers, body }) {
    this.#isOver = true;
    const lines = [...headers, [names.connection, "close"]].map(([name, value]) => `${name}: ${value}\r\n`);
    this.#endSoon(() => {});
    this.#socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`);
  }

  /**
   * What node's parser refuses is a bad request, once everything before it is answered. Where it was a body that was
   * cut off, the request it belongs to has that answer.
   * @param {Error & {code?: string}} error
   */
  async fail(error) {
    if (this.#isOver) return;
    this.#isOver = true;
    const before = [...this.#waiting];
    const isCutBody = before.at(-1)?.incoming.isOpen === true;
    for (const { incoming } of before) if (incoming.isOpen) incoming.cut();
    await Promise.all(before.map(({ done }) => done));
    if (isCutBody || !this.#socket.writable) {
      this.#socket.destroySoon();
      return;
    }
    const fact = error.code === "HPE_HEADER_OVERFLOW" ? problems.headersTooLarge : problems.badRequest;
    this.sendLast(problemAnswer(new Problem(fact), { method: "", resource: null }));
  }

  #endSoon(onEnd) {
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#socket.once("close", () => {
      clearTimeout(timer);
      onEnd();
    });
    this.#socket.on("error", () => this.#socket.destroy());
    this.#socket.resume();
  }
}
