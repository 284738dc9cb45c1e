/** What a person sends, as the JSON inside an envelope. Source: docs/envelope.md section 2. */

import { utf8, whole } from "./bytes.js";
import { FormatError } from "./errors.js";
import { canonical } from "./json.js";

export const CONTENT_LIMIT = 8191;

/**
 * @typedef {{ [name: string]: string | readonly string[] }} Answers
 * @typedef {{ address: string, reply: string, thread: string }} Mailbox 64 hex digits each
 * @typedef {object} Submission
 * @property {string} tryId 32 hex digits, drawn once for each page that was begun
 * @property {Date} at
 * @property {string} form "me" or "other"
 * @property {string} municipality
 * @property {string} page the page's language
 * @property {Answers} answers the contract's field names; empty answers are left out
 * @property {Mailbox | null} mailbox null where no code was asked for
 * @property {{ counter: number, signature: string }} [followUp] of a message written with a code (section 8.1)
 */

// What a mailbox costs does not depend on the code: the limit can be counted before one is drawn.
const SOME = "0".repeat(64);
/** @type {Mailbox} */
export const ANY_MAILBOX = { address: SOME, reply: SOME, thread: SOME };

/**
 * Writes the content of an envelope, at most 8,191 bytes; throws FormatError "too-long" with the bytes that must go.
 * The trap: bytes are not characters; an Arabic letter takes two.
 * @param {Submission} submission
 */
export function encode(submission) {
  const content = write(submission);
  const over = content.length - CONTENT_LIMIT;
  if (over > 0) throw new FormatError("too-long", `${over} bytes too long for one envelope`, over);
  return content;
}

/**
 * Counts the bytes that are left, below zero if some must go; counted on the very bytes that would be sealed.
 * @param {Submission} submission
 */
export function remaining(submission) {
  return CONTENT_LIMIT - write(submission).length;
}

/** @param {Submission} submission */
function write({ tryId, at, form, municipality, page, answers, mailbox, followUp }) {
  const given = Object.entries(answers).filter(([, answer]) => answer.length > 0);
  const value = {
    v: 1,
    try: tryId,
    at: `${at.toISOString().slice(0, 19)}Z`,
    form,
    municipality,
    page,
    road: "page",
    answers: Object.fromEntries(given.map(([name, answer]) => [name, clean(answer)])),
    ...(mailbox && { mailbox }),
    ...(followUp && { follow_up: followUp }),
  };
  return utf8(canonical(value));
}

/** @param {string | readonly string[]} answer */
function clean(answer) {
  return typeof answer === "string" ? whole(answer) : answer.map(whole);
}
