/** Seal what was written and bring it to the portal: one envelope for a try until the portal has acknowledged it. */

import { hex, random } from "../bytes.js";
import { encode } from "../content.js";
import { seal } from "../envelope.js";
import { readJson } from "../json.js";
import { readRoster } from "../roster.js";
import { RefusedError, request } from "./request.js";

/**
 * @typedef {import("../roster.js").Roster} Roster
 * @typedef {import("../content.js").Submission} Submission
 * @typedef {object} Draft
 * @property {string} form
 * @property {string} municipality the town that was chosen
 * @property {string} fallback the town that reads where none was chosen
 * @property {string} page
 * @property {import("../content.js").Answers} answers
 * @property {boolean} [wantsCode]
 */

const ROUNDS = 3;

/** Sends the submissions of one page that was begun. Holds the sealed envelope, in memory only. */
export class Sender {
  /**
   * @param {DOMStringMap} addresses where envelopes go and the roster is
   * @param {(submission: Submission, draft: Draft, roster: Roster) => Promise<Submission>} finish puts in what belongs
   *   to a code
   */
  constructor({ envelopes = "/envelope", rosters = "/roster" }, finish) {
    this.envelopes = envelopes;
    this.rosters = rosters;
    this.finish = finish;
    this.tryId = hex(random(16));
    /** @type {Promise<Roster> | null} */
    this.roster = null;
    /** @type {{ of: string, envelope: Uint8Array<ArrayBuffer> } | null} */
    this.sealed = null;
  }

  /** Fetches the roster before it is needed; a failure is no matter, sending tries again. */
  prepare() {
    this.current().catch(() => {});
  }

  /**
   * Seals and sends; once this returns the portal has it on disk. Throws FormatError "too-long", RefusedError, and
   * whatever the network throws; the envelope is kept then and sent again as it is.
   * @param {Draft} draft
   * @returns {Promise<import("../json.js").Names>} what the portal says that the confirmation shall show
   */
  async send(draft) {
    for (let round = 0; round < ROUNDS; round += 1) {
      const answer = await request(this.envelopes, await this.envelope(draft, await this.current()));
      if (answer.status === 201) {
        this.sealed = null;
        this.tryId = hex(random(16)); // what is sent from here on is no version of this
        return readFresh(answer.body);
      }
      if (answer.status !== 409) throw new RefusedError(answer.status);
      // The team's keys have changed since the page was opened: the answer is the roster of now.
      this.roster = Promise.resolve(readRoster(answer.body));
    }
    throw new RefusedError(409);
  }

  /** @returns {Promise<Roster>} */
  current() {
    this.roster ??= request(this.rosters).then((answer) => {
      if (answer.status !== 200) throw new RefusedError(answer.status);
      return readRoster(answer.body);
    });
    this.roster.catch(() => (this.roster = null));
    return this.roster;
  }

  /**
   * Gives the envelope of this draft, sealed anew only if the text or the roster has changed.
   * @param {Draft} draft
   * @param {Roster} roster
   */
  async envelope(draft, roster) {
    const of = JSON.stringify([roster.epoch, draft]);
    if (this.sealed?.of !== of) {
      const content = encode(await this.submission(draft, roster));
      this.sealed = { of, envelope: seal(content, town(draft, roster), roster) };
    }
    return this.sealed.envelope;
  }

  /**
   * @param {Draft} draft
   * @param {Roster} roster
   * @returns {Promise<Submission>}
   */
  async submission(draft, roster) {
    const { form, page, answers } = draft;
    const { tryId } = this;
    const plain = { tryId, at: new Date(), form, municipality: town(draft, roster), page, answers, mailbox: null };
    return this.finish(plain, draft, roster);
  }
}

/**
 * @param {Draft} draft
 * @param {Roster} roster
 */
function town({ municipality, fallback }, roster) {
  const wanted = municipality === "unknown" ? fallback : municipality;
  // Never another town than the chosen one: that could be read by those whom the person keeps away from.
  if (!roster.teams.has(wanted)) throw new RefusedError(409);
  return wanted;
}

/**
 * Reads what the portal adds to its acknowledgement; whatever it is, the envelope has been received.
 * @param {Uint8Array} body
 */
function readFresh(body) {
  try {
    return readJson(body);
  } catch {
    return {};
  }
}
