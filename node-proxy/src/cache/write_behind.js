/** The cache mode in which Redis is the authority for what is dirty: a write waits there, and the queue stores it. */

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { guard } from "../cache.js";
import { isProblem, Problem } from "../errors.js";
import { cacheStatus, limits, problems, record, writeStatus } from "../generated/contract.js";
import { backlog } from "../redis.js";
import { deadlineIn, rowOfFields, standIn } from "../store.js";
import { Lease, verdict } from "./lease.js";
import { decode } from "./record.js";

/** What the script `put` calls the guards that need no look, and a kind of document for which they hold. */
const UNSEEN = new Map([
  [guard.none, { text: "", kind: record.absent, canGoBlind: true }],
  [guard.exists, { text: "exists", kind: record.value, canGoBlind: true }],
  [guard.absent, { text: "absent", kind: record.absent, canGoBlind: false }],
]);
/** Nothing is known of the base, or nothing need be. */
const UNKNOWN = Object.freeze({ base: "", token: "", row: null, isBlind: false });
const NEVER_USED = Object.freeze({ ...UNKNOWN, base: `0${record.separator}${record.absent}` });
const BLIND = Object.freeze({ ...UNKNOWN, isBlind: true });

/** @implements {import("../cache.js").Cache} */
export class WriteBehind {
  #store;
  #redis;
  #route;
  #counters;
  #onPut;
  #lease;

  /**
   * @param {object} parts
   * @param {import("../store.js").Store} parts.store
   * @param {import("../redis.js").Redis} parts.redis
   * @param {{ttlMs: number, negativeTtlMs: number, delayMs: number, maxPending: number}} parts.route
   * @param {import("../metrics.js").Counters} parts.counters
   * @param {(collection: string) => void} parts.onPut told of every write that was accepted
   */
  constructor({ store, redis, route, counters, onPut }) {
    this.#store = store;
    this.#redis = redis;
    this.#route = route;
    this.#counters = counters;
    this.#onPut = onPut;
    this.#lease = new Lease({ store, route, counters, inVain });
  }

  async read(collection, id, isPastCache) {
    const visit = this.#visit(collection, id, true);
    const found = isPastCache ? await this.#pastCache(visit) : await this.#look(visit);
    const isHit = found.status === cacheStatus.hit || found.status === cacheStatus.pending;
    this.#counters.add(isHit ? "cache_hits" : "cache_misses");
    return found;
  }

  #visit(collection, id, isRead) {
    const link = this.#redis.link();
    return { link, keys: link.keys(collection, id), collection, id, isGarbage: false, isRead };
  }

  async #look(visit) {
    const bytes = await visit.link.get(visit.keys.entry);
    const row = decode(bytes);
    if (row !== null) return { row, status: cacheStatus.hit };
    visit.isGarbage = bytes !== null;
    return this.#lease.read(visit);
  }

  async #pastCache(visit) {
    const parts = await backlog.dirtyParts(visit.link, visit.keys.dirty);
    if (parts.every((part) => part === null)) return this.#lease.fromStore(visit, cacheStatus.request);
    return { row: rowOfFields(parts) ?? unavailable(), status: cacheStatus.pending };
  }

  async pending(collection, waitMs) {
    const link = this.#redis.link();
    if (waitMs !== null) await synced(link, collection, waitMs);
    return backlog.pendingOf(link, collection);
  }

  async write(collection, id, decide, { isNew = false, guard: wanted = guard.decide } = {}) {
    const visit = this.#visit(collection, id, false);
    const unseen = UNSEEN.get(isNew ? guard.none : wanted);
    const current = unseen === undefined ? (await this.#look(visit)).row : standIn(unseen.kind);
    const attempt = { current, text: unseen?.text ?? `=${current.n}`, decision: decide(current) };
    if (attempt.decision.row === null) return queued(attempt.decision);
    let from = isNew ? NEVER_USED : UNKNOWN;
    for (let tries = 0; tries < limits.writeTries; tries += 1) {
      const [answer, ...rest] = await this.#put(visit, attempt, from);
      if (answer === "ok") return queued(isNew ? attempt.decision : seenOn(rest[1].toString(), attempt, decide));
      if (answer === "blind") return { result: attempt.decision.result, status: writeStatus.unknownBase };
      if (answer === "full") throw new Problem(problems.backlogFull);
      if (answer === "needbase") {
        from = await this.#base(visit, unseen?.canGoBlind ?? false);
        continue;
      }
      attempt.current = rest[0].length === 0 ? from.row : (decode(rest[0]) ?? unavailable());
      attempt.decision = decide(attempt.current);
      if (attempt.decision.row === null) return queued(attempt.decision);
      attempt.text = `=${attempt.current.n}`;
      from = UNKNOWN;
    }
    throw new Problem(problems.contention);
  }

  async #put({ link, collection, id }, { text, decision: { row } }, { base, token, isBlind }) {
    const { delayMs, maxPending } = this.#route;
    const ttlMs = this.#lease.ttlMs(row.kind, id);
    const answer = await backlog.put(link, { collection, id }, { token, base, guard: text, isBlind, ...row, ttlMs, delayMs, maxPending });
    if (answer[0] === "ok" || answer[0] === "blind") this.#onPut(collection);
    return answer;
  }

  /** Reads the base under the lease, unless somebody else puts it into the cache first. */
  async #base(visit, canGoBlind) {
    const token = randomUUID();
    const { ended } = await this.#lease.take(visit, token);
    if (ended === verdict.pending || ended === verdict.hit) return UNKNOWN;
    // Without memory for a lease there is none for the write either.
    if (ended === verdict.bypass) throw new Problem(problems.backlogFull);
    try {
      if (ended === verdict.vain) throw new Problem(problems.storeUnavailable);
      const { row } = await this.#lease.readUnder(visit, token);
      return { base: `${row.n}${record.separator}${row.kind}`, token, row, isBlind: false };
    } catch (error) {
      if (canGoBlind && isProblem(error, problems.storeUnavailable)) return BLIND;
      throw error;
    }
  }
}

/** Waits until what was pending when it was asked is in the store. */
async function synced(link, collection, waitMs) {
  const deadline = deadlineIn(waitMs);
  let arrival = null;
  for (;;) {
    const { now, since } = await backlog.oldestOf(link, collection);
    arrival ??= now;
    if (since === null || since > arrival) return;
    if (performance.now() >= deadline) throw new Problem(problems.notSynced);
    await pause(limits.waitIntervalMs);
  }
}

/** The store may be behind what was acknowledged, so nothing is read from it without the lease. */
function inVain() {
  throw new Problem(problems.storeUnavailable);
}

/** The decision as it is on a document of this kind, which is all that Redis has told of it. */
function seenOn(kind, { current, decision }, decide) {
  return current.kind === kind ? decision : decide(standIn(kind));
}

function queued({ result }) {
  return { result, status: writeStatus.queued };
}

function unavailable() {
  throw new Problem(problems.cacheUnavailable);
}
