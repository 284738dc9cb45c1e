/**
 * The page that seals in the phone. The contract with the page and the portal stands in client/README.md.
 *
 * It fails closed by what is not there: while script is on no form exists, so that nothing but this script can send
 * anything, and this script sends nothing but envelopes. Whatever throws, the text stays where it is.
 */

import { ANY_MAILBOX, remaining } from "./content.js";
import { FormatError } from "./errors.js";
import { characters, fields, readAnswers } from "./page/answers.js";
import { confirm } from "./page/confirm.js";
import { switchLanguage } from "./page/language.js";
import { watchExits } from "./page/leave.js";
import { RefusedError, Sender } from "./page/send.js";
import { bringTemplates, say } from "./page/words.js";

const NO_TRY = "0".repeat(32);
const SLOW = 8000;

/** @param {HTMLElement} first the page's form as it was loaded; changing the language puts another in its place */
function enhance({ dataset: { envelopes = "/envelope", rosters = "/roster" } }) {
  const sender = new Sender(envelopes, rosters);
  let busy = false;
  document.addEventListener("input", () => busy || count());
  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-send], [data-lang]");
    if (!(button instanceof HTMLElement) || busy) return;
    busy = true;
    await (button.dataset.lang ? tryLanguage(button.dataset.lang) : trySending(sender)).finally(() => (busy = false));
  });
  sender.prepare();
  ready();
}

/**
 * Sends, or says why not; what was written stays in its fields until the portal has it.
 * @param {Sender} sender
 */
async function trySending(sender) {
  const slow = setTimeout(() => say("slow"), SLOW);
  try {
    const filled = readAnswers();
    if (filled.idle) return complain("empty");
    if (filled.lacksNumber) return complain("number");
    say("sending");
    await painted();
    await bringTemplates(form().dataset.parts ?? "");
    const sent = await sender.send({ ...describe(), ...filled });
    confirm(form(), { ...sent, call: filled.wantsCall });
  } catch (error) {
    if (error instanceof FormatError && error.kind === "too-long") return complain("long", error.over);
    complain(error instanceof RefusedError && error.status === 429 ? "busy" : "failed");
  } finally {
    clearTimeout(slow);
  }
}

/** @param {string} wanted */
async function tryLanguage(wanted) {
  try {
    await switchLanguage(wanted);
    ready();
  } catch {
    complain("failed");
  }
}

/** Says while somebody writes whether it still fits. */
function count() {
  const { answers, wantsCode } = readAnswers();
  const mailbox = wantsCode ? ANY_MAILBOX : null;
  const left = remaining({ tryId: NO_TRY, at: new Date(), ...describe(), answers, mailbox });
  if (left < 0) say("long", characters(answers, -left));
  else say("");
}

/** Gives what the page knows of the submission without its fields. */
function describe() {
  const { form: name = "", municipality: fallback = "" } = form().dataset;
  const chosen = fields().find((field) => field.name === "municipality" && "checked" in field && field.checked);
  return { form: name, fallback, municipality: chosen?.value ?? fallback, page: document.documentElement.lang };
}

/** @returns {HTMLElement} */
function form() {
  return /** @type {HTMLElement} */ (document.querySelector("[data-seal]"));
}

/**
 * Says what is amiss and leads to the field that it is about.
 * @param {import("./page/words.js").Word} word
 * @param {number} [over]
 */
function complain(word, over = 0) {
  const field = say(word, over && characters(readAnswers().answers, over));
  document.getElementById(field)?.focus();
}

/** Shows that the page works: only now, so that a page whose script broke on the way never says so. */
function ready() {
  for (const field of fields()) field.autocomplete = "off"; // ticks too: no form does it for them while script is on
  bringTemplates(form().dataset.parts ?? "").catch(() => {}); // sending tries again
  document.querySelectorAll("[data-unready]").forEach((part) => part.remove());
  document.querySelectorAll("[data-ready]").forEach((part) => part.removeAttribute("hidden"));
}

/** Gives the browser a moment to show what was said, before sealing keeps it busy. */
function painted() {
  return new Promise((done) => setTimeout(done, 30));
}

watchExits();
if (form()) enhance(form());
