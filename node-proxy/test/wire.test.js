/** Requests and answers on real sockets, as no HTTP client would send them. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { Problem } from "../src/errors.js";
import { problems } from "../src/generated/contract.js";
import { problemAnswer } from "../src/http/answer.js";
import { Wire } from "../src/http/wire.js";
import { Log } from "../src/log.js";

const LIMIT = 1000;
const TIMEOUT_MS = 5000;

let port;
let wire;
const seen = [];

/** Answers with the target after as many turns as it says, and with the body's length where one is sent by PUT. */
const handler = {
  async answer({ method, target, read }) {
    try {
      seen.push(`begin ${target}`);
      for (let turns = Number(target.slice(1)); turns > 0; turns -= 1) await new Promise(setImmediate);
      const body = method === "PUT" ? `${(await read(LIMIT)).length}` : target;
      seen.push(`end ${target}`);
      return { status: 200, headers: [["Content-Length", String(body.length)]], body, problem: null, cache: null, operation: null };
    } catch (error) {
      assert.ok(error instanceof Problem);
      return { ...problemAnswer(error, { method, resource: null }), operation: null };
    }
  },
};

before(async () => {
  wire = new Wire(handler, { log: new Log("none", () => {}), bodyBytes: LIMIT });
  const listen = await wire.listen({ host: "127.0.0.1", port: 0 });
  port = Number(listen.split(":").at(-1));
  wire.open();
});

after(() => wire.stop());

/** Sends bytes; gives all that comes until the server closes, or until `enough` has come. */
async function exchange(bytes, { isEnding = false, enough = /never/ } = {}) {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const closed = once(socket, "end", { signal: AbortSignal.timeout(TIMEOUT_MS) }).then(() => true);
  let text = "";
  const filled = new Promise((resolve) => socket.on("data", (chunk) => enough.test((text += chunk)) && resolve(false)));
  socket.on("error", () => {});
  socket.write(bytes);
  if (isEnding) socket.end();
  const isClosed = await Promise.race([closed, filled]);
  closed.catch(() => {});
  socket.destroy();
  return { text, isClosed, statuses: [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status)) };
}

const get = (target, ...lines) => [`GET ${target} HTTP/1.1`, "Host: h", ...lines, "", ""].join("\r\n");
const put = (target, body, ...lines) => [`PUT ${target} HTTP/1.1`, "Host: h", ...lines, "", body].join("\r\n");

test("requests of one connection are served one after another", async () => {
  seen.length = 0;
  const { text } = await exchange(get("/5") + get("/0") + get("/1", "Connection: close"));
  assert.deepEqual(seen, ["begin /5", "end /5", "begin /0", "end /0", "begin /1", "end /1"]);
  assert.match(text, /\/5.*\/0.*\/1$/s);
});

test("a body that nobody reads does not spoil the next request", async () => {
  const { statuses } = await exchange(get("/0", "Content-Length: 3") + "abc" + get("/1", "Connection: close"));
  assert.deepEqual(statuses, [200, 200]);
});

test("a body that nobody reads and that is long, or of no told length, ends the connection", async () => {
  for (const line of [`Content-Length: ${LIMIT + 1}`, "Transfer-Encoding: chunked"]) {
    assert.deepEqual((await exchange(get("/0", line))).statuses, [200]);
  }
});

test("a chunked body is cut off at the limit", async () => {
  const chunk = `400\r\n${"x".repeat(1024)}\r\n`;
  const { statuses, text } = await exchange(put("/0", chunk.repeat(100), "Transfer-Encoding: chunked"));
  assert.deepEqual(statuses, [413]);
  assert.match(text, /body-too-large/);
});

test("a body shorter than its length is a bad request", async () => {
  for (const cut of [put("/0", "{}", "Content-Length: 5"), put("/0", "2\r\n{}\r\n", "Transfer-Encoding: chunked")]) {
    const { statuses, text } = await exchange(cut, { isEnding: true });
    assert.deepEqual(statuses, [400]);
    assert.match(text, /bad-request/);
  }
});

test("a client that closed its side still gets its answer", async () => {
  assert.deepEqual((await exchange(get("/3"), { isEnding: true })).statuses, [200]);
});

test("100 comes only where the body is taken", async () => {
  const taken = await exchange(put("/0", "{}", "Content-Length: 2", "Expect: 100-continue", "Connection: close"));
  assert.deepEqual(taken.statuses, [100, 200]);
  const left = await exchange(get("/0", "Content-Length: 2", "Expect: 100-continue"));
  assert.deepEqual(left.statuses, [200]);
});

test("what the parser refuses is answered after what came before it", async () => {
  const { statuses, text } = await exchange(`${get("/3")}GARBAGE\r\n\r\n`);
  assert.deepEqual(statuses, [200, 400]);
  assert.ok(text.endsWith(problems.badRequest.body));
});

test("a header section beyond all measure has an answer", async () => {
  assert.deepEqual((await exchange(get("/0", `X: ${"x".repeat(300_000)}`))).statuses, [431]);
});

test("CONNECT is answered, and the connection closed", async () => {
  assert.deepEqual((await exchange("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n")).statuses, [200]);
});

test("a connection stays open between requests", async () => {
  assert.equal((await exchange(get("/0"), { enough: /\/0$/ })).isClosed, false);
});
