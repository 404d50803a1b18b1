/** Reads the command line. */

import { isListen } from "./address.js";
import { usageError } from "./messages.js";

const MOST_WORKERS = 256;
const LEVELS = ["requests", "events", "none"];

/** What a value has to be, by option; flags take none. */
const VALUES = new Map([
  ["config", () => true],
  ["listen", isListen],
  ["workers", (value) => /^[1-9][0-9]{0,2}$/.test(value) && Number(value) <= MOST_WORKERS],
  ["log", (value) => LEVELS.includes(value)],
  ["health", isListen],
]);
const FLAGS = new Set(["check", "version", "help"]);

/**
 * @typedef {object} Arguments
 * @property {string | null} config path of the routing file
 * @property {string | null} listen
 * @property {number | null} workers
 * @property {"requests" | "events" | "none" | null} log
 * @property {boolean} check
 * @property {string | null} health HOST:PORT of a running proxy
 * @property {boolean} version
 * @property {boolean} help
 */

/**
 * Reads all arguments; of repeated ones the last counts.
 * @param {readonly string[]} words
 * @returns {Arguments}
 * @throws {import("./messages.js").StartError} for the first fault
 */
export function readArguments(words) {
  const found = { config: null, listen: null, workers: null, log: null, check: false, health: null, version: false, help: false };
  for (const rest = [...words]; rest.length > 0; ) {
    const [name, value] = readOption(rest);
    found[name] = name === "workers" ? Number(value) : value;
  }
  const isEnough = found.help || found.version || found.health !== null || found.config !== null;
  if (!isEnough) throw usageError("noConfig");
  return found;
}

/** Takes the next option off the words that are left. */
function readOption(rest) {
  const word = rest.shift();
  const [, name, inline] = /^--([a-z]+)(?:=(.*))?$/s.exec(word) ?? [];
  if (FLAGS.has(name)) {
    if (inline !== undefined) throw usageError("badValue", `--${name}`);
    return [name, true];
  }
  const isGood = VALUES.get(name);
  if (isGood === undefined) throw usageError("unknown", word);
  const isNextValue = inline === undefined && rest.length > 0 && !rest[0].startsWith("--");
  const value = isNextValue ? rest.shift() : (inline ?? "");
  if (value === "") throw usageError("noValue", `--${name}`);
  if (!isGood(value)) throw usageError("badValue", `--${name}`);
  return [name, value];
}
