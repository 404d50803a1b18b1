/** What Redis keeps of writes that are not in the store yet: taken in, handed out, ended and counted. */

import { Problem } from "../errors.js";
import { problems, scripts } from "../generated/contract.js";
import { dirtyKeyOf, queueKeysOf, queuesKey } from "./keys.js";
import { isAnswer, isUnsent } from "./link.js";

/** Collections that are asked about in one round trip. */
const COUNTED_AT_ONCE = 100;

/** For each connection the collections that it has noted in the set of queues, or is noting. */
const noted = new WeakMap();

/**
 * @typedef {object} Put what the script `put` takes
 * @property {string} token of the lease under which the base was read; empty: none
 * @property {string} base `n|kind`; empty: unknown
 * @property {string} guard empty, `exists`, `absent` or `=n`
 * @property {boolean} isBlind goes without a base
 * @property {string} kind
 * @property {string} etag
 * @property {Buffer} body
 * @property {number} ttlMs of the entry, 0: none
 * @property {number} delayMs
 * @property {number} maxPending
 *
 * @typedef {object} Claimed
 * @property {{id: string, n: string, record: Buffer[]}[]} rows `record` has n, kind, etag and body
 * @property {number} pending how many wait, these included
 * @property {string} time of the claim, ms
 *
 * @typedef {object} Count
 * @property {number | null} pending null where the queue is broken
 * @property {number | null} since TIME in ms of the oldest that waits
 * @property {number} refused
 */

/**
 * Accepts a write, or says why not.
 * @param {import("./link.js").Link} link
 * @param {{collection: string, id: string}} key
 * @param {Put} write
 * @returns {Promise<[string, ...unknown[]]>} the verdict, then what the script says of it
 * @throws {Problem} backlog-full, cache-unavailable (certainly not written) or outcome-unknown
 */
export async function put(link, { collection, id }, write) {
  const { entry, lease, dirty } = link.keys(collection, id);
  const { queue, since, last, refused } = queueKeysOf(collection);
  const { token, base, guard, isBlind, kind, etag, body, ttlMs, delayMs, maxPending } = write;
  const values = [id, token, base, guard, isBlind ? "1" : "0", kind, etag, body, String(ttlMs), String(delayMs), String(maxPending)];
  try {
    // Alone, so that a write is never accepted into a queue that nobody knows.
    await noteQueue(link, collection);
  } catch (error) {
    throw new Problem(isAnswer(error, "OOM") ? problems.backlogFull : problems.cacheUnavailable, { cause: error.cause });
  }
  try {
    const [verdict, ...rest] = await link.run(scripts.put, [entry, lease, dirty, queue, since, last, refused], values);
    return [verdict.toString(), ...rest];
  } catch (error) {
    throw new Problem(meaningOf(error), { cause: error.cause });
  }
}

/** Notes the collection in the set of queues, once on each connection. */
function noteQueue(link, collection) {
  if (!noted.has(link)) noted.set(link, new Map());
  const known = noted.get(link);
  if (!known.has(collection)) {
    const sent = link.send(["SADD", queuesKey, collection]);
    known.set(collection, sent);
    sent.catch(() => known.delete(collection));
  }
  return known.get(collection);
}

function meaningOf(error) {
  if (isAnswer(error, "OOM")) return problems.backlogFull;
  return isAnswer(error) || isUnsent(error) ? problems.cacheUnavailable : problems.outcomeUnknown;
}

/**
 * The dirty record of a document, past all scripts.
 * @param {import("./link.js").Link} link
 * @param {string} key of the record
 * @returns {Promise<(Buffer | null)[]>} n, kind, etag and body
 */
export function dirtyParts(link, key) {
  return link.send(["HMGET", key, "n", "k", "e", "b"]);
}

/**
 * Takes what is due out of sight for a while.
 * @param {import("./link.js").Link} link
 * @param {string} collection
 * @param {{rows: number, bytes: number, visibilityMs: number}} limit
 * @returns {Promise<Claimed>}
 */
export async function claim(link, collection, { rows, bytes, visibilityMs }) {
  const { queue, since } = queueKeysOf(collection);
  const keys = [queue, since, dirtyKeyOf(collection, "")];
  const [flat, pending, time] = await link.run(scripts.claim, keys, [rows, bytes, visibilityMs].map(String));
  const found = [];
  for (let at = 0; at < flat.length; at += 5) {
    const [id, ...record] = flat.slice(at, at + 5);
    found.push({ id: id.toString("latin1"), n: record[0].toString(), record });
  }
  return { rows: found, pending, time: time.toString() };
}

/**
 * Ends the wait of rows that the store has; all in one round trip.
 * @param {import("./link.js").Link} link
 * @param {string} collection
 * @param {{id: string, n: string}[]} rows
 * @param {{delayMs: number, time: string}} of `time`: of the claim
 */
export async function done(link, collection, rows, { delayMs, time }) {
  const { queue, since, refused } = queueKeysOf(collection);
  await Promise.all(rows.map(({ id, n }) =>
    link.run(scripts.done, [queue, since, dirtyKeyOf(collection, id), refused], [id, n, String(delayMs), time])));
}

/**
 * Notes a row that the store refuses for what it is.
 * @param {import("./link.js").Link} link
 * @param {string} collection
 * @param {{id: string, n: string}} row
 * @param {number} pauseMs until it is tried again
 * @returns {Promise<boolean>} whether this version was not noted before
 */
export async function refuse(link, collection, { id, n }, pauseMs) {
  const { queue, refused } = queueKeysOf(collection);
  const answer = await link.run(scripts.refuse, [queue, dirtyKeyOf(collection, id), refused], [id, n, String(pauseMs)]);
  return answer.toString() === "refused";
}

/** How many documents of a collection wait. @returns {Promise<number>} */
export function pendingOf(link, collection) {
  return link.send(["ZCARD", queueKeysOf(collection).queue]);
}

/**
 * Since when the oldest waits, and what time it is; one round trip.
 * @returns {Promise<{now: number, since: number | null}>} ms of Redis TIME
 */
export async function oldestOf(link, collection) {
  const [now, oldest] = await Promise.all([timeOf(link), link.send(oldestCommand(collection))]);
  return { now, since: scoreOf(oldest) };
}

/** Makes everything due that waits in a collection. */
export function makeDue(link, collection) {
  const { queue } = queueKeysOf(collection);
  return link.send(["ZUNIONSTORE", queue, "1", queue, "WEIGHTS", "0"]);
}

/** Every collection that ever had a dirty document. @returns {Promise<string[]>} */
export async function collections(link) {
  return (await link.send(["SMEMBERS", queuesKey])).map((name) => name.toString("latin1")).sort();
}

/**
 * Counts what waits in each collection. What is broken in Redis is not counted: its own requests tell of it.
 * @param {import("./link.js").Link} link
 * @param {string[]} names
 * @returns {Promise<{now: number, counts: Map<string, Count>}>} `now`: TIME in ms
 */
export async function countAll(link, names) {
  const now = await timeOf(link);
  const counts = await inTurns(names, async (name) => {
    const { queue, refused } = queueKeysOf(name);
    const commands = [["ZCARD", queue], oldestCommand(name), ["HLEN", refused]];
    const [pending, oldest, turned] = await Promise.all(commands.map((command) => orNothing(link.send(command))));
    return { pending, since: scoreOf(oldest ?? []), refused: turned ?? 0 };
  });
  return { now, counts };
}

/**
 * How many documents wait in each collection; null where its queue is broken.
 * @returns {Promise<Map<string, number | null>>}
 */
export function pendingOfAll(link, names) {
  return inTurns(names, (name) => orNothing(pendingOf(link, name)));
}

/** So many at once and no more, so that others on this connection get their turn. */
async function inTurns(names, ask) {
  const found = new Map();
  for (let at = 0; at < names.length; at += COUNTED_AT_ONCE) {
    const some = names.slice(at, at + COUNTED_AT_ONCE);
    const answers = await Promise.all(some.map(ask));
    some.forEach((name, index) => found.set(name, answers[index]));
  }
  return found;
}

async function orNothing(sent) {
  try {
    return await sent;
  } catch (error) {
    if (isAnswer(error)) return null;
    throw error;
  }
}

function oldestCommand(collection) {
  return ["ZRANGE", queueKeysOf(collection).since, "0", "0", "WITHSCORES"];
}

function scoreOf([, score]) {
  return score === undefined ? null : Number(score);
}

async function timeOf(link) {
  const [seconds, micros] = await link.send(["TIME"]);
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
