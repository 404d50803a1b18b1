/** Asks a running proxy whether it is ready. */

import { get } from "node:http";
import { filled, splitListen } from "../config.js";
import { line, limits, operations } from "../generated/contract.js";

const { path } = operations.find(({ name }) => name === "ready");

/**
 * Prints what it says.
 * @param {string} listen HOST:PORT
 * @returns {Promise<0 | 1>} the exit code: 0 when it is ready
 */
export function askHealth(listen) {
  const { host, port } = splitListen(listen);
  return new Promise((resolve) => {
    const request = get({ host, port, path, agent: false, signal: AbortSignal.timeout(2 * limits.readyTimeoutMs) }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        process.stdout.write(`${Buffer.concat(chunks)}\n`);
        resolve(answer.statusCode === 200 ? 0 : 1);
      });
      answer.on("error", unreachable);
    });
    request.on("error", unreachable);

    function unreachable() {
      process.stderr.write(`${filled(line.unreachable, { listen })}\n`);
      resolve(1);
    }
  });
}
