/** The cache protocol against a real Redis, above a store in memory. */

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { createClient } from "redis";
import { decode, encode } from "../src/cache/record.js";
import { WriteThrough } from "../src/cache/write_through.js";
import { Fleet } from "../src/fleet.js";
import { cacheStatus, record } from "../src/generated/contract.js";
import { Counters } from "../src/metrics.js";
import { Redis } from "../src/redis.js";
import { MemoryStore } from "./memory_store.js";
import { startRedis, until } from "./servers.js";

const ROUTE = Object.freeze({ ttlMs: 60_000, negativeTtlMs: 10_000, onCacheDown: "refuse" });
const TAG = "0".repeat(32);

const endings = [];
let server;
let redis;
let store;
let cache;
let counters;
let collections = 0;
let collection;

/** A live row of this number and body. */
const row = (n, text) => ({ n, kind: record.value, etag: TAG, body: Buffer.from(text) });
const content = (text) => ({ kind: record.value, etag: TAG, body: Buffer.from(text) });
const write = (text, on = cache, options = {}) => on.write(collection, "a", () => ({ row: content(text), result: text }), options);
const read = async (on = cache) => {
  const found = await on.read(collection, "a", false);
  return [found.row.body.toString(), found.status];
};

function aCache(route = ROUTE) {
  return new WriteThrough({ store, redis, route, counters });
}

/** Asks Redis past the proxy's connection. */
async function directly(...command) {
  const client = await createClient({ url: server.url }).connect();
  try {
    return await client.sendCommand(command);
  } finally {
    client.destroy();
  }
}

/** How many reading commands and scripts Redis was ever sent. */
async function commandsSent() {
  const stats = await directly("INFO", "commandstats");
  return [...stats.matchAll(/^cmdstat_(?:get|evalsha|eval|del):calls=(\d+)/gm)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

const entryKey = () => redis.link().keys(collection, "a").entry;

before(async () => {
  server = await startRedis({ after: (work) => endings.unshift(work) });
  const hash = "f".repeat(32);
  const fleet = new Fleet({ hash, id: "p", needsSafety: true });
  redis = new Redis({ url: server.url, timeoutMs: 2000 }, hash, { greet: (link) => fleet.greet(link), onChange: () => {} });
  await redis.connect();
});

after(async () => {
  redis.close();
  for (const work of endings) await work();
});

beforeEach(() => {
  collections += 1;
  collection = `c${collections}`;
  counters = new Counters();
  store = new MemoryStore();
  cache = aCache();
});

test("a read fills, the next one hits with one command", async () => {
  store.rows.set(`${collection}/a`, row(1, "{}"));
  assert.deepEqual(await read(), ["{}", cacheStatus.stored]);
  const sent = await commandsSent();
  assert.deepEqual(await read(), ["{}", cacheStatus.hit]);
  assert.equal(await commandsSent(), sent + 1);
  assert.deepEqual([store.reads, counters.values().cache_hits, counters.values().fills], [1, 1, 1]);
});

test("absence is remembered", async () => {
  assert.deepEqual(await read(), ["", cacheStatus.stored]);
  assert.deepEqual(await read(), ["", cacheStatus.hit]);
});

test("readers at once share one look at the store", async () => {
  store.rows.set(`${collection}/a`, row(1, "{}"));
  let release;
  store.held = new Promise((resolve) => (release = resolve));
  const reads = Array.from({ length: 10 }, () => read());
  await until("the store is asked", () => store.reads === 1);
  // One more command on the same connection: the others' GETs were sent before it.
  await redis.link().send(["PING"]);
  release();
  const statuses = (await Promise.all(reads)).map(([, status]) => status).sort();
  assert.deepEqual(statuses, [...Array(9).fill(cacheStatus.collapsed), cacheStatus.stored]);
  assert.equal(store.reads, 1);
});

test("a reader that was overtaken by a write does not fill", async () => {
  store.rows.set(`${collection}/a`, row(1, '{"old":1}'));
  let release;
  store.held = new Promise((resolve) => (release = resolve));
  const reading = read();
  await until("the store is asked", () => store.reads === 1);
  store.held = Promise.resolve();
  await write('{"new":1}');
  release();
  assert.equal((await reading)[1], cacheStatus.miss);
  assert.deepEqual(await read(), ['{"new":1}', cacheStatus.hit]);
  assert.equal(counters.values().fills_refused, 1);
});

test("a write leaves its value, and the next one takes its base from there", async () => {
  await write('{"a":1}');
  await write('{"a":2}');
  assert.equal(store.reads, 1);
  assert.equal(decode(await redis.link().get(entryKey())).n, 2);
});

test("a refused write leaves nothing", async () => {
  await write("{}");
  await assert.rejects(cache.write(collection, "a", () => { throw new Error("refused"); }), /refused/);
  assert.equal(await directly("EXISTS", entryKey()), 0);
  assert.equal(await directly("EXISTS", redis.link().keys(collection, "a").writers), 0);
});

test("garbage counts as absent", async () => {
  store.rows.set(`${collection}/a`, row(7, "{}"));
  for (const plant of [["SET", entryKey(), "garbage"], ["LPUSH", entryKey(), "x"], ["SET", entryKey(), encode(row(0, "{}")).toString()]]) {
    await directly("DEL", entryKey());
    await directly(...plant);
    assert.deepEqual(await read(), ["{}", cacheStatus.stored]);
    await directly("DEL", entryKey());
    await directly(...plant);
    await write("{}");
  }
  assert.equal(store.rows.get(`${collection}/a`).n, 10);
});

test("nothing of before a restart is found after it", async () => {
  await write("{}");
  const key = entryKey();
  await server.restart();
  await until("the connection is lost", () => !redis.isConnected || entryKey() !== key);
  await redis.connect();
  assert.notEqual(entryKey(), key);
  assert.deepEqual(await read(), ["{}", cacheStatus.stored]);
});

test("a write is not acknowledged before Redis knows", async () => {
  const put = store.compareAndPut.bind(store);
  store.compareAndPut = async (...words) => {
    server.process.kill("SIGKILL");
    await until("the connection is lost", () => !redis.isConnected);
    return put(...words);
  };
  await assert.rejects(write("{}"), /outcome-unknown/);
  store.compareAndPut = put;
  await assert.rejects(write("{}"), /cache-unavailable/);
  assert.equal(store.rows.get(`${collection}/a`).n, 1);
  assert.deepEqual(await read(), ["{}", cacheStatus.cacheDown]);
  assert.equal((await write("{}", aCache({ ...ROUTE, onCacheDown: "bypass" }))).result, "{}");
  assert.equal(store.rows.get(`${collection}/a`).n, 2);
  await server.restart();
  await until("the connection is there again", () => redis.isConnected);
  assert.deepEqual(await read(), ["{}", cacheStatus.stored]);
});
