/** Write-behind end to end: the program above a real Redis and a real MariaDB. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { createClient } from "redis";
import { exit } from "../src/generated/contract.js";
import { Headers } from "../src/http/headers.js";
import { waitOf } from "../src/http/prefer.js";
import { queueKeysOf } from "../src/redis/keys.js";
import { aFolder, run, startMysql, startProxy, startRedis, until } from "./servers.js";

const endings = [];
const whole = { after: (work) => endings.unshift(work) };
let mysql;
let server;
let redis;
let collections = 0;
let collection;

/** A routing file in which every collection waits before it is stored. */
function routing(route = {}) {
  return {
    redis: { url: server.url, timeout_ms: 2000 },
    stores: { s1: { kind: "mysql", url: mysql.url, timeout_ms: 1000 } },
    routes: [{ match: "*", store: "s1", cache: "write-behind", durability: "relaxed", ...route }],
  };
}

/** Asks, and gives status, the header fields that tell of the mode, and the body. */
async function ask(proxy, method, path, { body, ...headers } = {}) {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const given = body === undefined ? { method, headers } : { method, body, headers: { "Content-Type": type, ...headers } };
  const answer = await fetch(`${proxy.url}${path}`, given);
  const text = await answer.text();
  const field = (name) => answer.headers.get(name);
  return { status: answer.status, write: field("write-status"), cache: field("cache-status"), pending: field("pending-writes"), text };
}

const document = (id) => `/v1/${collection}/${id}`;
const put = (proxy, id, body = "{}", headers = {}) => ask(proxy, "PUT", document(id), { body, ...headers });
const rows = () => mysql.ask(`SELECT id, del, body FROM documents WHERE coll = '${collection}' ORDER BY id`).then((found) => found.map(([id, del, body]) => [String(id), del, body]));
const keysLike = (pattern) => redis.sendCommand(["KEYS", `dp:{${collection}}:${pattern}`]);
const pendingCount = () => redis.sendCommand(["ZCARD", queueKeysOf(collection).queue]);
const reasonsOf = async (proxy) => (await (await fetch(`${proxy.url}/_health/ready`)).json()).reasons;

before(async () => {
  [mysql, server] = await Promise.all([startMysql(whole), startRedis(whole)]);
  redis = await createClient({ url: server.url }).connect();
});

after(async () => {
  redis.destroy();
  for (const work of endings) await work();
});

beforeEach(async () => {
  collections += 1;
  collection = `c${collections}`;
  // What was killed could not leave the fleet, and what waits would be counted.
  await redis.sendCommand(["FLUSHALL"]);
});

test("a write waits in Redis, is read from there, and reaches the store", async (context) => {
  const proxy = await startProxy(context, routing({ delay_ms: 600_000 }));
  assert.deepEqual(await put(proxy, "a", '{"v":1}').then(({ status, write }) => [status, write]), [201, "queued"]);
  assert.equal((await ask(proxy, "GET", document("a"))).cache, "docproxy; hit");
  await redis.sendCommand(["DEL", ...(await keysLike("c*"))]);
  const past = await ask(proxy, "GET", document("a"), { "Cache-Control": "no-cache" });
  const found = await ask(proxy, "GET", document("a"));
  for (const { status, cache, text } of [past, found]) assert.deepEqual([status, cache, text], [200, "docproxy; hit; detail=pending", '{"v":1}']);
  const patched = await ask(proxy, "PATCH", document("a"), { body: '{"w":2}' });
  assert.deepEqual([patched.status, patched.write], [200, "queued"]);
  const listed = await ask(proxy, "GET", `/v1/${collection}`);
  assert.deepEqual([listed.status, listed.pending, listed.text], [200, "1", '{"items":[],"next":null}']);
  assert.equal((await ask(proxy, "GET", `/v1/${collection}`, { Prefer: "wait=0" })).status, 503);
  // Time is data: what is due at once need not be waited for.
  await redis.sendCommand(["ZADD", queueKeysOf(collection).queue, "0", "a"]);
  const synced = await ask(proxy, "GET", `/v1/${collection}`, { Prefer: "wait=20" });
  assert.deepEqual([synced.status, synced.pending, JSON.parse(synced.text).items[0].doc], [200, "0", { v: 1, w: 2 }]);
  assert.deepEqual(await rows(), [["a", 0, '{"v":1,"w":2}']]);
  for (const pattern of ["d:*", "q", "a", "r"]) assert.deepEqual(await keysLike(pattern), [], pattern);
  assert.deepEqual(await ask(proxy, "DELETE", document("a")).then(({ status, write }) => [status, write]), [204, "queued"]);
  assert.equal((await ask(proxy, "DELETE", document("a"))).status, 404);
});

test("guards decide on what waits", async (context) => {
  const proxy = await startProxy(context, routing({ delay_ms: 600_000, max_pending: 2 }));
  const key = { body: '{"v":1}', "Idempotency-Key": "k" };
  const posts = [await ask(proxy, "POST", `/v1/${collection}`, key), await ask(proxy, "POST", `/v1/${collection}`, key)];
  assert.deepEqual(posts.map(({ status, write }) => [status, write]), [[201, "queued"], [201, "queued"]]);
  assert.equal((await ask(proxy, "POST", `/v1/${collection}`, { ...key, body: "{}" })).status, 422);
  assert.equal((await put(proxy, "a", "{}", { "If-None-Match": "*" })).status, 201);
  assert.equal((await put(proxy, "a", "{}", { "If-None-Match": "*" })).status, 412);
  assert.equal((await put(proxy, "b")).status, 503, "two wait already");
  assert.equal((await put(proxy, "a", '{"v":2}')).status, 200, "this one waits already");
  const { routes, cache_misses } = await (await fetch(`${proxy.url}/_stats`)).json();
  assert.deepEqual([routes[0].pending, routes[0].refused, cache_misses], [2, 0, 0]);
});

test("writes at once all find their turn", async (context) => {
  const proxy = await startProxy(context, routing());
  const conditions = { "If-None-Match": "*" };
  const answers = await Promise.all(Array.from({ length: 20 }, (_, v) => put(proxy, "a", `{"v":${v}}`, conditions)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(19).fill(412)]);
  await until("it is stored", async () => (await rows()).length === 1);
  assert.equal((await ask(proxy, "GET", document("a"))).text, (await rows())[0][2]);
});

test("without its store a proxy takes what it can, and stores it later", async (context) => {
  const proxy = await startProxy(context, routing());
  await put(proxy, "known", '{"v":1}');
  await until("it is stored", async () => (await rows()).length === 1);
  await mysql.stop();
  try {
    assert.equal((await ask(proxy, "GET", document("known"))).cache, "docproxy; hit");
    const seen = async (...words) => (({ status, write }) => [status, write])(await ask(proxy, ...words));
    assert.deepEqual(await seen("PUT", document("known"), { body: '{"v":2}' }), [200, "queued"]);
    assert.deepEqual(await seen("PUT", document("new"), { body: "{}" }), [202, "unknown-base"]);
    assert.deepEqual(await seen("PUT", document("new"), { body: '{"v":1}' }), [200, "queued"]);
    const deleted = await ask(proxy, "DELETE", document("gone"));
    assert.deepEqual([deleted.status, deleted.write], [202, "unknown-base"]);
    assert.equal(deleted.text, `{"collection":"${collection}","etag":null,"id":"gone"}`);
    assert.deepEqual(await seen("PATCH", document("other"), { body: "{}" }), [503, null]);
    assert.deepEqual(await seen("POST", `/v1/${collection}`, { body: "{}", "Idempotency-Key": "k" }), [503, null]);
  } finally {
    await mysql.start();
  }
  await until("all is stored", async () => (await pendingCount()) === 0);
  assert.deepEqual(await rows(), [["gone", 1, ""], ["known", 0, '{"v":2}'], ["new", 0, '{"v":1}']]);
});

test("what a killed proxy has left another one stores", async (context) => {
  const first = await startProxy(context, routing());
  await Promise.all(Array.from({ length: 50 }, (_, id) => put(first, `d${id}`)));
  await first.stop("SIGKILL");
  const second = await startProxy(context, routing());
  await until("all is stored", async () => (await pendingCount()) === 0);
  assert.equal((await rows()).length, 50);
  assert.equal(await second.stop(), exit.stopped);
});

test("a document that the store refuses holds up no other, and a new version lifts it", async (context) => {
  await mysql.ask("CREATE TRIGGER picky BEFORE INSERT ON documents FOR EACH ROW IF NEW.body LIKE '%poison%' THEN SIGNAL SQLSTATE '45000'; END IF");
  const proxy = await startProxy(context, routing());
  await Promise.all([put(proxy, "a"), put(proxy, "b", '{"v":"poison"}'), put(proxy, "c")]);
  await until("it is told", async () => (await reasonsOf(proxy)).includes("refused-documents"));
  await until("the others are stored", async () => (await rows()).length === 2);
  const { event, collection: told, id, store } = proxy.lines().find((line) => line.event === "refused");
  assert.deepEqual([event, told, id, store], ["refused", collection, "b", "s1"]);
  await put(proxy, "b", '{"v":"food"}');
  await until("it is stored", async () => (await rows()).length === 3);
  await until("it is forgotten", async () => (await reasonsOf(proxy)).length === 0);
});

test("a broken queue stands alone", async (context) => {
  const proxy = await startProxy(context, routing());
  const broken = queueKeysOf(collection).queue;
  await redis.sendCommand(["SET", broken, "x"]);
  assert.equal((await put(proxy, "a")).status, 503);
  assert.equal((await ask(proxy, "GET", `/v1/${collection}`)).status, 503);
  assert.equal(await redis.sendCommand(["GET", broken]), "x");
  await redis.sendCommand(["DEL", broken]);
  assert.equal((await put(proxy, "a")).status, 201);
});

test("a route that is no longer write-behind first stores what was left", async (context) => {
  const behind = await startProxy(context, routing({ delay_ms: 600_000 }));
  await put(behind, "a", '{"v":1}');
  await behind.stop();
  await mysql.ask("RENAME TABLE documents TO elsewhere");
  await mysql.ask("CREATE TABLE documents (id INT)");
  const { durability, ...route } = routing({ cache: "off" }).routes[0];
  const proxy = await startProxy(context, { ...routing(), routes: [route] });
  const answers = [await ask(proxy, "GET", document("a")), await ask(proxy, "GET", `/v1/${collection}`), await put(proxy, "a")];
  assert.deepEqual(answers.map(({ status, text }) => [status, JSON.parse(text).title]), Array(3).fill([503, "not synced"]));
  await mysql.ask("DROP TABLE documents");
  await mysql.ask("RENAME TABLE elsewhere TO documents");
  await redis.sendCommand(["ZADD", queueKeysOf(collection).queue, "0", "a"]);
  await until("it is served again", async () => (await ask(proxy, "GET", document("a"))).status === 200);
  assert.deepEqual(await rows(), [["a", 0, '{"v":1}']]);
});

test("a Redis that could lose what was acknowledged is refused", async (context) => {
  const file = join(aFolder(context), "routing.json");
  writeFileSync(file, JSON.stringify(routing({ durability: "aof" })));
  const ended = await run("--config", file, "--listen", "127.0.0.1:0");
  assert.equal(ended.code, exit.refused);
  assert.match(ended.err, /: \/redis\/url: Redis has appendonly no, .*; CONFIG SET appendonly yes, /);
});

test("the first wait of Prefer counts, and what is malformed does not", () => {
  const table = [
    ["wait=5", 5000], ['Wait = "7"; x=1, wait=3', 7000], ['foo="a, wait=9", wait=2', 2000], ["wait=abc, wait=4", 4000],
    ["respond-async, wait=99999999999999999999", 60_000], ['wait=1;x="y,wait=2"', 1000], ["wait=0", 0], ["wait", null], ['"', null], ["wait=1 2", null],
  ];
  for (const [value, waitMs] of table) assert.equal(waitOf(new Headers(["Prefer", value])), waitMs, value);
  assert.equal(waitOf(new Headers([])), null);
});
