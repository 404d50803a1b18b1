/** Plays every vector of contract/vectors. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { BSON, Double, Int32, Long } from "mongodb";
import { decode } from "../src/cache/record.js";
import { Fault, readArguments, StartError } from "../src/config.js";
import { readRoutingFile } from "../src/config/routing_file.js";
import { keyedId } from "../src/documents/create.js";
import { merge } from "../src/documents/patch.js";
import { judgeExisting, judgeWrite } from "../src/documents/preconditions.js";
import { Problem } from "../src/errors.js";
import { coarse, matches, NOTHING, parse } from "../src/filter.js";
import { media } from "../src/generated/contract.js";
import { readDocument } from "../src/http/body.js";
import { Headers, idempotencyKeyOf, preconditionsOf } from "../src/http/headers.js";
import { checkBodyHeaders, checkMediaType } from "../src/http/media.js";
import { nextLink, readListQuery } from "../src/http/query.js";
import { locate } from "../src/http/target.js";
import { canonical, etag, read } from "../src/json.js";
import { generationOf, jittered, keysOf, queueKeysOf } from "../src/redis/keys.js";
import { routeOf } from "../src/routing.js";
import { coarseQuery } from "../src/store/mongo/coarse.js";
import { projectionOf } from "../src/store/mongo/projection.js";
import { coarseSql } from "../src/store/mysql/coarse.js";

const FOLDER = new URL("../../contract/vectors/", import.meta.url);
const LARGEST_BODY = 1048576;

/** The bytes that a vector's operand stands for. */
function bytesOf(operand) {
  if ("text" in operand) return Buffer.from(operand.text);
  if ("hex" in operand) return Buffer.from(operand.hex, "hex");
  if ("repeat" in operand) return Buffer.concat(Array(operand.repeat.times).fill(bytesOf(operand.repeat.part)));
  return Buffer.concat(operand.parts.map(bytesOf));
}

/** One character a byte, as node:http hands over targets and header values. */
const octets = (bytes) => bytes.toString("latin1");
const parsed = (text) => read(Buffer.from(text));

/** Header fields from lines of text. */
function headersOf(fields) {
  return new Headers(fields.flatMap(([name, lines]) => lines.flatMap((line) => [name, octets(Buffer.from(line))])));
}

/** What a call gives, or the slug of the problem that it throws. */
function orSlug(call, shape = (slug) => ({ error: slug })) {
  try {
    return call();
  } catch (error) {
    if (error instanceof Problem) return shape(error.fact.slug);
    throw error;
  }
}

/** MongoDB's own number types as plain numbers. */
function plain(value) {
  return JSON.parse(BSON.EJSON.stringify(value, { relaxed: true }));
}

/** Canonical MongoDB Extended JSON of a value, members in their order (the driver's own writer sorts integer-like names). */
function extended(value) {
  if (value instanceof Map) return `{${[...value].map(([name, member]) => `${JSON.stringify(name)}:${extended(member)}`).join(",")}}`;
  if (Array.isArray(value)) return `[${value.map(extended).join(",")}]`;
  if (value instanceof Int32) return `{"$numberInt":"${value}"}`;
  if (value instanceof Long) return `{"$numberLong":"${value}"}`;
  if (value instanceof Double) return `{"$numberDouble":"${value.valueOf()}"}`;
  return JSON.stringify(value);
}

function preconditions({ method, if_match, if_none_match, etag: current }) {
  const lines = (value) => (value === null ? [] : [value]);
  const given = preconditionsOf(headersOf([["If-Match", lines(if_match)], ["If-None-Match", lines(if_none_match)]]));
  if (method === "PUT") {
    judgeWrite(given, current);
    return "pass";
  }
  const isModified = judgeExisting(given, current);
  if (method === "GET" || method === "HEAD") return isModified ? "pass" : "not-modified";
  return isModified ? "pass" : "precondition-failed";
}

function pushed(input) {
  const filter = parse(bytesOf(input.where));
  const asked = coarse(filter.tree);
  if (asked === NOTHING) return { canonical: filter.canonical, mysql: false, mongodb: false };
  return { canonical: filter.canonical, mysql: coarseSql(asked), mongodb: plain(coarseQuery(asked)) };
}

/** How each file's input becomes what the vector expects. */
const PLAYERS = {
  json: (input) => orSlug(() => ({ canonical: canonical(read(bytesOf(input))) })),
  body: (input) => orSlug(() => {
    const { bytes, etag: tag, wasCanonical } = readDocument(bytesOf(input.body), input.limit ?? LARGEST_BODY);
    return { canonical: bytes.toString(), etag: tag, was_canonical: wasCanonical };
  }),
  canonical: (input) => canonical(parsed(input.json)),
  etag: (input) => etag(bytesOf(input)),
  keys: ({ collection, id, run_id, fleet, ttl_ms }) => {
    const generation = generationOf(run_id, fleet);
    return { generation, ...keysOf(generation, collection, id), ...queueKeysOf(collection), ttl_ms: jittered(ttl_ms, id) };
  },
  records: (input) => {
    const row = decode(bytesOf(input.record));
    return row && { n: String(row.n), kind: row.kind, etag: row.etag, body: row.body.toString() };
  },
  paths: ({ method, target }) => orSlug(() => {
    const { query: _, ...resource } = locate(method, octets(bytesOf(target)));
    return resource;
  }),
  routing: (input) => {
    const routes = input.matches.map((match, index) => ({ match, index }));
    return routeOf(routes, input.collection)?.index ?? null;
  },
  config: ({ file, environment }) => {
    try {
      return { fleet: readRoutingFile(bytesOf(file), environment).hash };
    } catch (error) {
      if (error instanceof Fault) return { line: error.in("routing.json").message };
      throw error;
    }
  },
  arguments: (input) => {
    try {
      return { accepted: readArguments(input.arguments) };
    } catch (error) {
      if (error instanceof StartError) return { line: error.message, exit: error.code };
      throw error;
    }
  },
  merge_patch: (input) => canonical(merge(parsed(input.document), parsed(input.patch))),
  where: (input) => matches(parse(bytesOf(input.where)).tree, JSON.parse(input.document)),
  filters: (input) => orSlug(() => pushed(input)),
  lists: (input) => orSlug(() => {
    const { limit, after, where } = readListQuery(octets(bytesOf(input.query)));
    return { limit, after, where: where?.canonical ?? null };
  }),
  links: ({ collection, limit, next, where }) =>
    nextLink(collection, { limit, where: where === null ? null : parse(Buffer.from(where)) }, next),
  preconditions: (input) => orSlug(() => preconditions(input), (slug) => slug),
  content_type: ({ method, content_type, content_encoding }) => orSlug(() => {
    const headers = headersOf([["Content-Type", content_type], ["Content-Encoding", content_encoding]]);
    checkBodyHeaders(headers);
    checkMediaType(headers, method === "PATCH" ? media.mergePatch : media.json);
    return "accepted";
  }, (slug) => slug),
  idempotency: ({ collection, lines }) => orSlug(() => ({ id: keyedId(collection, idempotencyKeyOf(headersOf([["Idempotency-Key", lines]]))) })),
  projection: (input) => extended(projectionOf(parsed(input.json))),
};

/** What is expected, with text operands as text. */
function expectation(file, expect) {
  const isText = (file === "json" || file === "body") && expect.canonical !== undefined;
  return isText ? { ...expect, canonical: bytesOf(expect.canonical).toString() } : expect;
}

const files = readdirSync(FOLDER).map((name) => name.replace(/\.json$/, ""));

test("there is a player for every file of vectors", () => {
  assert.deepEqual(files.filter((file) => !(file in PLAYERS)), []);
});

for (const file of files.filter((name) => name in PLAYERS)) {
  test(`vectors: ${file}`, async (context) => {
    for (const { name, input, expect } of JSON.parse(readFileSync(new URL(`${file}.json`, FOLDER), "utf8"))) {
      await context.test(name, () => assert.deepStrictEqual(PLAYERS[file](input), expectation(file, expect)));
    }
  });
}
