/** The body of a request: read off its connection, turned into a document. */

import { Problem } from "../errors.js";
import { problems } from "../generated/contract.js";
import { canonical, etag, read } from "../json.js";

/**
 * @typedef {import("../documents.js").NewDocument & {wasCanonical: boolean}} DocumentBody `wasCanonical`: the client
 *   sent just these bytes
 */

/**
 * @param {Buffer} bytes as sent
 * @param {number} limitBytes
 * @returns {DocumentBody}
 * @throws {Problem} what `readObject` throws, then body-too-large for the canonical form
 */
export function readDocument(bytes, limitBytes) {
  const canonicalBytes = Buffer.from(canonical(readObject(bytes, limitBytes)));
  if (canonicalBytes.length > limitBytes) throw new Problem(problems.bodyTooLarge);
  return { bytes: canonicalBytes, etag: etag(canonicalBytes), wasCanonical: canonicalBytes.equals(bytes) };
}

/**
 * @param {Buffer} bytes as sent
 * @param {number} limitBytes
 * @returns {Map<string, unknown>}
 * @throws {Problem} body-too-large, the reader's faults, root-not-object
 */
export function readObject(bytes, limitBytes) {
  if (bytes.length > limitBytes) throw new Problem(problems.bodyTooLarge);
  const value = read(bytes);
  if (!(value instanceof Map)) throw new Problem(problems.rootNotObject);
  return value;
}

/** A body on its way in: read, left, or cut off. */
export class Incoming {
  #request;
  #response;
  #isExpecting;
  #wasRead = false;
  #isCut = false;
  #onCut = () => {};

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   * @param {boolean} isExpecting whether the client waits for 100 before it sends the body
   */
  constructor(request, response, isExpecting) {
    this.#request = request;
    this.#response = response;
    this.#isExpecting = isExpecting;
  }

  /**
   * Takes the whole body.
   * @param {number} limitBytes
   * @returns {Promise<Buffer>}
   * @throws {Problem} body-too-large, bad-request where the client ends before the body does
   */
  read(limitBytes) {
    if (this.#isExpecting) this.#response.writeContinue();
    this.#isExpecting = false;
    this.#wasRead = true;
    return new Promise((resolve, reject) => {
      const chunks = [];
      let bytes = 0;
      const take = (chunk) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > limitBytes) fail(problems.bodyTooLarge);
      };
      const fail = (fact) => {
        this.#request.off("data", take);
        reject(new Problem(fact));
      };
      this.#onCut = () => fail(problems.badRequest);
      if (this.#isCut) this.#onCut();
      this.#request.on("data", take);
      this.#request.once("end", () => resolve(Buffer.concat(chunks)));
      this.#request.once("close", this.#onCut);
    });
  }

  /** Says that no more will come of a body that is not complete. */
  cut() {
    this.#isCut = true;
    this.#onCut();
  }

  /** Whether there may still be bytes to come of it. */
  get isOpen() {
    return !this.#request.complete && !this.#isCut;
  }

  /**
   * Whether the connection can be used again after the answer: a body that nobody read must be short, and on its way.
   * @param {number} limitBytes
   */
  canBeReused(limitBytes) {
    const { complete, headers } = this.#request;
    if (this.#wasRead) return complete;
    const isChunked = headers["transfer-encoding"] !== undefined;
    const bytes = Number(headers["content-length"] ?? 0);
    return !isChunked && (bytes === 0 || (bytes <= limitBytes && !this.#isExpecting && !this.#isCut));
  }
}
