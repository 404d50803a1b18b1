/** Takes a request through the checks of the contract, in their order, to an answer. */

import { Problem } from "./errors.js";
import { event, names, problems } from "./generated/contract.js";
import * as answers from "./http/answer.js";
import { checkSyntax, Headers, idempotencyKeyOf, preconditionsOf, wantsNoCache } from "./http/headers.js";
import { checkBodyHeaders, checkMediaType } from "./http/media.js";
import { operations } from "./http/operations.js";
import { waitOf } from "./http/prefer.js";
import { readListQuery, refuseQuery } from "./http/query.js";
import { locate } from "./http/target.js";

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} target as received, one character a byte
 * @property {string} httpVersion
 * @property {readonly string[]} rawHeaders names and values in turn
 * @property {(limitBytes: number) => Promise<Buffer>} read takes the body; throws body-too-large or bad-request
 */

export class Handler {
  #app;

  /**
   * @param {object} app
   * @param {(collection: string) => import("./documents.js").Place | null} app.placeOf null: no route matches
   * @param {import("./status.js").Status} app.status
   * @param {number} app.bodyBytes largest document
   * @param {import("./metrics.js").Counters} app.counters
   * @param {import("./log.js").Log} app.log
   */
  constructor(app) {
    this.#app = app;
  }

  /**
   * @param {Request} request
   * @returns {Promise<import("./http/answer.js").Answer & {operation: string | null}>} never rejects
   */
  async answer(request) {
    this.#app.counters.add("requests");
    const call = { method: request.method, resource: null, operation: null };
    try {
      return { ...(await this.#decided(request, call)), operation: call.operation };
    } catch (error) {
      return { ...answers.problemAnswer(this.#problem(error), call), operation: call.operation };
    }
  }

  #problem(error) {
    if (error instanceof Problem) return error;
    this.#app.log.line(event.failure, { text: String(error?.stack ?? error) });
    return new Problem(problems.internalError, { cause: error });
  }

  /** Checks 1 to 8 of contract.md §1; the documents room has the others. */
  async #decided(request, call) {
    const target = locate(request.method, request.target);
    const { resource, collection, id } = target;
    call.resource = resource;
    const place = collection === undefined ? null : this.#app.placeOf(collection);
    if (collection !== undefined && place === null) throw new Problem(problems.unknownCollection);
    const operation = answers.operationOf(resource, request.method);
    if (operation === null) throw new Problem(problems.methodNotAllowed);
    call.operation = operation.name;
    const query = operation.name === "list" ? readListQuery(target.query) : refuseQuery(target.query);
    const headers = new Headers(request.rawHeaders);
    checkSyntax(headers, request.httpVersion);
    const given = givenBy(headers, operation, resource);
    const body = operation.body === null ? null : await this.#body(request, headers, operation.body);
    return operations[operation.name]({ app: this.#app, place, resource, collection, id, query, body, ...given });
  }

  async #body(request, headers, type) {
    const { bodyBytes } = this.#app;
    if (Number(headers.value(names.contentLength) ?? 0) > bodyBytes) throw new Problem(problems.bodyTooLarge);
    checkMediaType(headers, type);
    return request.read(bodyBytes);
  }
}

/** The header fields that this operation looks at; all others may hold what they like. */
function givenBy(headers, { name, body }, resource) {
  const given = {};
  if (resource === "document" && name !== "options") given.preconditions = preconditionsOf(headers);
  if (name === "create") given.key = idempotencyKeyOf(headers);
  if (name === "get") given.isPastCache = wantsNoCache(headers);
  if (name === "list") given.waitMs = waitOf(headers);
  if (body !== null) checkBodyHeaders(headers);
  return given;
}
