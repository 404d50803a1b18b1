/** Writes values as canonical JSON (RFC 8785). */

/**
 * The canonical text of a value. Strings must be well-formed, numbers finite: what `read` gives is.
 * JSON.stringify of a string and String of a number are what RFC 8785 takes from ECMAScript.
 * @param {null | boolean | number | string | Array | Map<string, unknown> | object} value
 * @returns {string}
 */
export function canonical(value) {
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  return value instanceof Map ? fromMap(value) : fromObject(value);
}

// Array.prototype.sort without a comparison orders by UTF-16 code units, as RFC 8785 wants.
function fromMap(map) {
  const members = [...map.keys()].sort().map((name) => `${JSON.stringify(name)}:${canonical(map.get(name))}`);
  return `{${members.join(",")}}`;
}

function fromObject(object) {
  const members = Object.keys(object).sort().map((name) => `${JSON.stringify(name)}:${canonical(object[name])}`);
  return `{${members.join(",")}}`;
}
