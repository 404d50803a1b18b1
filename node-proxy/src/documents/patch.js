/** Changes members of a document. */

import { Problem } from "../errors.js";
import { problems, record } from "../generated/contract.js";
import { canonical, etag, read } from "../json.js";
import { etagOf } from "../store.js";
import { judgeExisting } from "./preconditions.js";

/**
 * @param {import("../documents.js").Place} place
 * @param {{id: string, patch: Map<string, unknown>, limitBytes: number,
 *   preconditions: import("./preconditions.js").Preconditions}} input
 * @returns {Promise<{etag: string, status: string}>} `status` is the Write-Status
 * @throws {Problem} document-not-found, precondition-required, precondition-failed, body-too-large, or what a write throws
 */
export async function patch(place, input) {
  place.admit();
  const { result, status } = await place.cache.write(place.collection, input.id, (current) => {
    const isUnchanged = judgeExisting(input.preconditions, etagOf(current), place.route.requireMatch);
    if (!isUnchanged) throw new Problem(problems.preconditionFailed);
    const body = Buffer.from(canonical(merge(read(current.body), input.patch)));
    if (body.length > input.limitBytes) throw new Problem(problems.bodyTooLarge);
    const tag = etag(body);
    return { row: { kind: record.value, etag: tag, body }, result: { etag: tag } };
  });
  return { ...result, status };
}

/**
 * Merges a patch into a value (RFC 7396); arrays are replaced whole, null takes a member away.
 * @param {unknown} target
 * @param {unknown} change
 */
export function merge(target, change) {
  if (!(change instanceof Map)) return change;
  const merged = new Map(target instanceof Map ? target : []);
  for (const [name, value] of change) {
    if (value === null) merged.delete(name);
    else merged.set(name, merge(merged.get(name), value));
  }
  return merged;
}
