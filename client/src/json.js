/** JSON in the one form that Utväg writes, and read with care. Source: docs/envelope.md. */

import { malformed } from "./errors.js";
import { text } from "./bytes.js";

/** @typedef {{ [name: string]: unknown }} Names */

/**
 * Writes canonical JSON: names sorted by code point, no white space, no escapes but those JSON demands.
 * The trap: JSON.stringify writes a lone surrogate as an escape; make texts whole first.
 * @param {unknown} value
 * @returns {string}
 */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort(byCodePoint);
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}

/**
 * Reads one JSON object of any origin: whole numbers only, no name twice.
 * @param {Uint8Array} data
 * @returns {Names}
 */
export function readJson(data) {
  const source = text(data);
  let value;
  try {
    value = JSON.parse(source);
  } catch {
    return malformed("not JSON");
  }
  // JSON.parse keeps the last of two equal names without a word: count the names as written against those kept.
  let written = 0;
  const rest = source.replace(/"(?:[^"\\]|\\.)*"(\s*:)?/g, (_, colon) => (colon && (written += 1), '"'));
  if (!isObject(value) || written !== countNames(value)) return malformed("not a JSON object, or a name stands twice");
  if (/\d[.eE]/.test(rest)) return malformed("a number that is not whole");
  return value;
}

/**
 * @param {unknown} value
 * @returns {value is Names}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Tells whether an object has exactly these names.
 * @param {Names} value
 * @param {string} names with spaces between
 */
export function hasNames(value, names) {
  return Object.keys(value).sort().join(" ") === names;
}

/**
 * @param {unknown} value
 * @returns {number}
 */
function countNames(value) {
  if (typeof value !== "object" || value === null) return 0;
  const inside = Object.values(value).reduce((/** @type {number} */ sum, one) => sum + countNames(one), 0);
  return inside + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

/**
 * @param {string} left
 * @param {string} right
 */
function byCodePoint(left, right) {
  const [a, b] = [[...left], [...right]];
  const at = a.findIndex((char, index) => char !== b[index]);
  return at < 0 ? a.length - b.length : (a[at]?.codePointAt(0) ?? 0) - (b[at]?.codePointAt(0) ?? -1);
}
