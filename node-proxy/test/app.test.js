/** The app answers requests as the contract says; no socket, no server. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { buildApp } from "../src/app.js";
import { Fleet } from "../src/fleet.js";
import { methods, problems } from "../src/generated/contract.js";
import { Log } from "../src/log.js";
import { Counters } from "../src/metrics.js";
import { MemoryStore } from "./memory_store.js";

const JSON_TYPE = ["Content-Type", "application/json"];
const PATCH_TYPE = ["Content-Type", "application/merge-patch+json"];
const TAG_OF_EMPTY = "44136fa355b3678a1146ad16f7e8649e";

/** An app with an open route and one that takes conditional writes only. */
function anApp({ bodyBytes = 1000, log = new Log("none", () => {}) } = {}) {
  const store = new MemoryStore();
  const routes = [
    { match: "strict", store: "s", cache: "off", requireMatch: true },
    { match: "c*", store: "s", cache: "off", requireMatch: false },
  ];
  const counters = new Counters();
  const config = { routes, fleet: "f", bodyBytes };
  const fleet = new Fleet({ hash: "f", id: "p", needsSafety: false });
  const parts = { config, stores: new Map([["s", store]]), redis: null, fleet, counters, totals: async () => counters.values(), log };
  return { store, ...buildApp(parts) };
}

/** Asks, and gives status, problem, body and header fields by their names in lower case. */
async function ask({ handler }, method, target, { headers = [], body = "", httpVersion = "1.1" } = {}) {
  const rawHeaders = ["Host", "h", "Content-Length", String(Buffer.byteLength(body)), ...headers.flat()];
  const answer = await handler.answer({ method, target, httpVersion, rawHeaders, read: async () => Buffer.from(body) });
  const fields = Object.fromEntries(answer.headers.map(([name, value]) => [name.toLowerCase(), value]));
  return { ...answer, fields, text: answer.body.toString() };
}

const put = (app, target, body, headers = []) => ask(app, "PUT", target, { body, headers: [JSON_TYPE, ...headers] });

test("every check speaks before the next one", async () => {
  const app = anApp();
  const long = `/v1/${"a".repeat(9000)}`;
  const table = [
    ["BREW", long, {}, "unknown-method"],
    ["GET", long, {}, "target-too-long"],
    ["GET", "/v1/C/a?x=1", {}, "bad-path"],
    ["GET", "/v2/c/a", {}, "not-found"],
    ["POST", "/v1/zz/a?x=1", {}, "unknown-collection"],
    ["POST", "/v1/c/a?x=1", {}, "method-not-allowed"],
    ["GET", "/v1/c/a?x=1", { headers: [["X", "y".repeat(20000)]] }, "bad-query"],
    ["GET", "/v1/c/a", { headers: [["X_Y", "y".repeat(20000)]] }, "headers-too-large"],
    ["GET", "/v1/c/a", { headers: [["X_Y", ""], ["Expect", "foo"]] }, "bad-request"],
    ["GET", "/v1/c/a", { headers: [["Host", "other"]] }, "bad-request"],
    ["GET", "/v1/c/a", { headers: [["Expect", "foo"], ["If-Match", "x"]] }, "expectation-failed"],
    ["PUT", "/v1/c/a", { headers: [["If-Match", "x"]], body: "x".repeat(1001) }, "bad-header"],
    ["PUT", "/v1/c/a", { headers: [["Content-Type", "text/plain"]], body: "x".repeat(1001) }, "body-too-large"],
    ["PUT", "/v1/strict/a", { headers: [["Content-Type", "text/plain"]], body: "x" }, "unsupported-media-type"],
    ["PUT", "/v1/strict/a", { headers: [JSON_TYPE], body: "x" }, "bad-json"],
    ["PUT", "/v1/strict/a", { headers: [JSON_TYPE], body: "{}" }, "precondition-required"],
    ["DELETE", "/v1/strict/a", {}, "document-not-found"],
    ["PATCH", "/v1/strict/a", { headers: [PATCH_TYPE, ["If-Match", "*"]], body: "{}" }, "document-not-found"],
  ];
  for (const [method, target, given, slug] of table) {
    const answer = await ask(app, method, target, given);
    assert.deepEqual([answer.problem, answer.status], [slug, statusOf(slug)], `${method} ${target.slice(0, 30)}`);
  }
});

function statusOf(slug) {
  return Object.values(problems).find((fact) => fact.slug === slug).status;
}

test("a document is created, replaced, changed and deleted", async () => {
  const app = anApp();
  const created = await put(app, "/v1/c/a", '{"b":1, "a":2}');
  assert.equal(created.status, 201);
  assert.equal(created.fields.location, "/v1/c/a");
  assert.equal(created.fields.etag, undefined, "the bytes were not canonical");
  const replaced = await put(app, "/v1/c/a", "{}");
  assert.deepEqual([replaced.status, replaced.fields.etag], [200, `"${TAG_OF_EMPTY}"`]);
  assert.equal(replaced.text, `{"collection":"c","etag":"${TAG_OF_EMPTY}","id":"a"}`);
  assert.equal((await ask(app, "PATCH", "/v1/c/a", { headers: [PATCH_TYPE], body: '{"x":[null]}' })).status, 200);
  const read = await ask(app, "GET", "/v1/c/a");
  assert.deepEqual([read.status, read.text, read.fields["cache-status"]], [200, '{"x":[null]}', "docproxy; fwd=bypass"]);
  assert.equal((await ask(app, "DELETE", "/v1/c/a")).status, 204);
  assert.equal((await ask(app, "GET", "/v1/c/a")).status, 404);
  assert.equal(app.store.rows.get("c/a").n, 4);
  assert.equal((await put(app, "/v1/c/a", "{}")).status, 201);
  assert.equal(app.store.rows.get("c/a").n, 5);
});

test("one of many creates of an id wins", async () => {
  const app = anApp();
  const answers = await Promise.all(Array.from({ length: 20 }, () => put(app, "/v1/c/a", "{}", [["If-None-Match", "*"]])));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(19).fill(412)]);
});

test("writers that are always too late give up after a few tries", async () => {
  const app = anApp();
  app.store.compareAndPut = async () => false;
  const answer = await put(app, "/v1/c/a", "{}");
  assert.deepEqual([answer.problem, answer.fields["retry-after"]], ["contention", "1"]);
  assert.equal(app.store.reads, 5);
});

test("HEAD says what GET says", async () => {
  const app = anApp();
  await put(app, "/v1/c/a", '{"a":1}');
  for (const target of ["/v1/c/a", "/v1/c/none", "/v1/c", "/_health/live", "/nothing"]) {
    const [get, head] = [await ask(app, "GET", target), await ask(app, "HEAD", target)];
    assert.deepEqual([head.status, head.headers], [get.status, get.headers], target);
  }
});

test("an Idempotency-Key finds its document again", async () => {
  const app = anApp();
  const post = (body) => ask(app, "POST", "/v1/c", { body, headers: [JSON_TYPE, ["Idempotency-Key", "k"]] });
  const first = await post("{}");
  assert.deepEqual([(await post("{}")).text, first.status], [first.text, 201]);
  assert.equal((await post('{"a":1}')).problem, "key-reused");
  await ask(app, "DELETE", first.fields.location);
  assert.equal((await post("{}")).problem, "key-conflict");
});

test("a list goes on until there is no more", async () => {
  const app = anApp();
  for (let i = 0; i < 7; i += 1) await put(app, `/v1/c/k${i}`, JSON.stringify({ i, odd: i % 2 === 1 }));
  const ids = [];
  let target = '/v1/c?limit=2&where={"odd":true}';
  for (let pages = 0; target !== undefined; pages += 1) {
    assert.ok(pages < 5);
    const page = await ask(app, "GET", target);
    ids.push(...JSON.parse(page.text).items.map(({ id }) => id));
    target = /^<([^>]*)>/.exec(page.fields.link ?? "")?.[1];
  }
  assert.deepEqual(ids, ["k1", "k3", "k5"]);
});

test("OPTIONS and 405 name what a resource takes", async () => {
  const app = anApp();
  const table = [["/v1/c/a", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"], ["/v1/c", "GET, HEAD, POST, OPTIONS"], ["/_stats", "GET, HEAD, OPTIONS"]];
  for (const [target, allow] of table) {
    assert.equal((await ask(app, "OPTIONS", target)).fields.allow, allow);
    const refused = methods.find((method) => !allow.includes(method));
    const answer = await ask(app, refused, target);
    assert.deepEqual([answer.problem, answer.fields.allow], ["method-not-allowed", allow]);
  }
  assert.equal((await ask(app, "OPTIONS", "*")).fields.allow, methods.join(", "));
});

test("what nobody foresaw is told to the log alone", async () => {
  const lines = [];
  const log = new Log("events", (text) => lines.push(text));
  const app = anApp({ log });
  app.store.get = async () => {
    throw new TypeError("secret");
  };
  const answer = await ask(app, "GET", "/v1/c/a");
  log.flush();
  assert.deepEqual([answer.status, answer.text.includes("secret")], [500, false]);
  assert.match(lines.join(""), /"event":"failure","text":"TypeError: secret/);
});
