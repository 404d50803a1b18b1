/** Bounds waiting by a moment after which nobody waits any more. */

/** The time was up. */
export class TimedOut extends Error {
  constructor() {
    super("timed out");
  }
}

/**
 * The moment so many ms from now, on the monotonic clock.
 * @param {number} ms
 */
export function deadlineIn(ms) {
  return performance.now() + ms;
}

/**
 * How much time is left.
 * @param {number} deadline
 * @returns {number} ms, 0 once it is over
 */
export function remainingMs(deadline) {
  return Math.max(0, deadline - performance.now());
}

/**
 * Waits for work until the deadline; what it yields afterwards is nobody's.
 * @template T
 * @param {number} deadline
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 * @throws {TimedOut}
 */
export function before(deadline, work) {
  return new Promise((resolve, reject) => {
    // Where this process was busy itself, the answer may lie there unread: sockets are looked at before setImmediate.
    const timer = setTimeout(() => setImmediate(() => reject(new TimedOut())), remainingMs(deadline));
    const settled = (settle) => (value) => {
      clearTimeout(timer);
      settle(value);
    };
    work.then(settled(resolve), settled(reject));
  });
}
