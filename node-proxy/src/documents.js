/** What can be done with documents: the operations by their names in the contract. */

import { create } from "./documents/create.js";
import { remove } from "./documents/delete.js";
import { get } from "./documents/get.js";
import { list } from "./documents/list.js";
import { patch } from "./documents/patch.js";
import { put } from "./documents/put.js";

/**
 * @typedef {object} Place where a collection lives
 * @property {string} collection
 * @property {import("./config.js").Route} route
 * @property {import("./cache.js").Cache} cache
 * @property {import("./store.js").Store} store
 * @property {() => void} admit throws cache-unavailable while this proxy may not serve the route, not-synced while its
 *   store does not have what waits from an earlier mode (protocol.md §8)
 *
 * @typedef {object} NewDocument
 * @property {Buffer} bytes canonical
 * @property {string} etag
 */

export const documents = Object.freeze({ get, put, patch, delete: remove, create, list });
