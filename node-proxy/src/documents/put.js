/** Creates or replaces a document. */

import { guard } from "../cache.js";
import { record } from "../generated/contract.js";
import { etagOf } from "../store.js";
import { demandPrecondition, isConditional, judgeWrite } from "./preconditions.js";

/**
 * @param {import("../documents.js").Place} place
 * @param {{id: string, document: import("../documents.js").NewDocument,
 *   preconditions: import("./preconditions.js").Preconditions}} input
 * @returns {Promise<{etag: string, isCreated: boolean, status: string}>} `status` is the Write-Status
 * @throws {Problem} precondition-required, precondition-failed, or what a write throws
 */
export async function put(place, { id, document, preconditions }) {
  if (place.route.requireMatch) demandPrecondition(preconditions);
  place.admit();
  const known = isConditional(preconditions) ? guard.decide : guard.none;
  const { result, status } = await place.cache.write(place.collection, id, (current) => {
    judgeWrite(preconditions, etagOf(current));
    const row = { kind: record.value, etag: document.etag, body: document.bytes };
    return { row, result: { etag: document.etag, isCreated: current.kind !== record.value } };
  }, { guard: known });
  return { ...result, status };
}
