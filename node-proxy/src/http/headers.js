/** Reads the header fields that a request is judged by. */

import { Problem } from "../errors.js";
import { limits, names, problems } from "../generated/contract.js";

const EXPECTED = "100-continue";
const CHUNKED = "chunked";
const NO_CACHE = "no-cache";

/** The header fields of a request; lines of one name are joined, as every server may have done before us. */
export class Headers {
  #values = new Map();

  /**
   * @param {readonly string[]} rawHeaders names and values in turn, as node:http has them
   * @throws {Problem} headers-too-large
   */
  constructor(rawHeaders) {
    for (let at = 0; at < rawHeaders.length; at += 2) this.#add(rawHeaders[at].toLowerCase(), trimmed(rawHeaders[at + 1]));
    let bytes = 0;
    for (const [name, value] of this.#values) bytes += name.length + value.length + limits.headerOverheadBytes;
    if (this.#values.size > limits.headerNames || bytes > limits.headerBytes) throw new Problem(problems.headersTooLarge);
  }

  #add(name, value) {
    const before = this.#values.get(name);
    this.#values.set(name, before === undefined ? value : `${before}, ${value}`);
  }

  /** @param {string} name an entry of `names` @returns {string | null} the joined value */
  value(name) {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  /** @returns {Iterable<string>} in lower case */
  names() {
    return this.#values.keys();
  }
}

/**
 * What makes a request well-formed whatever it asks for (check 5 of contract.md §1).
 * @param {Headers} headers
 * @param {string} httpVersion
 * @throws {Problem} bad-request, expectation-failed
 */
export function checkSyntax(headers, httpVersion) {
  for (const name of headers.names()) if (name.includes("_")) bad(problems.badRequest);
  // A server that joins lines shows two Hosts as one with a comma.
  const host = headers.value(names.host);
  if (host === null ? httpVersion !== "1.0" : host.includes(",")) bad(problems.badRequest);
  const coding = headers.value(names.transferEncoding);
  const hasLength = headers.value(names.contentLength) !== null;
  if (coding !== null && (hasLength || coding.toLowerCase() !== CHUNKED)) bad(problems.badRequest);
  const expectation = headers.value(names.expect);
  if (expectation !== null && expectation.toLowerCase() !== EXPECTED) bad(problems.expectationFailed);
}

/**
 * @param {Headers} headers
 * @returns {import("../documents/preconditions.js").Preconditions}
 * @throws {Problem} bad-header
 */
export function preconditionsOf(headers) {
  return { ifMatch: tagList(headers.value(names.ifMatch)), ifNoneMatch: tagList(headers.value(names.ifNoneMatch)) };
}

const TAG = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e]*)"[ \t]*)?(,|$)/y;

/**
 * `*` or a list of entity tags (RFC 9110 §8.8.3, §13.1.1); empty members are skipped, an empty list is none.
 * @param {string | null} value
 * @returns {import("../documents/preconditions.js").TagList | null}
 * @throws {Problem} bad-header
 */
export function tagList(value) {
  if (value === null || value === "*") return value;
  const tags = [];
  TAG.lastIndex = 0;
  for (let more = true; more; ) {
    const [, weak, tag, comma] = TAG.exec(value) ?? bad(problems.badHeader);
    if (tag !== undefined) tags.push({ tag, isWeak: weak !== undefined });
    more = comma === ",";
  }
  if (tags.length === 0) bad(problems.badHeader);
  return tags;
}

const IDEMPOTENCY_KEY = new RegExp(`^("?)([!#-~]{1,${limits.idempotencyKeyBytes}})\\1$`);

/**
 * @param {Headers} headers
 * @returns {string | null} the key without its quotes
 * @throws {Problem} bad-header
 */
export function idempotencyKeyOf(headers) {
  const value = headers.value(names.idempotencyKey);
  if (value === null) return null;
  return (IDEMPOTENCY_KEY.exec(value) ?? bad(problems.badHeader))[2];
}

/**
 * Whether the client wants to go past the cache (RFC 9111 §5.2.1.4).
 * @param {Headers} headers
 */
export function wantsNoCache(headers) {
  return membersOf(headers.value(names.cacheControl)).includes(NO_CACHE);
}

/**
 * The members of a comma list in lower case.
 * @param {string | null} value
 * @returns {string[]}
 */
export function membersOf(value) {
  return value === null ? [] : value.split(",").map((member) => trimmed(member).toLowerCase());
}

// By hand: a pattern would look at inner white space again and again.
function trimmed(value) {
  let [from, to] = [0, value.length];
  while (isSpace(value[from])) from += 1;
  while (to > from && isSpace(value[to - 1])) to -= 1;
  return value.slice(from, to);
}

function isSpace(char) {
  return char === " " || char === "\t";
}

function bad(fact) {
  throw new Problem(fact);
}
