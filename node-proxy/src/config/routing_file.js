/** Reads the routing file, and says what is the first thing wrong in it. */

import { createHash } from "node:crypto";
import { Problem } from "../errors.js";
import { faults, objects, settings } from "../generated/contract.js";
import { canonical, read } from "../json.js";
import { covers } from "../routing.js";
import { isListen, isUrl } from "./address.js";
import { Fault } from "./messages.js";

const STORE_NAME = /^[a-z][a-z0-9-]{0,31}$/;
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
const HASH_DIGITS = 32;

const TYPES = Object.freeze({
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  integer: (value) => Number.isInteger(value),
  object: (value) => value instanceof Map,
  array: (value) => Array.isArray(value),
});

/** The settings of an object, in the order in which they are looked at. */
const settingsOf = (group) => settings.filter((setting) => setting.group === group);

/**
 * @param {Buffer} bytes
 * @param {Record<string, string | undefined>} environment
 * @returns {{values: object, hash: string}} the settings by their native names, and the hash that names the fleet
 * @throws {Fault}
 */
export function readRoutingFile(bytes, environment) {
  const root = strictly(bytes);
  if (!(root instanceof Map)) throw new Fault(faults.wrongType, "", { expected: objects.root });
  return { values: new RoutingFile(environment).root(root), hash: hashOf(root) };
}

function strictly(bytes) {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof Problem) throw new Fault(faults.syntax, "", { slug: error.fact.slug });
    throw error;
  }
}

function hashOf(root) {
  const named = new Map(root);
  named.delete("listen");
  return createHash("sha256").update(canonical(named)).digest("hex").slice(0, HASH_DIGITS);
}

class RoutingFile {
  #environment;
  #storeNames = [];
  #matches = [];

  constructor(environment) {
    this.#environment = environment;
  }

  root(value) {
    const values = this.#object("root", value, "", (setting, found, pointer) => this.#rootChild(setting, found, pointer));
    const isCaching = values.routes.some(({ cache }) => cache !== "off");
    if (isCaching && values.redis === null) {
      const [{ expected: wanted }] = settingsOf("redis");
      throw new Fault(faults.missing, "/redis/url", { expected: wanted });
    }
    return values;
  }

  #rootChild({ key }, value, pointer) {
    switch (key) {
      case "redis":
        return this.#object("redis", value, pointer, (setting, text, at) => this.#url(setting, "redis", text, at));
      case "stores":
        return this.#stores(value, pointer);
      case "limits":
        return this.#object("limits", value, pointer);
      case "routes":
        return value.map((route, index) => this.#route(route, `${pointer}/${index}`));
      default:
        return value;
    }
  }

  #stores(stores, pointer) {
    this.#storeNames = [...stores.keys()].sort();
    return new Map(this.#storeNames.map((name) => {
      const at = child(pointer, name);
      if (!STORE_NAME.test(name)) throw new Fault(faults.badName, at);
      const look = (setting, value, place, { kind }) => this.#url(setting, kind, value, place);
      return [name, this.#object("store", stores.get(name), at, look)];
    }));
  }

  #route(route, pointer) {
    return this.#object("route", route, pointer, (setting, value, at) => {
      if (setting.key === "match") this.#checkMatch(value, at);
      if (setting.key === "store" && !this.#storeNames.includes(value)) {
        throw new Fault(faults.unknownStore, at, { known: this.#storeNames.join(", ") || "none" });
      }
      return value;
    });
  }

  #checkMatch(match, pointer) {
    const same = this.#matches.indexOf(match);
    if (same >= 0) throw new Fault(faults.duplicateMatch, pointer, { index: same });
    const wider = this.#matches.findIndex((earlier) => covers(earlier, match));
    if (wider >= 0) throw new Fault(faults.shadowedMatch, pointer, { index: wider });
    this.#matches.push(match);
  }

  #url({ key, expected: wanted }, kind, value, pointer) {
    if (key !== "url") return value;
    const url = value.replace(VARIABLE, (_, name) => {
      if (!Object.hasOwn(this.#environment, name)) throw new Fault(faults.unsetVariable, pointer, { name });
      return this.#environment[name];
    });
    if (!isUrl(kind, url)) throw new Fault(faults.badUrl, pointer, { expected: wanted });
    return url;
  }

  /**
   * Checks one object: unknown keys, then each setting whole before the next.
   * @param {string} group
   * @param {unknown} value
   * @param {string} pointer
   * @param {(setting: object, value: unknown, pointer: string, before: object) => unknown} [look] what else is to be
   *   checked of a setting that is there, and what becomes of it; `before` are the settings already read
   */
  #object(group, value, pointer, look = (_, found) => found) {
    if (!(value instanceof Map)) throw new Fault(faults.wrongType, pointer, { expected: objects[group] });
    const known = settingsOf(group);
    const unknown = [...value.keys()].sort().find((key) => !known.some((setting) => setting.key === key));
    if (unknown !== undefined) {
      throw new Fault(faults.unknownKey, child(pointer, unknown), { known: known.map(({ key }) => key).join(", ") });
    }
    const values = {};
    for (const setting of known) {
      const at = child(pointer, setting.key);
      values[nativeName(setting.key)] = value.has(setting.key)
        ? look(setting, checked(setting, value.get(setting.key), at, values), at, values)
        : defaultOf(setting, at);
    }
    return values;
  }
}

function checked(setting, value, pointer, { cache }) {
  const { kind, allowed, minimum, maximum, modes, expected: wanted } = setting;
  const fail = (fault) => {
    throw new Fault(fault, pointer, { expected: wanted });
  };
  if (modes.length > 0 && !modes.includes(cache)) throw new Fault(faults.noMeaningHere, pointer, { mode: cache });
  if (!TYPES[kind](value)) fail(faults.wrongType);
  if (kind === "array" && value.length === 0) fail(faults.empty);
  if (kind === "integer" && (value < minimum || value > maximum)) fail(faults.outOfRange);
  if (allowed.length > 0 && !allowed.includes(value)) fail(faults.notAllowedValue);
  if (setting.key === "listen" && !isListen(value)) fail(faults.notAllowedValue);
  if (setting.key === "match" && !new RegExp(setting.pattern).test(value)) fail(faults.badMatch);
  return value;
}

function defaultOf({ kind, required, default: text, expected: wanted }, pointer) {
  if (required) throw new Fault(faults.missing, pointer, { expected: wanted });
  if (text === null) return null;
  return kind === "string" ? text : JSON.parse(text);
}

function nativeName(key) {
  return key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

/** RFC 6901. */
function child(pointer, key) {
  return `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
