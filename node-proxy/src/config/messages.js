/** The lines that the person who starts the program reads, and the errors that stand for them. */

import { exit, line, usage } from "../generated/contract.js";

/** A start that cannot be: one line on stderr, one exit code. */
export class StartError extends Error {
  /**
   * @param {number} code an entry of `exit`
   * @param {string} text the line
   */
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

/**
 * Fills in the names in braces, each by plain text.
 * @param {string} template
 * @param {Record<string, string | number>} values
 */
export function filled(template, values) {
  return template.replace(/\{([a-z]+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * What is wrong with the arguments.
 * @param {keyof typeof usage} what
 * @param {string} [argument]
 */
export function usageError(what, argument) {
  return new StartError(exit.usage, filled(line.usage, { what: filled(usage[what], { argument }) }));
}

/** What is wrong in the routing file, before anybody knows the file's name. */
export class Fault extends Error {
  /**
   * @param {{id: string, wrong: string, right: string}} fault an entry of `faults`
   * @param {string} pointer RFC 6901
   * @param {Record<string, string | number>} [values] what the fault's texts leave open
   */
  constructor(fault, pointer, values = {}) {
    super(fault.id);
    this.fault = fault;
    this.pointer = pointer;
    this.values = values;
  }

  /**
   * @param {string} file as given on the command line
   * @returns {StartError}
   */
  in(file) {
    const wrong = filled(this.fault.wrong, this.values);
    const right = filled(this.fault.right, this.values);
    return new StartError(exit.refused, filled(line.refused, { file, pointer: this.pointer, wrong, right }));
  }
}
