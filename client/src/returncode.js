/**
 * The return code: 24 digits that lead back to the answers, and the keys that follow.
 * Source: docs/envelope.md section 7.
 */

import { hash, hex, random, utf8 } from "./bytes.js";
import { ed25519Public, x25519 } from "./curves.js";
import { stretch } from "./digest.js";
import { malformed } from "./errors.js";
import { KEY, derive as deriveKey } from "./seal.js";

/**
 * @typedef {object} Keys what a code gives, one purpose each, 32 bytes each
 * @property {Uint8Array} token
 * @property {Uint8Array} replySecret
 * @property {Uint8Array} threadSeed
 */

const DIGITS = 24;
const RANDOM_DIGITS = 22;
const ROUNDS = 4000;
// Spaces, dashes and the invisible marks that a keyboard for right-to-left scripts adds.
const SKIPPED = /[\s\x1c-\x1f\x85\p{Pd}\p{Cf}]/u;

/** Draws a code: 22 uniform random digits (73 bits) and two check digits (ISO 7064 MOD 97-10). */
export function newCode() {
  let drawn = "";
  while (drawn.length < RANDOM_DIGITS) {
    // Bytes of 250 and more are thrown away, so that each digit is equally likely.
    drawn += [...random(RANDOM_DIGITS)].filter((byte) => byte < 250).map((byte) => byte % 10).join("");
  }
  drawn = drawn.slice(0, RANDOM_DIGITS);
  return drawn + String(98n - ((BigInt(drawn) * 100n) % 97n)).padStart(2, "0");
}

/**
 * Reads a code as people write it: any script's digits, spaces and dashes.
 * @param {string} text
 */
export function parseCode(text) {
  const code = kept(text).map(digit).join("");
  if (code.length !== DIGITS || BigInt(code) % 97n !== 1n) malformed("not a code");
  return code;
}

/**
 * Tells whether enough has been typed for the check digits to speak.
 * @param {string} text
 */
export function isTyped(text) {
  return kept(text).length >= DIGITS;
}

/** @param {string} text */
function kept(text) {
  return [...text].slice(0, 200).filter((char) => !SKIPPED.test(char));
}

/**
 * Writes a code in six groups of four, as it is read aloud.
 * @param {string} code
 */
export function groups(code) {
  return code.match(/.{4}/g) ?? [];
}

/**
 * Derives a code's keys with the roster's salt: cheap by design, the code's own 73 bits carry the weight.
 * @param {string} code
 * @param {Uint8Array} salt
 * @returns {Promise<Keys>}
 */
export async function derive(code, salt) {
  const root = await stretch(utf8(code), salt, ROUNDS, KEY);
  return {
    token: deriveKey(root, "utvag/1/code/token"),
    replySecret: deriveKey(root, "utvag/1/code/reply"),
    threadSeed: deriveKey(root, "utvag/1/code/thread"),
  };
}

/**
 * Gives the public halves, which the submission carries, in hex.
 * @param {Keys} keys
 * @returns {Promise<import("./content.js").Mailbox>}
 */
export async function mailbox(keys) {
  return {
    address: hex(address(keys)),
    reply: hex(x25519.getPublicKey(keys.replySecret)),
    thread: hex(await ed25519Public(keys.threadSeed)),
  };
}

/**
 * Gives the address under which replies wait; it does not lead back to the token.
 * @param {Keys} keys
 */
export function address(keys) {
  return hash("utvag/1/mailbox", keys.token);
}

/**
 * Reads one decimal digit of any script: Unicode lays each script's ten digits in a row, zero first.
 * @param {string} char
 */
function digit(char) {
  const point = char.codePointAt(0) ?? 0;
  let before = -1;
  while (/\p{Nd}/u.test(String.fromCodePoint(point - before - 1))) before += 1;
  return before < 0 ? malformed("something that is not a digit") : before % 10;
}
