/** Keeps this proxy in the fleet of its routing file, and says when it may not serve. */

import { Problem } from "./errors.js";
import { durability, faults, limits, problems, reason, scripts } from "./generated/contract.js";
import { fleetKey, isAnswer } from "./redis.js";

const POLICY = "maxmemory-policy";
const SAFE_POLICY = /^(noeviction|volatile-.*)$/;

/**
 * @typedef {object} Refusal why this proxy may not start
 * @property {object} fault an entry of `faults`
 * @property {{name?: string, value?: string, expected?: string}} [values] of the setting that is unsafe
 */

export class Fleet {
  #member;
  #needsSafety;
  #needsDurability;
  #redis = null;
  #timer = null;
  #wasReached = false;
  #isRefused = false;
  #liveUntil = 0;
  /** @type {Refusal | null} */
  #unsafe = null;

  /**
   * @param {object} options
   * @param {string} options.hash
   * @param {string} options.id of this proxy
   * @param {boolean} options.needsSafety whether a route caches
   * @param {boolean} [options.needsDurability] whether what is acknowledged on a route must survive a kill of Redis
   */
  constructor({ hash, id, needsSafety, needsDurability = false }) {
    this.#member = [hash, id];
    this.#needsSafety = needsSafety;
    this.#needsDurability = needsDurability;
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

  /** Whether this proxy is in the fleet for some time yet. */
  get isMember() {
    return !this.#isRefused && performance.now() < this.#liveUntil;
  }

  /** Whether this proxy may take from the queues. */
  get isDraining() {
    return this.isMember && this.#unsafe === null;
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
    const wanted = this.#needsDurability ? durability : [];
    const [policy, ...values] = await Promise.all([POLICY, ...wanted.map(({ name }) => name)].map((name) => settingOf(link, name)));
    this.#unsafe = evictionRefusal(policy) ?? durabilityRefusal(wanted, values);
  }
}

function evictionRefusal(value) {
  if (value === undefined) return { fault: faults.unsafeUnknown };
  return SAFE_POLICY.test(value) ? null : { fault: faults.unsafeEviction, values: { value } };
}

/** The first setting with which what was acknowledged could be lost. */
function durabilityRefusal(wanted, values) {
  const wrong = wanted.findIndex(({ value }, index) => values[index] !== value);
  if (wrong < 0) return null;
  const { name, value: expected } = wanted[wrong];
  const value = values[wrong];
  return value === undefined ? { fault: faults.unsafeUnknown } : { fault: faults.unsafeDurability, values: { name, value, expected } };
}

/** @returns {Promise<string | undefined>} undefined where Redis does not tell */
async function settingOf(link, name) {
  try {
    const [, value] = await link.send(["CONFIG", "GET", name]);
    return value?.toString();
  } catch (error) {
    if (isAnswer(error)) return undefined;
    throw error;
  }
}
