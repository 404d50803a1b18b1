#!/usr/bin/env node
/** The program: command line, signals, exit code. */

import cluster from "node:cluster";
import { Fault, filled, readArguments, readConfig, StartError } from "./config.js";
import { dependency, event, exit, help, line, version } from "./generated/contract.js";
import { Log } from "./log.js";
import { askHealth } from "./main/health.js";
import { Service } from "./main/service.js";
import { runPrimary, runWorker } from "./main/workers.js";

/** Ends the process once what it has said is out. */
function end(code) {
  log?.flush();
  process.exit(code);
}

/** A start that failed is told in one line; anything else is ours to mend, and told in the log. */
function fail(error) {
  if (error instanceof StartError) {
    process.stderr.write(`${error.message}\n`);
    end(error.code);
  }
  const failure = log ?? new Log("events", (text) => process.stdout.write(text));
  failure.line(event.failure, { text: String(error?.stack ?? error) });
  failure.flush();
  process.stderr.write(`${line.internal}\n`);
  process.exit(exit.internal);
}

let log = null;

/** @param {string[]} words */
async function main(words) {
  const given = readArguments(words);
  if (given.help) return end(say(help.text));
  if (given.version) return end(say(`docproxy ${version}\n`));
  if (given.health !== null) return end(await askHealth(given.health));
  const config = configOf(given);
  if (given.check) return end(say(`${filled(line.checked, { file: config.file })}\n`));
  log = new Log(config.log, (text) => process.stdout.write(text));
  if (config.workers > 1) return runPrimary(config, { log, end, fail });
  return serve(config);
}

function say(text) {
  process.stdout.write(text);
  return exit.stopped;
}

function configOf(given) {
  try {
    return readConfig(given, process.env);
  } catch (error) {
    throw error instanceof Fault ? error.in(given.config) : error;
  }
}

async function serve(config) {
  const service = new Service(config, {
    log,
    onDependency: (name, isUp) => log.line(event.dependency, { name, state: isUp ? dependency.up : dependency.down }),
  });
  const listen = await service.start();
  log.line(event.listening, { fleet: config.fleet, implementation: "node", listen, pid: process.pid, version });
  service.open();
  await signalled();
  log.line(event.draining);
  await service.stop();
  log.line(event.stopped);
  end(exit.stopped);
}

function signalled() {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, resolve);
  });
}

process.on("uncaughtException", fail);
// A reader of the log that went away is no reason to stop serving.
process.stdout.on("error", () => {});
if (cluster.isWorker) runWorker(fail);
else main(process.argv.slice(2)).catch(fail);
