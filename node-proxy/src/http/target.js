/** Turns method and request target into the resource that is meant. */

import { Problem } from "../errors.js";
import { limits, methods, operations, problems } from "../generated/contract.js";

const COLLECTION = new RegExp(`^[a-z][a-z0-9-]{0,${limits.collectionBytes - 1}}$`);
const ID = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._~-]{0,${limits.idBytes - 1}}$`);
const VISIBLE = /^[\x21-\x7e]*$/;
const ABSOLUTE = /^https?:\/\/[^/]*/i;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

const STATUS_PAGES = new Map(operations.filter(({ path }) => path !== null).map(({ path, resource }) => [path, resource]));

/**
 * @typedef {object} Target
 * @property {"document" | "collection" | "live" | "ready" | "stats" | "server"} resource
 * @property {string} [collection]
 * @property {string} [id]
 * @property {string} query what follows the question mark, one character a byte
 */

/**
 * Checks 1 and 2 of contract.md §1.
 * @param {string} method
 * @param {string} target as received, one character a byte
 * @returns {Target}
 * @throws {Problem} unknown-method, target-too-long, bad-path or not-found
 */
export function locate(method, target) {
  if (!methods.includes(method)) throw new Problem(problems.unknownMethod);
  const mark = target.indexOf("?");
  const query = mark < 0 ? "" : target.slice(mark + 1);
  if (target.length > limits.targetBytes || query.length > limits.queryBytes) throw new Problem(problems.targetTooLong);
  if (target === "*" && method === "OPTIONS") return { resource: "server", query };
  return { ...resourceAt(mark < 0 ? target : target.slice(0, mark)), query };
}

/**
 * Whether text is the id of a document.
 * @param {string} text
 */
export function isId(text) {
  return ID.test(text);
}

/**
 * Decodes percent-escapes into bytes, written one character a byte.
 * @param {string} text
 * @returns {string | null} null where an escape is malformed
 */
export function unescaped(text) {
  if (BAD_ESCAPE.test(text)) return null;
  return text.replace(/%(..)/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
}

function resourceAt(raw) {
  if (!VISIBLE.test(raw) || raw.includes("#")) throw new Problem(problems.badPath);
  // RFC 9112 §3.2.2: a server takes the absolute form, too; an empty path is the root.
  const path = raw.replace(ABSOLUTE, "") || "/";
  if (!path.startsWith("/")) throw new Problem(problems.badPath);
  const segments = path.slice(1).split("/").map((segment) => unescaped(segment) ?? badPath());
  const page = STATUS_PAGES.get(`/${segments.join("/")}`);
  if (page !== undefined && !segments.some((segment) => segment.includes("/"))) return { resource: page };
  const [version, collection, id, ...rest] = segments;
  if (version !== "v1" || !collection || id === "" || rest.length > 0) throw new Problem(problems.notFound);
  if (!COLLECTION.test(collection)) badPath();
  if (id === undefined) return { resource: "collection", collection };
  if (!ID.test(id)) badPath();
  return { resource: "document", collection, id };
}

function badPath() {
  throw new Problem(problems.badPath);
}
