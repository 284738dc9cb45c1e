/** Staff's replies to one return code, opened by whoever has the code. Source: docs/envelope.md section 8. */

import { join, utf8, whole } from "./bytes.js";
import { FormatError, malformed } from "./errors.js";
import { hasNames, readJson } from "./json.js";
import { address } from "./returncode.js";
import { isDay } from "./roster.js";
import { KEY, NONCE, SEAL, TAG, decrypt, openSeal } from "./seal.js";

/** @typedef {{ number: number, day: string, from: string, text: string }} Reply */

const HEAD = join(utf8("UTVR"), Uint8Array.of(1, 1));
const SLOT_END = HEAD.length + KEY + SEAL;
export const PADDED = 4096;
export const REPLY_SIZE = SLOT_END + NONCE + PADDED + TAG;
const HIGHEST_NUMBER = 999_999;

/**
 * Opens one of a mailbox's four places. Throws FormatError: "not-a-recipient" for an unused place or another code's,
 * "corrupt" for one that was changed or put into another mailbox, "malformed".
 * @param {Uint8Array} data
 * @param {import("./returncode.js").Keys} keys
 * @returns {Reply}
 */
export function openReply(data, keys) {
  if (data.length !== REPLY_SIZE) malformed("another length than a reply's");
  const outside = data.subarray(0, SLOT_END);
  // Magic, version and suite are not compared first: they are associated data, and an unused place has random ones.
  const key = openSeal(outside.subarray(HEAD.length), keys.replySecret);
  if (key.length !== KEY) throw new FormatError("corrupt", "not a content key");
  return read(decrypt(key, data.subarray(SLOT_END), join(outside, address(keys))));
}

/**
 * @param {Uint8Array} content
 * @returns {Reply}
 */
function read(content) {
  const value = readJson(content);
  if (!hasNames(value, "day from number text v") || value.v !== 1) malformed("other names than version 1 has");
  const { number, day, from, text } = value;
  if (typeof number !== "number" || number < 1 || number > HIGHEST_NUMBER) return malformed("a number outside its range");
  if (typeof day !== "string" || !isDay(day)) return malformed("not a day");
  if (typeof from !== "string" || typeof text !== "string") return malformed("a value of another type");
  return { number, day, from: whole(from), text: whole(text) };
}
