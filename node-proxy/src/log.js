/** Writes one JSON object a line on stdout. */

import { event } from "./generated/contract.js";
import { canonical } from "./json.js";

/** What each level of `--log` lets through. */
const LEVELS = Object.freeze({
  requests: () => true,
  events: (name) => name !== event.request,
  none: () => false,
});

const DRIFT_MS = 2;

export class Log {
  #passes;
  #write;
  #lines = [];

  /**
   * @param {keyof LEVELS} level
   * @param {(text: string) => void} write takes whole lines
   */
  constructor(level, write) {
    this.#passes = LEVELS[level];
    this.#write = write;
  }

  /**
   * @param {string} name an entry of `event`
   * @param {Record<string, unknown>} [members] the event's other members but `time`
   */
  line(name, members = {}) {
    if (!this.#passes(name)) return;
    // Lines of one turn of the event loop are written at once.
    if (this.#lines.length === 0) setImmediate(() => this.flush());
    this.#lines.push(canonical({ ...members, event: name, time: now() }));
  }

  /** Writes what waits; before the process ends there is no other turn. */
  flush() {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#write(`${lines.join("\n")}\n`);
  }
}

let originMs = performance.timeOrigin;

/** RFC 3339 with microseconds; the monotonic clock gives the digits, the wall clock is followed when it is set. */
function now() {
  const wallMs = Date.now();
  if (Math.abs(originMs + performance.now() - wallMs) > DRIFT_MS) originMs = wallMs - performance.now();
  const micros = Math.floor((originMs + performance.now()) * 1000);
  const seconds = new Date(Math.floor(micros / 1000)).toISOString().slice(0, -4);
  return `${seconds}${String(micros % 1_000_000).padStart(6, "0")}Z`;
}
