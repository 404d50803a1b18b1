/** Carries requests and answers between node:http and the handler. */

import { createServer } from "node:http";
import { event, limits, names } from "../generated/contract.js";
import { Incoming } from "./body.js";
import { Connection } from "./connection.js";
import { withoutWhere } from "./query.js";

/** Far above the contract's own limits, so that our check speaks first. */
const MAX_HEADER_BYTES = 256 * 1024;
const HEADERS_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 60_000;
const SILENCE_TIMEOUT_MS = 60_000;
const VERSIONS = ["1.0", "1.1"];

export class Wire {
  #handler;
  #log;
  #bodyBytes;
  #server;
  #opened;
  #open;
  #isStopping = false;
  #connections = new WeakMap();
  /** The ends of all requests in progress. */
  #inProgress = new Set();

  /**
   * @param {import("../http.js").Handler} handler
   * @param {{log: import("../log.js").Log, bodyBytes: number}} options
   */
  constructor(handler, { log, bodyBytes }) {
    this.#handler = handler;
    this.#log = log;
    this.#bodyBytes = bodyBytes;
    this.#opened = new Promise((resolve) => (this.#open = resolve));
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
    this.#server.on("clientError", (error, socket) => this.#connectionOf(socket).fail(error));
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

  #connectionOf(socket) {
    if (!this.#connections.has(socket)) this.#connections.set(socket, new Connection(socket));
    return this.#connections.get(socket);
  }

  #serve(request, response, isExpecting) {
    // Node's parser takes a line without a version for a request of HTTP/0.9.
    if (!VERSIONS.includes(request.httpVersion)) {
      this.#connectionOf(request.socket).fail(new Error("not a version of HTTP that is served"));
      return;
    }
    const incoming = new Incoming(request, response, isExpecting);
    const connection = this.#connectionOf(request.socket);
    const done = connection.enter(incoming, this.#opened, () => this.#exchange(connection, request, response, incoming));
    this.#inProgress.add(done);
    done.finally(() => this.#inProgress.delete(done));
  }

  async #exchange(connection, request, response, incoming) {
    if (response.destroyed) return;
    const startedAt = performance.now();
    const answer = await this.#handler.answer(requestOf(request, (limitBytes) => incoming.read(limitBytes)));
    const body = request.method === "HEAD" ? "" : answer.body;
    const isLast = this.#isStopping || !incoming.canBeReused(this.#bodyBytes);
    this.#logRequest(request, answer, body, startedAt);
    if (response.destroyed) return;
    const closing = isLast ? [names.connection, "close"] : [];
    response.writeHead(answer.status, [...answer.headers.flat(), ...closing]);
    if (!incoming.isOpen || !isLast || body.length === 0) return finished(response, body);
    request.resume();
    return connection.linger(response, body);
  }

  /** CONNECT is no method of ours, but node hands over the bare socket. */
  async #refuseTunnel(request, socket) {
    socket.on("error", () => socket.destroy());
    await this.#opened;
    const startedAt = performance.now();
    const answer = await this.#handler.answer(requestOf(request, async () => Buffer.alloc(0)));
    this.#logRequest(request, answer, answer.body, startedAt);
    this.#connectionOf(socket).sendLast(answer);
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
