/**
 * The page of the code, with the code kept in the phone. The contract stands in client/README.md.
 *
 * The code is read here, its keys are derived here, replies are opened here and messages signed and sealed here. What
 * leaves is the mailbox token, names of replies, and envelopes. It fails closed as the forms do: no form exists while
 * script is on.
 */

import { remaining } from "./content.js";
import { FormatError } from "./errors.js";
import { characters, fields, readAnswers } from "./page/answers.js";
import { complain, describe, form, ready, trying, underWay } from "./page/form.js";
import { switchLanguage, takePage } from "./page/language.js";
import { leave, replaceOnTap, watchExits } from "./page/leave.js";
import { Mailbox } from "./page/mailbox.js";
import { Sender } from "./page/send.js";
import { lead, show, tell } from "./page/visit.js";
import { say } from "./page/words.js";
import { derive, isTyped, parseCode } from "./returncode.js";
import { ANY_PROOF, signFollowUp } from "./thread.js";

const NO_TRY = "0".repeat(32);

/** The visit of one code: what is in memory, and what the page's buttons do. */
class Visit {
  constructor() {
    /** @type {Mailbox | null} */
    this.mailbox = null;
    this.kept = { message: "", town: "" };
    this.words = this.sender();
    this.erasure = this.sender(); // a try of its own: asking is no version of what was written
  }

  sender() {
    return new Sender(form().dataset, async (submission) => {
      if (!this.mailbox) throw new Error("no code");
      return signFollowUp(submission, this.mailbox.keys, Date.now());
    });
  }

  /** Opens the mailbox of the code that was typed, whether anybody has that code or not. */
  async look() {
    const field = codeField();
    const code = readCode(field?.value ?? "");
    if (!field || !code) return complain("wrong");
    await underWay();
    const { salt } = await this.words.current();
    const mailbox = new Mailbox(form().dataset.mailboxes ?? "/mailbox", await derive(code, salt));
    await mailbox.look();
    field.value = "";
    this.mailbox = mailbox;
    this.show();
    lead();
  }

  /** Keeps what has been begun while the page around it changes. */
  keep() {
    const message = document.querySelector("textarea")?.value ?? this.kept.message;
    const chosen = fields().find((one) => one.name === "municipality" && "checked" in one && one.checked);
    this.kept = { message, town: chosen?.value ?? this.kept.town };
  }

  show() {
    this.keep();
    say("");
    show(this.mailbox?.replies ?? [], this.kept);
  }

  async write() {
    const box = document.querySelector("textarea");
    const { message } = readAnswers().answers;
    if (!box || !message) return complain("empty");
    await underWay();
    await this.words.send({ ...describe(), answers: { message } });
    box.value = "";
    tell("sent");
  }

  async erase() {
    await underWay();
    await this.erasure.send({ ...describe(), answers: { erase: "yes" } });
    tell("asked");
  }

  async remove() {
    await underWay();
    await this.mailbox?.remove();
    this.show();
    tell("removed");
  }

  /** @param {string} wanted */
  async language(wanted) {
    this.keep();
    await switchLanguage(wanted);
    if (this.mailbox) this.show();
    ready();
  }

  /** Says while somebody types whether the digits are right, or whether the words still fit as they would be sealed. */
  count() {
    const typed = codeField()?.value;
    if (typed !== undefined) return say(isTyped(typed) && !readCode(typed) ? "wrong" : "");
    const { message = "" } = readAnswers().answers;
    const left = remaining({ tryId: NO_TRY, at: new Date(), ...describe(), answers: { message }, ...ANY_PROOF });
    return left < 0 ? say("long", characters({ message }, -left)) : say("");
  }
}

/** @type {{ [name: string]: (visit: Visit) => Promise<void> }} */
const ACTS = {
  look: (visit) => visit.look(),
  write: (visit) => visit.write(),
  erase: (visit) => visit.erase(),
  remove: (visit) => visit.remove(),
  again: async () => leave(location.pathname),
};

function codeField() {
  return fields().find((one) => one.name === "code");
}

/** @param {string} text */
function readCode(text) {
  try {
    return parseCode(text);
  } catch (error) {
    if (error instanceof FormatError) return "";
    throw error;
  }
}

async function start() {
  const visit = new Visit();
  let busy = false;
  /** @param {Element | null} button */
  const press = async (button) => {
    const { do: wanted = "", lang } = button instanceof HTMLElement ? button.dataset : {};
    const act = lang ? () => visit.language(lang) : ACTS[wanted];
    if (busy || !act) return;
    busy = true;
    await trying(() => act(visit)).finally(() => (busy = false));
  };
  // A page that the portal has opened, for a phone whose script was off: from here the phone does it itself.
  if (document.querySelector("[data-visit]")) {
    visit.keep();
    await takePage(location.pathname, "do=again");
  }
  document.addEventListener("input", () => busy || visit.count());
  document.addEventListener("click", ({ target }) => {
    if (target instanceof Element) press(target.closest("[data-do], [data-lang]"));
  });
  document.addEventListener("keydown", ({ key, target }) => {
    if (key === "Enter" && target instanceof HTMLInputElement) press(document.querySelector("[data-do=look]"));
  });
  document.addEventListener("visibilitychange", () => {
    // The phone keeps a picture of every app that was left.
    form().style.visibility = document.visibilityState === "hidden" ? "hidden" : "";
  });
  visit.words.prepare();
  ready();
}

watchExits();
replaceOnTap();
// Without what only secure contexts have nothing here would work: the page then says what to do, as if no script ran.
if (form() && crypto.subtle) start();
