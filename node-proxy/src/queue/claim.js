/** One round of the drain: claims what is due in one queue, stores it, and ends its wait. */

import { isProblem } from "../errors.js";
import { event, limits, problems } from "../generated/contract.js";
import { backlog } from "../redis.js";
import { deadlineIn, rowOfFields, TimedOut } from "../store.js";

/**
 * @typedef {object} Round
 * @property {import("../redis/link.js").Link} link
 * @property {string} collection
 * @property {import("../config.js").Route} route
 * @property {import("../store.js").Store} store
 * @property {import("./backoff.js").Backoff} backoff of the store
 * @property {import("../metrics.js").Counters} counters
 * @property {import("../log.js").Log} log
 */

/**
 * @param {Round} round
 * @returns {Promise<{pending: number, isFull: boolean}>} how many waited when it was asked, and whether there may be more
 *   that is due
 * @throws {import("../errors.js").Problem} cache-unavailable where Redis fails, or refuses this queue
 */
export async function claimAndStore(round) {
  const { link, collection, store, backoff } = round;
  const wanted = backoff.rows;
  const visibilityMs = limits.visibilityFactor * store.timeoutMs;
  const { rows, pending, time } = await backlog.claim(link, collection, { rows: wanted, bytes: limits.claimBytes, visibilityMs });
  const whole = rows.flatMap(wholeRows);
  if (whole.length === 0) return { pending, isFull: false };
  const batch = await store.putNewer(collection, whole, deadlineIn(store.timeoutMs));
  const refused = [...batch.refused, ...(await judged(round, whole, batch.fault))];
  await settled(round, { stored: batch.stored, refused, time });
  const bytes = rows.reduce((sum, { record: [, , , body] }) => sum + body.length, 0);
  // The next row did not fit, or may not have.
  const isFull = rows.length >= wanted || bytes > limits.claimBytes - limits.bodyBytes;
  return { pending, isFull: isFull && batch.fault === null };
}

/** The row as stores take it; what does not form one is left where it is. */
function wholeRows({ id, n: digits, record }) {
  const row = rowOfFields(record);
  return row !== null && row.n > 0 ? [{ id, ...row, digits }] : [];
}

/** What a batch says of the store; gives the row that is refused, should the fault be that row's. */
async function judged({ store, backoff, counters }, rows, fault) {
  if (fault === null) {
    backoff.succeed();
    return [];
  }
  counters.add("drain_retries");
  const isLate = fault.cause instanceof TimedOut;
  if (isLate && rows.length === 1 && (await answers(store))) return rows;
  backoff.fail(rows.length, isLate);
  return [];
}

async function answers(store) {
  try {
    await store.ping(deadlineIn(store.timeoutMs));
    return true;
  } catch (error) {
    if (isProblem(error, problems.storeUnavailable)) return false;
    throw error;
  }
}

async function settled({ link, collection, route, counters, log }, { stored, refused, time }) {
  counters.add("drained", stored.length);
  const versions = (rows) => rows.map(({ id, digits }) => ({ id, n: digits }));
  const { delayMs } = route;
  const ended = backlog.done(link, collection, versions(stored), { delayMs, time });
  const noted = versions(refused).map(async (version) => {
    const isNew = await backlog.refuse(link, collection, version, limits.refusedPauseMs);
    if (isNew) log.line(event.refused, { collection, id: version.id, n: Number(version.n), store: route.store });
  });
  await Promise.all([ended, ...noted]);
}
