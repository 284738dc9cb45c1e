/** Ask the portal for a mailbox: only the token goes out, and what comes back is opened here. docs/envelope.md 8.2. */

import { join, random } from "../bytes.js";
import { FormatError } from "../errors.js";
import { PLACES, REPLY_SIZE, openReply, replyId } from "../thread.js";
import { RefusedError, request } from "./request.js";

/**
 * @typedef {import("../returncode.js").Keys} Keys
 * @typedef {import("../thread.js").Reply & { id: Uint8Array }} Lying a reply that waits, and its name
 */

const ID = 16;
const [GIVE, OPENED, REMOVE] = [0, 1, 2];

/** One mailbox, for as long as its keys are in memory. */
export class Mailbox {
  /**
   * @param {string} address where the portal answers
   * @param {Keys} keys
   */
  constructor(address, keys) {
    this.address = address;
    this.keys = keys;
    /** @type {Lying[]} the highest number first */
    this.replies = [];
  }

  /** Fetches and opens what waits. Throws RefusedError, and whatever the network throws. */
  async look() {
    this.open(await this.ask(GIVE));
    // Told each time, also when nothing opened: what is sent after a look must not show whether a reply was there.
    this.ask(OPENED).catch(() => {});
  }

  /** Removes the replies that were seen, and no other. Throws as `look`. */
  async remove() {
    this.open(await this.ask(REMOVE));
  }

  /** @param {number} kind */
  async ask(kind) {
    const ids = Array.from({ length: PLACES }, (_, place) => this.replies[place]?.id ?? random(ID));
    const { status, body } = await request(this.address, join(Uint8Array.of(kind), this.keys.token, ...ids));
    if (status !== 200 || body.length !== PLACES * REPLY_SIZE) throw new RefusedError(status);
    return body;
  }

  /** @param {Uint8Array} body four places */
  open(body) {
    const found = [];
    for (let at = 0; at < body.length; at += REPLY_SIZE) {
      found.push(...opened(body.subarray(at, at + REPLY_SIZE), this.keys));
    }
    this.replies = found.sort((one, other) => other.number - one.number);
  }
}

/**
 * Opens one place; what does not open is an unused one, or was put there by somebody without the reply key.
 * @param {Uint8Array} place
 * @param {Keys} keys
 * @returns {Lying[]}
 */
function opened(place, keys) {
  try {
    return [{ ...openReply(place, keys), id: replyId(place) }];
  } catch (error) {
    if (error instanceof FormatError) return [];
    throw error;
  }
}
