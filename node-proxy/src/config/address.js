/** Judges addresses: where to listen, and the URLs of dependencies. */

import { settings, urls } from "../generated/contract.js";

const LARGEST_PORT = 65535;
const LISTEN = new RegExp(settings.find(({ group, key }) => group === "root" && key === "listen").pattern);
const URLS = new Map(Object.entries(urls).map(([kind, pattern]) => [kind, new RegExp(pattern)]));

/**
 * Whether text is HOST:PORT.
 * @param {string} text
 */
export function isListen(text) {
  return LISTEN.test(text) && hasGoodPort(text);
}

/**
 * @param {string} listen HOST:PORT
 * @returns {{host: string, port: number}} the host without brackets
 */
export function splitListen(listen) {
  const colon = listen.lastIndexOf(":");
  return { host: listen.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(listen.slice(colon + 1)) };
}

/**
 * Whether a URL is one that its kind of server is reached by.
 * @param {"redis" | "mongodb" | "mysql"} kind
 * @param {string} url with its variables filled in
 */
export function isUrl(kind, url) {
  if (!URLS.get(kind).test(url)) return false;
  const [, authority] = /^[a-z]+:\/\/([^/]*)/.exec(url);
  return authority.slice(authority.lastIndexOf("@") + 1).split(",").every(hasGoodPort);
}

function hasGoodPort(address) {
  const [, port = "0"] = /:([0-9]+)$/.exec(address) ?? [];
  return Number(port) <= LARGEST_PORT;
}
