// A target for the tests of the suite's honesty: the Rust proxy behind a relay that plays a trick.
//
// node front.mjs CONFIG LISTEN TRICK FLAG. A trick that happens once leaves the file FLAG behind.

import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { createInterface } from "node:readline";

const [config, listen, trick, flag] = process.argv.slice(2);
const AFTER = 200; // requests, so that it is in the middle of a run

const program = ["target/debug/docproxy", "--config", config, "--listen", "127.0.0.1:0", "--log", "events"];
const proxy = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...program], { stdio: ["ignore", "pipe", "inherit"] });
proxy.on("exit", () => process.exit(1));

let requests = 0;

function ask(bytes) {
  const line = bytes.toString("latin1").split("\r\n", 1)[0];
  if (!line.includes(" /v1/")) return;
  requests += 1;
  if (trick === "dies-at-each-patch" && line.startsWith("PATCH ")) process.exit(70);
  if (requests < AFTER || existsSync(flag) || !trick.endsWith("-once")) return;
  writeFileSync(flag, "");
  if (trick === "dies-once") process.exit(70);
  process.kill(process.pid, "SIGSTOP");
}

function answer(bytes) {
  if (trick !== "another-header") return bytes;
  return Buffer.from(bytes.toString("latin1").replace("HTTP/1.1 204 No Content", "HTTP/1.1 204 No Content\r\nOdd: yes"), "latin1");
}

const served = createServer((client) => {
  const upstream = createConnection(Number(address.split(":")[1]), "127.0.0.1");
  const end = () => [client, upstream].forEach((socket) => socket.destroy());
  client.on("data", (bytes) => (ask(bytes), upstream.write(bytes)));
  upstream.on("data", (bytes) => client.write(answer(bytes)));
  client.on("end", () => upstream.end()).on("error", end).on("close", () => upstream.destroy());
  upstream.on("end", () => client.end()).on("error", end);
});

let address;
for await (const line of createInterface({ input: proxy.stdout })) {
  const event = JSON.parse(line);
  if (event.event !== "listening") continue;
  address = event.listen;
  const [host, port] = listen.split(":");
  served.listen(Number(port), host, () => console.log(JSON.stringify({ event: "listening", listen: `${host}:${served.address().port}` })));
}
