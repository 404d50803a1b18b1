/** The program as a person starts it: what it says, its exit codes, its beginning and its end. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { exit, help } from "../src/generated/contract.js";
import { aFolder, freePort, run, startProxy, startRedis, until } from "./servers.js";

/** A routing file whose store nobody serves. */
async function withoutStore() {
  const url = `mysql://root@127.0.0.1:${await freePort()}/t`;
  return { stores: { s1: { kind: "mysql", url, timeout_ms: 500 } }, routes: [{ match: "c*", store: "s1", cache: "off" }] };
}

function written(context, content) {
  const file = join(aFolder(context), "routing.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

test("help and version are said and nothing else is done", async () => {
  assert.deepEqual(await run("--help"), { code: exit.stopped, out: help.text, err: "" });
  assert.deepEqual(await run("--version"), { code: exit.stopped, out: "docproxy 0.1.0\n", err: "" });
});

test("whatever keeps the program from starting is one line and one exit code", async (context) => {
  const good = written(context, await withoutStore());
  const bad = written(context, "{]");
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  context.after(() => taken.close());
  const listen = `127.0.0.1:${taken.address().port}`;
  const table = [
    [["--port"], exit.usage, "docproxy: unknown argument --port; see docproxy --help\n"],
    [["--config", "/nowhere"], exit.unreadable, "docproxy: /nowhere: cannot be read; give the path of a routing file\n"],
    [["--config", bad, "--check"], exit.refused, /^docproxy: [^\n]*: : not strict JSON \(bad-json\); [^\n]*\n$/],
    [["--config", good, "--listen", listen], exit.unbindable, /^docproxy: [^\n]*: cannot be bound; [^\n]*\n$/],
    [["--config", good, "--listen", listen, "--workers", "2"], exit.unbindable, /^docproxy: [^\n]*: cannot be bound; [^\n]*\n$/],
  ];
  for (const [words, code, line] of table) {
    const ended = await run(...words);
    assert.equal(ended.code, code, words.join(" "));
    if (typeof line === "string") assert.equal(ended.err, line);
    else assert.match(ended.err, line);
  }
  assert.deepEqual(await run("--config", good, "--check"), { code: exit.stopped, out: `docproxy: ${good}: good\n`, err: "" });
});

test("a proxy without its store lives, is not ready, and stops when told", async (context) => {
  const proxy = await startProxy(context, await withoutStore());
  assert.equal((await fetch(`${proxy.url}/_health/live`)).status, 200);
  const ready = await fetch(`${proxy.url}/_health/ready`);
  assert.deepEqual([ready.status, await ready.json()], [503, { reasons: ["store-unavailable:s1"], status: "not-ready" }]);
  assert.equal((await run("--health", proxy.listen)).code, 1);
  assert.equal((await fetch(`${proxy.url}/v1/c/a`)).status, 503);
  assert.equal(await proxy.stop(), exit.stopped);
  const events = proxy.lines().map(({ event }) => event);
  assert.deepEqual(events.slice(0, 2), ["dependency", "listening"]);
  assert.deepEqual(events.slice(-2), ["draining", "stopped"]);
});

test("requests are logged without the values of where", async (context) => {
  const proxy = await startProxy(context, await withoutStore());
  await fetch(`${proxy.url}/v1/zz?limit=1&where=%7B%22secret%22%3A1%7D`);
  await until("the request is logged", () => proxy.lines().some(({ event }) => event === "request"));
  const { time, duration_us, ...line } = proxy.lines().find(({ event }) => event === "request");
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.ok(Number.isInteger(duration_us));
  const target = "/v1/zz?limit=1&where=";
  assert.deepEqual(line, { bytes_out: 144, cache: null, error: "unknown-collection", event: "request", method: "GET", operation: null, status: 404, target });
});

test("several workers count as one", async (context) => {
  const proxy = await startProxy(context, await withoutStore(), "--workers", "2", "--log", "events");
  for (let i = 0; i < 10; i += 1) await fetch(`${proxy.url}/_health/live`, { headers: { connection: "close" } });
  const { requests } = await (await fetch(`${proxy.url}/_stats`)).json();
  assert.equal(requests, 11);
  assert.equal(await proxy.stop("SIGINT"), exit.stopped);
});

test("a routing file of another fleet is refused until the first one has left", async (context) => {
  const redis = await startRedis(context);
  const routing = { redis: { url: redis.url }, ...(await withoutStore()) };
  const first = await startProxy(context, routing);
  const other = written(context, { ...routing, limits: { body_bytes: 10 } });
  const refused = await run("--config", other, "--listen", "127.0.0.1:0");
  assert.equal(refused.code, exit.refused);
  assert.match(refused.err, /: : proxies with another routing file are live on this Redis; /);
  await first.stop();
  const second = await startProxy(context, JSON.parse(JSON.stringify({ ...routing, limits: { body_bytes: 10 } })));
  assert.equal(await second.stop(), exit.stopped);
});
