/** Deletes a document, leaving a tombstone. */

import { guard } from "../cache.js";
import { Problem } from "../errors.js";
import { problems } from "../generated/contract.js";
import { etagOf, TOMBSTONE } from "../store.js";
import { isConditional, judgeExisting } from "./preconditions.js";

/**
 * @param {import("../documents.js").Place} place
 * @param {{id: string, preconditions: import("./preconditions.js").Preconditions}} input
 * @returns {Promise<{status: string}>} the Write-Status
 * @throws {Problem} document-not-found, precondition-required, precondition-failed, or what a write throws
 */
export async function remove(place, { id, preconditions }) {
  place.admit();
  const known = isConditional(preconditions) || place.route.requireMatch ? guard.decide : guard.exists;
  const { status } = await place.cache.write(place.collection, id, (current) => {
    const isUnchanged = judgeExisting(preconditions, etagOf(current), place.route.requireMatch);
    if (!isUnchanged) throw new Problem(problems.preconditionFailed);
    return { row: TOMBSTONE, result: null };
  }, { guard: known });
  return { status };
}
