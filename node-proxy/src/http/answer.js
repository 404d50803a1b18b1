/** Turns results and problems into answers: status codes and header fields are known here alone. */

import { cacheControl, media, methods, names, operations, problems, writeStatus } from "../generated/contract.js";
import { canonical } from "../json.js";
import { nextLink } from "./query.js";

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {[string, string][]} headers
 * @property {Buffer | string} body empty where there is none
 * @property {string | null} problem slug
 * @property {string | null} cache Cache-Status
 */

const UNAVAILABLE = 503;
/** A write whose base is not known. */
const ACCEPTED = 202;
const NOT_ALLOWED = problems.methodNotAllowed;
const WRONG_MEDIA = problems.unsupportedMediaType;

/**
 * The methods that a resource takes, in the contract's order.
 * @param {string} resource
 */
export function allowOf(resource) {
  const taken = methods.filter((method) => resource === "server" || operationOf(resource, method) !== null);
  return taken.join(", ");
}

/**
 * The operation that a method is on a resource.
 * @param {string} resource
 * @param {string} method
 * @returns {(typeof operations)[number] | null}
 */
export function operationOf(resource, method) {
  const isIt = (operation) => operation.resource === resource || operation.resource === "any";
  return operations.find((operation) => isIt(operation) && operation.methods.includes(method)) ?? null;
}

/** @param {{etag: string, body: Buffer, cache: string, isModified: boolean}} result of `get` @returns {Answer} */
export function documentAnswer({ etag, body, cache, isModified }) {
  const headers = [[names.etag, quoted(etag)], [names.cacheControl, cacheControl.document], [names.cacheStatus, cache]];
  return isModified ? full(200, media.json, body, headers, { cache }) : bare(304, headers, { cache });
}

/**
 * @param {{etag: string, isCreated: boolean, status: string}} result of `put`
 * @param {{collection: string, id: string, wasCanonical: boolean}} request RFC 9110 §9.3.4: no validator for what was transformed
 * @returns {Answer}
 */
export function putAnswer({ etag, isCreated, status }, { collection, id, wasCanonical }) {
  const headers = wasCanonical ? [[names.etag, quoted(etag)]] : [];
  return receipt(isCreated ? 201 : 200, { collection, id, etag, status }, headers);
}

/** @param {{collection: string, id: string, etag: string, status: string}} written @returns {Answer} */
export function patchAnswer(written) {
  return receipt(200, written, [[names.etag, quoted(written.etag)]]);
}

/** @param {{collection: string, id: string, etag: string, status: string}} written @returns {Answer} */
export function createAnswer(written) {
  return receipt(201, written, [[names.etag, quoted(written.etag)]]);
}

/** @param {{collection: string, id: string, status: string}} deleted @returns {Answer} */
export function deleteAnswer({ collection, id, status }) {
  if (status === writeStatus.unknownBase) return receipt(ACCEPTED, { collection, id, etag: null, status }, []);
  return bare(204, [[names.writeStatus, status], [names.cacheControl, cacheControl.other]]);
}

/**
 * @param {{items: import("../store.js").Listed[], next: string | null, pending: number | null}} page
 * @param {string} collection
 * @param {import("./query.js").ListQuery} query
 * @returns {Answer}
 */
export function listAnswer({ items, next, pending }, collection, query) {
  // The documents are canonical already, so the list is put together from their bytes.
  const pieces = items.flatMap(({ id, etag, body }, index) => [
    Buffer.from(`${index === 0 ? "" : ","}{"doc":`), body, Buffer.from(`,"etag":"${etag}","id":"${id}"}`),
  ]);
  const body = Buffer.concat([Buffer.from('{"items":['), ...pieces, Buffer.from(`],"next":${canonical(next)}}`)]);
  const link = next === null ? [] : [[names.link, nextLink(collection, query, next)]];
  const waiting = pending === null ? [] : [[names.pendingWrites, String(pending)]];
  return full(200, media.json, body, [...link, ...waiting, [names.cacheControl, cacheControl.other]]);
}

/** @param {string} resource @returns {Answer} */
export function optionsAnswer(resource) {
  const patch = resource === "document" ? [[names.acceptPatch, media.mergePatch]] : [];
  return bare(204, [[names.allow, allowOf(resource)], ...patch, [names.cacheControl, cacheControl.other]]);
}

/** @param {object} page what a status page says @param {boolean} [isGood] @returns {Answer} */
export function pageAnswer(page, isGood = true) {
  const retry = isGood ? [] : [[names.retryAfter, String(problems.cacheUnavailable.retryAfterS)]];
  return full(isGood ? 200 : UNAVAILABLE, media.json, canonical(page), [...retry, [names.cacheControl, cacheControl.other]]);
}

/**
 * @param {import("../errors.js").Problem} problem
 * @param {{method: string, resource: string | null}} request
 * @returns {Answer}
 */
export function problemAnswer({ fact, cache }, { method, resource }) {
  const headers = [[names.cacheControl, cacheControl.other]];
  const told = fact.status === UNAVAILABLE ? null : cache;
  if (told !== null) headers.push([names.cacheStatus, told]);
  if (fact.retryAfterS !== null) headers.push([names.retryAfter, String(fact.retryAfterS)]);
  if (fact === NOT_ALLOWED) headers.push([names.allow, allowOf(resource)]);
  if (fact === WRONG_MEDIA && method === "PATCH") headers.push([names.acceptPatch, media.mergePatch]);
  return full(fact.status, media.problem, fact.body, headers, { problem: fact.slug, cache: told });
}

function receipt(wanted, { collection, id, etag, status: told }, headers) {
  const status = told === writeStatus.unknownBase ? ACCEPTED : wanted;
  const location = status === 201 ? [[names.location, `/v1/${collection}/${id}`]] : [];
  const more = [[names.writeStatus, told], [names.cacheControl, cacheControl.other]];
  return full(status, media.json, canonical({ collection, etag, id }), [...headers, ...location, ...more]);
}

function full(status, type, body, headers, told = {}) {
  const own = [[names.contentType, type], [names.contentLength, String(Buffer.byteLength(body))]];
  return { status, headers: [...own, ...headers], body, problem: null, cache: null, ...told };
}

// RFC 9110 §8.6: a 204 has no Content-Length, and a 304 needs none.
function bare(status, headers, told = {}) {
  return { status, headers, body: "", problem: null, cache: null, ...told };
}

function quoted(etag) {
  return `"${etag}"`;
}
