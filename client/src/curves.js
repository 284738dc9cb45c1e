/**
 * X25519 and Ed25519 public keys, from the smallest parts of noble: its ready-made ed25519 module would bring the
 * script over 20 KB (client/README.md). Both are held to libsodium's by tests/client.
 */

import { Point, signAsync } from "@noble/ed25519";
import { pow } from "@noble/curves/abstract/modular.js";
import { montgomery } from "@noble/curves/abstract/montgomery.js";
import { sha512 } from "./digest.js";

const P = 2n ** 255n - 19n;

/** X25519 (RFC 7748); it throws for a public key of low order. */
export const x25519 = montgomery({ P, type: "x25519", adjustScalarBytes: clamp, powPminus2: (x) => pow(x, P - 2n, P) });

/**
 * Gives the Ed25519 public key of a 32-byte seed (RFC 8032 section 5.1.5).
 * @param {Uint8Array} seed
 */
export async function ed25519Public(seed) {
  const scalar = clamp((await sha512(seed)).subarray(0, 32)).reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
  // A clamped scalar is a multiple of 8. Starting from 8·B keeps noble from making a table of thousands of points for
  // B, which would cost a slow phone half a second and serve this one multiplication only.
  return Point.BASE.double().double().double().multiply(scalar >> 3n).toBytes();
}

/**
 * Signs (RFC 8032). The trap: sign only labelled bytes.
 * @param {Uint8Array} seed
 * @param {Uint8Array} message
 */
export function ed25519Sign(seed, message) {
  return signAsync(message, seed);
}

/** @param {Uint8Array} scalar */
function clamp(scalar) {
  scalar[0] = (scalar[0] ?? 0) & 248;
  scalar[31] = ((scalar[31] ?? 0) & 127) | 64;
  return scalar;
}
