/**
 * The list of public keys that a submission is sealed to. Source: docs/envelope.md section 3.
 *
 * The signature is not checked: whoever could change the roster on its way to the page could change this script as
 * well (docs/threat-model.md). What is malformed is refused all the same, so that nothing is sealed by mistake.
 * Days are not looked at: nothing may depend on a phone's clock; the portal serves no expired roster.
 */

import { hex, text, unhex, utf8 } from "./bytes.js";
import { SUITE } from "./envelope.js";
import { malformed } from "./errors.js";
import { canonical, hasNames, isObject, readJson } from "./json.js";

/**
 * @typedef {object} Roster
 * @property {number} epoch
 * @property {Uint8Array} salt 16 bytes
 * @property {number} places
 * @property {Map<string, Uint8Array[]>} teams a municipality's public keys, recovery first, then the roster's order
 */

const NAMES = "epoch not_after places previous salt suites teams";
const REVOKING = "epoch not_after places previous revokes salt suites teams";
// The field's prime, 2^255 - 19, as a key's hex would write it if keys were big-endian.
const PRIME = `7f${"f".repeat(60)}ed`;

/**
 * Reads a roster file.
 * @param {Uint8Array} data
 * @returns {Roster}
 */
export function readRoster(data) {
  const [title, signature, content = "", end, ...more] = text(data).split("\n");
  const whole = title === "utvag roster 1" && isSignature(signature) && end === "" && !more.length;
  if (!whole) malformed("not a roster file");
  const value = readJson(utf8(content));
  if (canonical(value) !== content) malformed("not canonical JSON");
  const known = hasNames(value, NAMES) || (hasNames(value, REVOKING) && value.revokes === "yes");
  if (!known) malformed("other names than a roster has");
  const places = number(value.places, 2, 255);
  checkOutside(value);
  return {
    epoch: number(value.epoch, 1, 2 ** 32 - 1),
    salt: unhex(value.salt, 16),
    places,
    teams: readTeams(value.teams, places),
  };
}

/** @param {{ [name: string]: unknown }} value */
function checkOutside({ previous, not_after: notAfter, suites }) {
  if (previous !== "") unhex(previous, 32);
  if (typeof notAfter !== "string" || !isDay(notAfter)) malformed("not_after is not a day");
  const known = Array.isArray(suites) && suites.includes(SUITE) && suites.every(Number.isInteger);
  if (!known) malformed("suite 1 is missing");
}

/**
 * @param {unknown} value
 * @param {number} places
 */
function readTeams(value, places) {
  if (!Array.isArray(value) || !value.length) return malformed("no team");
  const teams = new Map(value.map((team) => readTeam(team, places)));
  const names = value.map((team) => team.municipality);
  if (!ascending(names)) malformed("teams are not in ascending order, each once");
  return teams;
}

/**
 * @param {unknown} value
 * @param {number} places
 * @returns {[string, Uint8Array[]]}
 */
function readTeam(value, places) {
  if (!isObject(value) || !hasNames(value, "contact municipality recipients recovery")) return malformed("not a team");
  const { contact, municipality, recipients, recovery } = value;
  if (!isTown(municipality)) return malformed("not an id");
  if (!isObject(contact) || !Object.values(contact).every((one) => typeof one === "string")) malformed("not contacts");
  if (!Array.isArray(recipients) || recipients.length !== places - 1) return malformed("another number of recipients");
  if (!ascending(recipients) || recipients.includes(recovery)) malformed("recipients are not ascending, each once");
  return [municipality, [recovery, ...recipients].map(publicKey)];
}

/**
 * Reads a canonical public key. One of low order is refused where it is used: `sealTo` throws.
 * @param {unknown} value
 */
function publicKey(value) {
  const key = unhex(value, 32);
  if (hex(key.slice().reverse()) >= PRIME) malformed("not a canonical public key");
  return key;
}

/**
 * @param {unknown} value
 * @param {number} least
 * @param {number} most
 */
function number(value, least, most) {
  if (typeof value !== "number" || !(value >= least && value <= most)) return malformed("a number outside its range");
  return value;
}

/** @param {string | undefined} value */
function isSignature(value = "") {
  // 64 bytes: the last of 86 letters carries two bits and must carry no others.
  return /^[A-Za-z0-9+/]{85}[AQgw]==$/.test(value);
}

/**
 * @param {unknown} value
 * @returns {value is string}
 */
export function isTown(value) {
  return typeof value === "string" && /^[a-z][a-z0-9-]{0,30}$/.test(value);
}

/** @param {string} value */
export function isDay(value) {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00Z`) : new Date(NaN);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value);
}

/** @param {readonly string[]} values all ASCII, so that UTF-16 order is byte order */
function ascending(values) {
  return values.every((value, index) => index === 0 || String(values[index - 1]) < value);
}
