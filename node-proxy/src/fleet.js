/** Keeps this proxy in the fleet of its routing file, and says when it may not serve. */

import { Problem } from "./errors.js";
import { faults, limits, problems, reason, scripts } from "./generated/contract.js";
import { fleetKey, isAnswer } from "./redis.js";

const POLICY = "maxmemory-policy";
const SAFE_POLICY = /^(noeviction|volatile-.*)$/;

/**
 * @typedef {object} Refusal why this proxy may not start
 * @property {object} fault an entry of `faults`
 * @property {string} [value] of the setting that is unsafe
 */

export class Fleet {
  #member;
  #needsSafety;
  #redis = null;
  #timer = null;
  #wasReached = false;
  #isRefused = false;
  #liveUntil = 0;
  /** @type {Refusal | null} */
  #unsafe = null;

  /**
   * @param {{hash: string, id: string, needsSafety: boolean}} options `needsSafety`: whether a route caches
   */
  constructor({ hash, id, needsSafety }) {
    this.#member = [hash, id];
    this.#needsSafety = needsSafety;
  }

  /**
   * Asks on a new connection what the routes need, then joins.
   * @param {import("./redis/link.js").Link} link
   * @throws {Problem} cache-unavailable where Redis does not answer
   */
  async greet(link) {
    await this.#checkSafety(link);
    await this.#join(link);
    this.#wasReached = true;
  }

  /**
   * Joins again and again from now on.
   * @param {import("./redis.js").Redis} redis
   */
  start(redis) {
    this.#redis = redis;
    this.#timer = setInterval(() => this.#beat().catch(() => {}), limits.heartbeatIntervalMs);
  }

  /** Leaves, so that another routing file need not wait. */
  async leave() {
    clearInterval(this.#timer);
    if (!this.#redis?.isConnected) return;
    await this.#redis.link().run(scripts.join, [fleetKey], [...this.#member, "0"]).catch(() => {});
  }

  /** @returns {Refusal | null} what forbids to start, once Redis was asked */
  refusal() {
    return this.#unsafe ?? (this.#isRefused ? { fault: faults.anotherFleet } : null);
  }

  /**
   * Lets a request pass, or not (protocol.md §8).
   * @param {boolean} isCaching whether its route caches
   * @throws {Problem} cache-unavailable
   */
  admit(isCaching) {
    const isBarred = isCaching && (!this.#wasReached || this.#unsafe !== null);
    if (isBarred || this.#isOutside()) throw new Problem(problems.cacheUnavailable);
  }

  /** @returns {string[]} why this proxy is not ready, as far as the fleet is concerned */
  reasons() {
    return this.#unsafe !== null || this.#isOutside() ? [reason.cacheUnsafe] : [];
  }

  /** A proxy that was refused is outside; one whose membership ran out only while Redis answers. */
  #isOutside() {
    if (this.#redis === null) return false;
    return this.#isRefused || (this.#redis.isConnected && performance.now() >= this.#liveUntil);
  }

  async #beat() {
    if (!this.#redis.isConnected) {
      await this.#redis.connect();
      return;
    }
    const link = this.#redis.link();
    if (this.#unsafe !== null) await this.#checkSafety(link);
    await this.#join(link);
  }

  async #join(link) {
    const sentAt = performance.now();
    const answer = await link.run(scripts.join, [fleetKey], [...this.#member, String(limits.fleetLiveMs)]);
    this.#isRefused = answer === 0;
    if (!this.#isRefused) this.#liveUntil = sentAt + limits.fleetLiveMs;
  }

  async #checkSafety(link) {
    if (!this.#needsSafety) return;
    const value = await policyOf(link);
    if (value === undefined) this.#unsafe = { fault: faults.unsafeUnknown };
    else this.#unsafe = SAFE_POLICY.test(value) ? null : { fault: faults.unsafeEviction, value };
  }
}

/** @returns {Promise<string | undefined>} undefined where Redis does not tell */
async function policyOf(link) {
  try {
    const [, value] = await link.send(["CONFIG", "GET", POLICY]);
    return value?.toString();
  } catch (error) {
    if (isAnswer(error)) return undefined;
    throw error;
  }
}
