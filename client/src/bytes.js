/** Bytes, texts and labels as docs/envelope.md writes them. */

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { malformed } from "./errors.js";

export { concatBytes as join, bytesToHex as hex, utf8ToBytes as utf8 };

// A byte order mark is part of what was written: without ignoreBOM the decoder would swallow it.
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads UTF-8; throws for anything else.
 * @param {Uint8Array} data
 */
export function text(data) {
  try {
    return strict.decode(data);
  } catch {
    return malformed("not UTF-8");
  }
}

/**
 * Replaces lone surrogates by U+FFFD, as the encoder does anyway, so that the text is the same wherever it is read.
 * @param {string} value
 */
export function whole(value) {
  return lenient.decode(utf8ToBytes(value));
}

/**
 * Reads lower-case hex of exactly `size` bytes.
 * @param {unknown} value
 * @param {number} size
 */
export function unhex(value, size) {
  if (typeof value !== "string" || value.length !== 2 * size || !/^[0-9a-f]*$/.test(value)) {
    return malformed(`not ${size} bytes in hex`);
  }
  return hexToBytes(value);
}

/**
 * Draws random bytes from the system's generator; throws where there is none.
 * @param {number} size
 */
export function random(size) {
  return crypto.getRandomValues(new Uint8Array(size));
}

/**
 * Writes a label, its 00 and what stands under it.
 * @param {string} label
 * @param {Uint8Array} content
 */
export function labelled(label, content) {
  return concatBytes(utf8ToBytes(label), Uint8Array.of(0), content);
}

/**
 * Hashes under a label: SHA-256(label, 00, content).
 * @param {string} label
 * @param {Uint8Array} content
 */
export function hash(label, content) {
  return sha256(labelled(label, content));
}
