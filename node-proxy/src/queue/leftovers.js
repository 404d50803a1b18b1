/** Knows the collections that still wait for the store although their route is no longer write-behind. */

import { Problem } from "../errors.js";
import { problems } from "../generated/contract.js";
import { backlog, isAnswer } from "../redis.js";
import { mode, routeOf } from "../routing.js";

export class Leftovers {
  #routes;
  #waiting = new Set();
  #isMadeDue = false;

  /** @param {readonly import("../config.js").Route[]} routes */
  constructor(routes) {
    this.#routes = routes;
  }

  /**
   * Looks for them on a new connection.
   * @param {import("../redis/link.js").Link} link
   */
  async greet(link) {
    try {
      await this.look(link, await backlog.collections(link));
    } catch (error) {
      // What is broken in Redis keeps nobody from being connected.
      if (!isAnswer(error)) throw error;
    }
  }

  /**
   * Looks for them; the first time they are also made due, whatever delay they were given.
   * @param {import("../redis/link.js").Link} link
   * @param {string[]} collections that ever had a dirty document
   */
  async look(link, collections) {
    const counts = await backlog.pendingOfAll(link, collections.filter((collection) => this.#isMoved(collection)));
    for (const [collection, pending] of counts) this.tell(collection, pending);
    if (this.#isMadeDue) return;
    await Promise.all([...this.#waiting].map((collection) => backlog.makeDue(link, collection)));
    this.#isMadeDue = true;
  }

  /**
   * Takes in how many documents of a collection wait.
   * @param {string} collection
   * @param {number | null} pending null where its queue is broken, so that nobody knows
   */
  tell(collection, pending) {
    if (pending === 0) this.#waiting.delete(collection);
    else if (pending !== null && this.#isMoved(collection)) this.#waiting.add(collection);
  }

  /** Whether it has a route, of another mode. */
  #isMoved(collection) {
    const route = routeOf(this.#routes, collection);
    return route !== null && route.cache !== mode.writeBehind;
  }

  /**
   * Lets a request pass, or not: the store does not have everything yet.
   * @param {string} collection
   * @throws {Problem} not-synced
   */
  admit(collection) {
    if (this.#waiting.has(collection)) throw new Problem(problems.notSynced);
  }
}
