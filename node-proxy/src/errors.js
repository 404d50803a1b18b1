/** The closed list of problems as one error type. */

/**
 * A problem that a client is told of. Its fact is an entry of the generated `problems`; rooms below http know
 * neither its status nor its text.
 */
export class Problem extends Error {
  /**
   * @param {{slug: string}} fact an entry of `problems`
   * @param {object} [details]
   * @param {unknown} [details.cause] what is behind it
   * @param {number} [details.code] the number of the error that a store has answered
   */
  constructor(fact, { cause, code = null } = {}) {
    // A problem is an answer, not a fault of ours: where it came about does not matter, and finding that out is dear.
    const depth = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(fact.slug, { cause });
    Error.stackTraceLimit = depth;
    this.fact = fact;
    this.code = code;
    /** @type {string | null} the Cache-Status that goes with the answer */
    this.cache = null;
  }
}

/**
 * Whether an error is this problem.
 * @param {unknown} error
 * @param {{slug: string}} fact an entry of `problems`
 */
export function isProblem(error, fact) {
  return error instanceof Problem && error.fact === fact;
}
