/** Reads the query of a list, writes that of its next page. */

import { Problem } from "../errors.js";
import { parse } from "../filter.js";
import { limits, problems } from "../generated/contract.js";
import { isId, unescaped } from "./target.js";

const LIMIT = /^[1-9][0-9]{0,3}$/;
const VISIBLE = /^[\x21-\x7e]*$/;

/**
 * @typedef {object} ListQuery
 * @property {number} limit
 * @property {string | null} after
 * @property {import("../filter.js").Filter | null} where
 */

/**
 * @param {string} query what follows the question mark, one character a byte
 * @returns {ListQuery}
 * @throws {Problem} bad-query
 */
export function readListQuery(query) {
  const values = valuesOf(query);
  const where = values.get("where");
  return {
    limit: limitOf(values.get("limit")),
    after: afterOf(values.get("after")),
    where: where === undefined ? null : parse(Buffer.from(where, "latin1")),
  };
}

/**
 * Where a query has no meaning only an empty one is taken.
 * @param {string} query
 * @throws {Problem} bad-query
 */
export function refuseQuery(query) {
  if (query !== "") bad();
}

/**
 * The Link of a page that has a next one.
 * @param {string} collection
 * @param {ListQuery} query
 * @param {string} next id after which it begins
 */
export function nextLink(collection, { limit, where }, next) {
  const filter = where === null ? "" : `&where=${where.escaped}`;
  return `</v1/${collection}?limit=${limit}&after=${next}${filter}>; rel="next"`;
}

/**
 * A target as the log may have it: without the values of `where`, which can hold what documents hold.
 * @param {string} target
 */
export function withoutWhere(target) {
  const mark = target.indexOf("?");
  if (mark < 0) return target;
  const parameters = target.slice(mark + 1).split("&").map((parameter) => {
    const [name] = parameter.split("=", 1);
    return decoded(name) === "where" && name !== parameter ? `${name}=` : parameter;
  });
  return `${target.slice(0, mark)}?${parameters.join("&")}`;
}

function valuesOf(query) {
  const values = new Map([["limit", undefined], ["after", undefined], ["where", undefined]]);
  if (query === "") return values;
  if (!VISIBLE.test(query)) bad();
  for (const parameter of query.split("&")) {
    const equals = parameter.indexOf("=");
    const name = decoded(parameter.slice(0, Math.max(equals, 0)));
    const isNew = values.has(name) && values.get(name) === undefined;
    if (!isNew) bad();
    values.set(name, decoded(parameter.slice(equals + 1)) ?? bad());
  }
  return values;
}

// In queries a plus is a space, as forms write it.
function decoded(text) {
  return unescaped(text.replaceAll("+", " "));
}

function limitOf(text) {
  if (text === undefined) return limits.listDefaultItems;
  if (!LIMIT.test(text) || Number(text) > limits.listMaxItems) bad();
  return Number(text);
}

function afterOf(text) {
  if (text === undefined) return null;
  return isId(text) ? text : bad();
}

function bad() {
  throw new Problem(problems.badQuery);
}
