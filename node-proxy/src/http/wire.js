/** Carries requests and answers between node:http and the handler. */

import { createServer, STATUS_CODES } from "node:http";
import { Problem } from "../errors.js";
import { event, limits, names, problems } from "../generated/contract.js";
import { problemAnswer } from "./answer.js";
import { Incoming } from "./incoming.js";
import { withoutWhere } from "./query.js";

/** Far above the contract's own limits, so that our check speaks first. */
const MAX_HEADER_BYTES = 256 * 1024;
const HEADERS_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 60_000;
const SILENCE_TIMEOUT_MS = 60_000;
/** How long a client may go on sending what nobody reads; closing at once could take the answer away from it. */
const LINGER_MS = 1000;
/** Requests of one connection that may wait for an earlier one's answer. */
const MOST_PIPELINED = 100;

export class Wire {
  #handler;
  #log;
  #bodyBytes;
  #server;
  #isOpen;
  #open;
  #isStopping = false;
  /** The ends of all requests in progress. */
  #inProgress = new Set();
  /** Requests of a connection that are not yet answered, in their order. */
  #waiting = new Map();
  /** Sockets on which nothing more will be answered. */
  #over = new WeakSet();

  /**
   * @param {import("../http.js").Handler} handler
   * @param {{log: import("../log.js").Log, bodyBytes: number}} options
   */
  constructor(handler, { log, bodyBytes }) {
    this.#handler = handler;
    this.#log = log;
    this.#bodyBytes = bodyBytes;
    this.#isOpen = new Promise((resolve) => (this.#open = resolve));
    this.#server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      insecureHTTPParser: false,
      // Our own check has our own answer.
      requireHostHeader: false,
      noDelay: true,
      keepAliveTimeout: limits.keepAliveMs,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
    });
    this.#server.timeout = SILENCE_TIMEOUT_MS;
    this.#server.maxHeadersCount = 0;
    // A client that has sent its request and closed its side still waits for the answer.
    this.#server.httpAllowHalfOpen = true;
    this.#server.on("request", (request, response) => this.#serve(request, response, false));
    this.#server.on("checkContinue", (request, response) => this.#serve(request, response, true));
    this.#server.on("checkExpectation", (request, response) => this.#serve(request, response, true));
    this.#server.on("connect", (request, socket) => this.#refuseTunnel(request, socket));
    this.#server.on("clientError", (error, socket) => this.#fail(error, socket));
  }

  /**
   * Binds; requests wait until `open`.
   * @param {{host: string, port: number}} address
   * @returns {Promise<string>} HOST:PORT as bound
   */
  async listen({ host, port }) {
    await new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, resolve);
    });
    const bound = this.#server.address();
    return bound.family === "IPv6" ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
  }

  /** Begins to answer. */
  open() {
    this.#open();
  }

  /** Takes no more requests, and gives those in progress time to finish. */
  async stop() {
    this.#isStopping = true;
    this.#server.close();
    const grace = new Promise((resolve) => setTimeout(resolve, limits.stopGraceMs).unref());
    await Promise.race([Promise.all(this.#inProgress), grace]);
    this.#server.closeAllConnections();
  }

  /** Requests of one connection are served one after another: a later one may depend on what an earlier one did. */
  #serve(request, response, isExpecting) {
    const { socket } = request;
    const incoming = new Incoming(request, response, isExpecting);
    const waiting = this.#waiting.get(socket) ?? [];
    if (waiting.length === MOST_PIPELINED) return void socket.destroy();
    const turn = waiting.at(-1)?.done ?? this.#isOpen;
    const exchange = { incoming };
    exchange.done = turn.then(() => this.#exchange(request, response, incoming)).finally(() => this.#leave(socket, exchange));
    this.#waiting.set(socket, [...waiting, exchange]);
    this.#inProgress.add(exchange.done);
  }

  #leave(socket, exchange) {
    this.#inProgress.delete(exchange.done);
    const waiting = this.#waiting.get(socket).filter((other) => other !== exchange);
    if (waiting.length === 0) this.#waiting.delete(socket);
    else this.#waiting.set(socket, waiting);
  }

  async #exchange(request, response, incoming) {
    if (response.destroyed) return;
    const startedAt = performance.now();
    const answer = await this.#handler.answer(requestOf(request, (limitBytes) => incoming.read(limitBytes)));
    const body = request.method === "HEAD" ? "" : answer.body;
    const isLast = this.#isStopping || !incoming.canBeReused(this.#bodyBytes);
    this.#logRequest(request, answer, body, startedAt);
    if (response.destroyed) return;
    const closing = isLast ? [names.connection, "close"] : [];
    response.writeHead(answer.status, [...answer.headers.flat(), ...closing]);
    if (incoming.isOpen && isLast && body.length > 0) await this.#linger(request, response, body);
    else await finished(response, body);
  }

  /** Sends the answer and closes our side, then lets the client come to its end. */
  #linger(request, response, body) {
    const { socket } = request;
    this.#over.add(socket);
    request.resume();
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(), LINGER_MS);
      socket.once("close", () => resolve(clearTimeout(timer)));
      response.write(body, () => socket.end());
    });
  }

  #logRequest({ method, url }, { status, operation, problem, cache }, body, startedAt) {
    this.#log.line(event.request, {
      bytes_out: Buffer.byteLength(body),
      cache: cache === null ? null : cache.slice(cache.indexOf(";") + 2),
      duration_us: Math.round((performance.now() - startedAt) * 1000),
      error: problem,
      method,
      operation,
      status,
      target: withoutWhere(url),
    });
  }

  /** What node's parser refuses: bad-request once everything before it on this connection is answered. */
  async #fail(error, socket) {
    if (this.#over.has(socket)) return;
    this.#over.add(socket);
    const before = this.#waiting.get(socket) ?? [];
    const isCutBody = before.at(-1)?.incoming.isOpen === true;
    for (const { incoming } of before) if (incoming.isOpen) incoming.cut();
    await Promise.all(before.map(({ done }) => done));
    if (isCutBody || !socket.writable) {
      socket.destroySoon();
      return;
    }
    const fact = error.code === "HPE_HEADER_OVERFLOW" ? problems.headersTooLarge : problems.badRequest;
    this.#end(socket, problemAnswer(new Problem(fact), { method: "", resource: null }));
  }

  /** CONNECT is no method of ours, but node hands over the bare socket. */
  async #refuseTunnel(request, socket) {
    socket.on("error", () => socket.destroy());
    this.#over.add(socket);
    const startedAt = performance.now();
    await this.#isOpen;
    const answer = await this.#handler.answer(requestOf(request, () => Promise.resolve(Buffer.alloc(0))));
    this.#logRequest(request, answer, answer.body, startedAt);
    this.#end(socket, answer);
  }

  #end(socket, { status, headers, body }) {
    const lines = [...headers, [names.connection, "close"]].map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`);
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => clearTimeout(timer));
    socket.resume();
  }
}

function requestOf({ method, url, httpVersion, rawHeaders }, read) {
  return { method, target: url, httpVersion, rawHeaders, read };
}

function finished(response, body) {
  return new Promise((resolve) => {
    response.once("close", resolve);
    response.end(body);
  });
}
