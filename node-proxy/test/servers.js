/** Starts programs for a test, on ports and in folders of their own, and ends them with it. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createConnection } from "mysql2/promise";

const PROGRAM = fileURLToPath(new URL("../src/main.js", import.meta.url));
const REDIS_CONF = fileURLToPath(new URL("../../stores/redis.conf", import.meta.url));
const MY_CNF = fileURLToPath(new URL("../../stores/my.cnf", import.meta.url));
const PATIENCE_MS = 20_000;
const LOOK_MS = 10;

/** Waits until a condition holds. */
export async function until(what, holds) {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`never: ${what}`);
    await pause(LOOK_MS);
  }
}

/** A port that nobody listens on now. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/**
 * A folder that goes with the test.
 * @param {{after: (work: () => unknown) => void}} context a test's context, or what keeps its endings
 */
export function aFolder(context) {
  const folder = mkdtempSync(join(tmpdir(), "docproxy-node-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A Redis of the test's own, as stores/ runs it; `restart` kills it and begins anew, empty. */
export async function startRedis(context) {
  const port = await freePort();
  const folder = aFolder(context);
  const redis = { url: `redis://127.0.0.1:${port}`, process: null };
  redis.restart = async () => {
    await end(redis.process, "SIGKILL");
    const words = [REDIS_CONF, "--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--appendonly", "no"];
    redis.process = spawn("redis-server", words, { stdio: "ignore" });
    await until("Redis listens", () => accepts(port));
  };
  context.after(() => end(redis.process, "SIGKILL"));
  await redis.restart();
  return redis;
}

/** A MariaDB of the test's own, as stores/ runs it; `stop` and `start` keep what it has stored. */
export async function startMysql(context) {
  const port = await freePort();
  const folder = aFolder(context);
  const where = [`--datadir=${folder}`, `--tmpdir=${folder}`];
  const prepared = spawn("mariadb-install-db", ["--no-defaults", ...where, "--auth-root-authentication-method=normal", "--skip-test-db"], { stdio: "ignore" });
  await once(prepared, "close");
  const mysql = { url: `mysql://root@127.0.0.1:${port}/docs`, process: null };
  mysql.stop = () => end(mysql.process, "SIGTERM");
  mysql.start = async () => {
    const words = [`--defaults-file=${MY_CNF}`, ...where, "--bind-address=127.0.0.1", `--port=${port}`, `--socket=${folder}/socket`, "--user=root"];
    mysql.process = spawn("mariadbd", words, { stdio: "ignore" });
    await until("MariaDB listens", () => accepts(port));
  };
  /** Rows of a statement, each an array. */
  mysql.ask = async (sql, database = "docs") => {
    const connection = await createConnection({ host: "127.0.0.1", port, user: "root", database });
    try {
      return (await connection.query({ sql, rowsAsArray: true }))[0];
    } finally {
      connection.destroy();
    }
  };
  context.after(() => end(mysql.process, "SIGKILL"));
  await mysql.start();
  await mysql.ask("CREATE DATABASE docs", "mysql");
  return mysql;
}

/** Runs the program to its end. */
export async function run(...words) {
  const process = spawn("node", [PROGRAM, ...words]);
  const [out, err] = [collected(process.stdout), collected(process.stderr)];
  const [code] = await once(process, "close");
  return { code, out: out.text, err: err.text };
}

/** Starts the program on a routing file; `lines` are what it has logged so far. */
export async function startProxy(context, routing, ...words) {
  const file = join(aFolder(context), "routing.json");
  writeFileSync(file, JSON.stringify(routing));
  const child = spawn("node", [PROGRAM, "--config", file, "--listen", "127.0.0.1:0", ...words], { stdio: ["ignore", "pipe", "inherit"] });
  context.after(() => end(child, "SIGKILL"));
  const log = collected(child.stdout);
  const lines = () => log.text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  await until("the proxy listens", () => lines().some(({ event }) => event === "listening"));
  const { listen } = lines().find(({ event }) => event === "listening");
  return { url: `http://${listen}`, listen, lines, stop: (signal = "SIGTERM") => end(child, signal) };
}

function collected(stream) {
  const all = { text: "" };
  stream.on("data", (chunk) => (all.text += chunk));
  return all;
}

/** Ends a process that was started here, and gives its exit code. */
async function end(process, signal) {
  if (process === null || process.exitCode !== null || process.signalCode !== null) return process?.exitCode ?? null;
  const closed = once(process, "close");
  process.kill(signal);
  const [code] = await closed;
  return code;
}

async function accepts(port) {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
