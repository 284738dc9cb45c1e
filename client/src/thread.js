/**
 * The thread between one return code and staff: replies opened with the code, messages signed with it.
 * Source: docs/envelope.md section 8.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { hex, join, labelled, unhex, utf8, whole } from "./bytes.js";
import { ANY_MAILBOX, encode } from "./content.js";
import { ed25519Sign } from "./curves.js";
import { FormatError, malformed } from "./errors.js";
import { readJson } from "./json.js";
import { address, mailbox } from "./returncode.js";
import { isDay, isTown } from "./roster.js";
import { KEY, NONCE, SEAL, TAG, decrypt, openSeal } from "./seal.js";

/**
 * @typedef {object} Reply
 * @property {number} number
 * @property {string} day
 * @property {string} from
 * @property {string} text
 * @property {string} municipality the town that answers, "" where the reply does not say
 */

const HEAD = join(utf8("UTVR"), Uint8Array.of(1, 1));
const SLOT_END = HEAD.length + KEY + SEAL;
export const PADDED = 4096;
export const REPLY_SIZE = SLOT_END + NONCE + PADDED + TAG;
/** Replies that a mailbox holds at most, and that are always given. */
export const PLACES = 4;
/** What makes a submission a follow-up costs the same whatever it is: the limit can be counted before it is signed. */
export const ANY_PROOF = { mailbox: ANY_MAILBOX, followUp: { counter: 1e12, signature: "0".repeat(128) } };
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
 * Names a sealed reply by its bytes: 16 of them (section 8.2).
 * @param {Uint8Array} data
 */
export function replyId(data) {
  return sha256(data).subarray(0, 16);
}

/**
 * Names the numbers that do not wait, from 1 to the highest, as the page of the plain road does: "1–3, 5", or "". Said
 * on the page, since whoever can write to the database could hold a reply back or put an old one there again.
 * @param {readonly number[]} numbers
 */
export function missing(numbers) {
  const spans = [];
  let last = 0;
  for (const number of [...new Set(numbers)].sort((one, other) => one - other)) {
    if (number > last + 1) spans.push(number === last + 2 ? `${last + 1}` : `${last + 1}–${number - 1}`);
    last = number;
  }
  return spans.join(", ");
}

/**
 * Gives the submission with the code's mailbox and signature, so that staff join it to the thread (section 8.1). The
 * signature covers every other part: sign last. Throws FormatError "too-long".
 * @param {import("./content.js").Submission} submission
 * @param {import("./returncode.js").Keys} keys
 * @param {number} counter milliseconds of the phone's clock: it only puts messages in order
 * @returns {Promise<import("./content.js").Submission>}
 */
export async function signFollowUp(submission, keys, counter) {
  const { followUp: _, ...rest } = submission;
  const unsigned = { ...rest, mailbox: await mailbox(keys) };
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(counter));
  const content = join(unhex(unsigned.mailbox.address, 32), number, sha256(encode(unsigned)));
  const signature = hex(await ed25519Sign(keys.threadSeed, labelled("utvag/1/follow-up", content)));
  return { ...unsigned, followUp: { counter, signature } };
}

/**
 * @param {Uint8Array} content
 * @returns {Reply}
 */
function read(content) {
  const { v, number, day, from, text, municipality, ...more } = readJson(content);
  if (v !== 1 || Object.keys(more).length) malformed("other names than version 1 has");
  if (typeof number !== "number" || number < 1 || number > HIGHEST_NUMBER) return malformed("a number out of range");
  if (typeof day !== "string" || !isDay(day)) return malformed("not a day");
  if (typeof from !== "string" || typeof text !== "string") return malformed("a value of another type");
  if (municipality !== undefined && !isTown(municipality)) return malformed("not a town's id");
  return { number, day, from: whole(from), text: whole(text), municipality: municipality ?? "" };
}
