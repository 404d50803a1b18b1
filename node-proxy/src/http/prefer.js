/** Reads what a client would prefer (RFC 7240), as far as this service can do anything about it. */

import { limits, names } from "../generated/contract.js";

/** Commas inside quotes do not divide; a quote that is never closed takes the rest. */
const MEMBER = /(?:[^",]|"(?:[^"\\]|\\.)*(?:"|\\?$))+/gs;
const WAIT = new RegExp('^[ \\t]*wait[ \\t]*=[ \\t]*(?:([0-9]+)|"([0-9]+)")[ \\t]*(?:;.*)?$', "is");

/**
 * How long the client would wait (RFC 7240 §4.3): the first `wait` counts, a malformed member is none.
 * @param {import("./headers.js").Headers} headers
 * @returns {number | null} ms; null where it does not say
 */
export function waitOf(headers) {
  const value = headers.value(names.prefer);
  if (value === null) return null;
  for (const [member] of value.matchAll(MEMBER)) {
    const [, plain, quoted] = WAIT.exec(member) ?? [];
    const seconds = plain ?? quoted;
    if (seconds !== undefined) return Math.min(Number(seconds), limits.preferWaitS) * 1000;
  }
  return null;
}
