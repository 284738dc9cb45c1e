/** Seal a content to a team: one size, whatever was written. Source: docs/envelope.md section 1. */

import { blake2b } from "@noble/hashes/blake2.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { hash, join, labelled, random, utf8 } from "./bytes.js";
import { KEY, NONCE, SEAL, TAG, encrypt, sealTo } from "./seal.js";

/** @typedef {import("./roster.js").Roster} Roster */

export const VERSION = 1;
export const SUITE = 1;
export const PADDED = 8192;
/** Bytes before the first slot: what the commitment covers, and the commitment. */
export const HEADER = 19 + 32;
export const SLOT = KEY + SEAL;

/**
 * Counts the bytes of every envelope with so many places.
 * @param {number} places
 */
export function size(places) {
  return HEADER + places * SLOT + NONCE + PADDED + TAG;
}

/**
 * Names an envelope by its bytes: 16 of them (section 1.5).
 * @param {Uint8Array} envelope
 */
export function envelopeId(envelope) {
  return sha256(envelope).subarray(0, 16);
}

/**
 * Names a town outside an envelope: 8 bytes (section 1.1).
 * @param {string} municipality
 */
export function teamTag(municipality) {
  return hash("utvag/1/team", utf8(municipality)).subarray(0, 8);
}

/**
 * Binds an envelope to one content key, over bytes 0 to 18 (section 1.2).
 * @param {Uint8Array} key
 * @param {Uint8Array} head
 */
export function commitment(key, head) {
  return blake2b(labelled("utvag/1/commitment", head), { key, dkLen: 32 });
}

/**
 * Seals content (at most 8,191 bytes) to every place of a municipality's team: always `size(roster.places)` bytes.
 * Throws FormatError "too-long", and RangeError for a municipality without a team. Key and nonces are drawn anew
 * for each call and kept nowhere.
 * @param {Uint8Array} content
 * @param {string} municipality
 * @param {Roster} roster
 */
export function seal(content, municipality, roster) {
  const team = roster.teams.get(municipality);
  if (!team) throw new RangeError("no team for this municipality");
  const key = random(KEY);
  const kind = Uint8Array.of(VERSION, SUITE, roster.places, ...epoch(roster));
  const head = join(utf8("UTVG"), kind, teamTag(municipality));
  const slots = team.map((publicKey) => sealTo(publicKey, key));
  const outside = join(head, commitment(key, head), ...slots);
  return join(outside, encrypt(key, content, PADDED, outside));
}

/** @param {Roster} roster */
function epoch(roster) {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setUint32(0, roster.epoch);
  return data;
}
