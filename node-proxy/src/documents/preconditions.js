/** Judges If-Match and If-None-Match (RFC 9110 §13) against the document as it is. */

import { Problem } from "../errors.js";
import { problems } from "../generated/contract.js";

/**
 * @typedef {"*" | readonly {tag: string, isWeak: boolean}[]} TagList
 * @typedef {{ifMatch: TagList | null, ifNoneMatch: TagList | null}} Preconditions
 */

/**
 * Checks 10 and 11 of contract.md §1 for an operation that needs the document.
 * @param {Preconditions} preconditions
 * @param {string | null} etag of the current document, null where there is none
 * @param {boolean} [isRequired] whether the route takes conditional writes only
 * @returns {boolean} false where If-None-Match says that the client has this document already
 * @throws {Problem} document-not-found, precondition-required, precondition-failed
 */
export function judgeExisting(preconditions, etag, isRequired = false) {
  if (etag === null) throw new Problem(problems.documentNotFound);
  if (isRequired) demandPrecondition(preconditions);
  return judge(preconditions, etag);
}

/**
 * The same for a write, to which a match of If-None-Match is as much of a hindrance.
 * @param {Preconditions} preconditions
 * @param {string | null} etag
 * @throws {Problem} precondition-failed
 */
export function judgeWrite(preconditions, etag) {
  if (!judge(preconditions, etag)) throw new Problem(problems.preconditionFailed);
}

/**
 * Whether there is any precondition.
 * @param {Preconditions} preconditions
 */
export function isConditional({ ifMatch, ifNoneMatch }) {
  return ifMatch !== null || ifNoneMatch !== null;
}

/**
 * @param {Preconditions} preconditions
 * @throws {Problem} precondition-required where there is none
 */
export function demandPrecondition(preconditions) {
  if (!isConditional(preconditions)) throw new Problem(problems.preconditionRequired);
}

function judge({ ifMatch, ifNoneMatch }, etag) {
  if (ifMatch !== null && !isListed(ifMatch, etag, false)) throw new Problem(problems.preconditionFailed);
  return ifNoneMatch === null || !isListed(ifNoneMatch, etag, true);
}

// Strong comparison never matches a weak tag; ours are strong, so for the weak one only the opaque part counts.
function isListed(list, etag, takesWeak) {
  if (etag === null) return false;
  return list === "*" || list.some(({ tag, isWeak }) => tag === etag && (takesWeak || !isWeak));
}
