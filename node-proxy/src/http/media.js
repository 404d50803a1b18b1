/** Judges what a body is said to be: Content-Type and Content-Encoding (RFC 9110 §8.3, §8.4). */

import { Problem } from "../errors.js";
import { names, problems } from "../generated/contract.js";
import { membersOf } from "./headers.js";

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"((?:[\\t !#-\\[\\]-~\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*)"';
// Nothing here can match the same white space in two ways: that would take quadratic time.
const MEDIA_TYPE = new RegExp(`^(${TOKEN}/${TOKEN})((?:[ \\t]*;(?:[ \\t]*${TOKEN}=(?:${TOKEN}|${QUOTED}))?)*)$`);
const PARAMETER = new RegExp(`(${TOKEN})=(?:(${TOKEN})|${QUOTED})`, "g");
const COMMA_OUTSIDE_QUOTES = /^(?:[^",]|"(?:[^"\\]|\\.)*(?:"|$))*,/s;

/**
 * What a body must not come with; a fault of the header, not of the media type. Two lines of Content-Type show as a comma.
 * @param {import("./headers.js").Headers} headers
 * @throws {Problem} bad-header
 */
export function checkBodyHeaders(headers) {
  const isTwice = COMMA_OUTSIDE_QUOTES.test(headers.value(names.contentType) ?? "");
  if (isTwice || headers.value(names.contentRange) !== null) bad(problems.badHeader);
}

/**
 * Whether a body of this type and without a coding comes (check 7 of contract.md §1).
 * @param {import("./headers.js").Headers} headers
 * @param {string} expected an entry of `media`
 * @throws {Problem} unsupported-media-type
 */
export function checkMediaType(headers, expected) {
  const [, type, parameters] = MEDIA_TYPE.exec(headers.value(names.contentType) ?? "") ?? bad(problems.unsupportedMediaType);
  if (type.toLowerCase() !== expected) bad(problems.unsupportedMediaType);
  for (const [, name, token, quoted] of parameters.matchAll(PARAMETER)) {
    const value = token ?? quoted.replace(/\\(.)/g, "$1");
    if (name.toLowerCase() === "charset" && value.toLowerCase() !== "utf-8") bad(problems.unsupportedMediaType);
  }
  const codings = membersOf(headers.value(names.contentEncoding));
  if (codings.some((coding) => coding !== "" && coding !== "identity")) bad(problems.unsupportedMediaType);
}

function bad(fact) {
  throw new Problem(fact);
}
