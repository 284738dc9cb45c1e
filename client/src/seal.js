/** The building blocks of docs/envelope.md: seal, AEAD with padding, HKDF. Nothing here knows a format. */

import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hsalsa, xsalsa20poly1305 } from "@noble/ciphers/salsa.js";

import { blake2b } from "@noble/hashes/blake2.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { join, random, utf8 } from "./bytes.js";
import { x25519 } from "./curves.js";
import { FormatError } from "./errors.js";

export const KEY = 32;
/** Bytes that a seal is longer than its content. */
export const SEAL = 48;
export const NONCE = 24;
export const TAG = 16;

const SIGMA = words(utf8("expand 32-byte k"));

/**
 * Seals content to an X25519 public key as libsodium's crypto_box_seal does; 48 bytes longer.
 * Throws for a public key of low order: whatever is sealed to one could be opened by anybody.
 * @param {Uint8Array} publicKey
 * @param {Uint8Array} content
 */
export function sealTo(publicKey, content) {
  // The nonce is fixed by the two keys, and safe: the ephemeral key is drawn for this one message and forgotten.
  const secret = random(KEY);
  const ephemeral = x25519.getPublicKey(secret);
  return join(ephemeral, box(secret, publicKey, ephemeral, publicKey).encrypt(content));
}

/**
 * Opens what was sealed to a key pair.
 * @param {Uint8Array} sealed
 * @param {Uint8Array} secret
 */
export function openSeal(sealed, secret) {
  const ephemeral = sealed.subarray(0, KEY);
  try {
    return box(secret, ephemeral, ephemeral, x25519.getPublicKey(secret)).decrypt(sealed.subarray(KEY));
  } catch {
    throw new FormatError("not-a-recipient", "not sealed to this key");
  }
}

/**
 * Pads to `size` bytes (ISO 7816-4) and encrypts under a random nonce: nonce, then size + 16 bytes.
 * @param {Uint8Array} key
 * @param {Uint8Array} content
 * @param {number} size
 * @param {Uint8Array} associated
 */
export function encrypt(key, content, size, associated) {
  if (content.length >= size) throw new FormatError("too-long", "does not fit", content.length - size + 1);
  const padded = new Uint8Array(size);
  padded.set(content);
  padded[content.length] = 0x80;
  const nonce = random(NONCE);
  return join(nonce, xchacha20poly1305(key, nonce, associated).encrypt(padded));
}

/**
 * Decrypts what `encrypt` made and takes the padding off.
 * @param {Uint8Array} key
 * @param {Uint8Array} sealed
 * @param {Uint8Array} associated
 */
export function decrypt(key, sealed, associated) {
  try {
    const cipher = xchacha20poly1305(key, sealed.subarray(0, NONCE), associated);
    const padded = cipher.decrypt(sealed.subarray(NONCE));
    const end = padded.lastIndexOf(0x80);
    if (end < 0 || padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Error("no padding");
    return padded.subarray(0, end);
  } catch {
    throw new FormatError("corrupt", "does not decrypt");
  }
}

/**
 * Derives 32 bytes for one purpose; the label is the purpose (RFC 5869).
 * @param {Uint8Array} secret
 * @param {string} label
 */
export function derive(secret, label) {
  return hkdf(sha256, secret, undefined, utf8(label), KEY);
}

/**
 * The cipher of crypto_box between two keys, under the nonce that a seal gives it.
 * @param {Uint8Array} secret
 * @param {Uint8Array} other
 * @param {Uint8Array} ephemeral
 * @param {Uint8Array} recipient
 */
function box(secret, other, ephemeral, recipient) {
  const key = new Uint32Array(KEY / 4);
  hsalsa(SIGMA, words(x25519.getSharedSecret(secret, other)), new Uint32Array(4), key);
  const nonce = blake2b(join(ephemeral, recipient), { dkLen: NONCE });
  return xsalsa20poly1305(new Uint8Array(key.buffer), nonce);
}

/**
 * Bytes as the little-endian words that Salsa20 counts in; every phone and computer of today is little-endian.
 * @param {Uint8Array} data
 */
function words(data) {
  return new Uint32Array(data.slice().buffer);
}
