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
import { watchExits } from "./page/leave.js";
import { RefusedError, Sender } from "./page/send.js";
import { say, saying } from "./page/words.js";

const NO_TRY = "0".repeat(32);
const SLOW = 8000;

/** @param {HTMLElement} root */
function enhance(root) {
  const { envelopes = "/envelope", rosters = "/roster" } = root.dataset;
  const sender = new Sender(envelopes, rosters);
  let busy = false;
  document.addEventListener("input", () => busy || count(root));
  document.addEventListener("click", async (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-send]")) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    await trySending(root, sender);
    busy = false;
  });
  sender.prepare();
  document.querySelectorAll("[data-unready]").forEach((part) => part.remove());
  document.querySelectorAll("[data-ready]").forEach((part) => part.removeAttribute("hidden"));
}

/**
 * Sends, or says why not; what was written stays in its fields until the portal has it.
 * @param {HTMLElement} root
 * @param {Sender} sender
 */
async function trySending(root, sender) {
  const slow = setTimeout(() => say("slow"), SLOW);
  try {
    const filled = readAnswers();
    if (filled.idle) return complain("empty");
    if (filled.lacksNumber) return complain("number");
    say("sending");
    await painted();
    const sent = await sender.send({ ...describe(root), ...filled });
    confirm(root, { ...sent, call: filled.wantsCall });
  } catch (error) {
    if (error instanceof FormatError && error.kind === "too-long") return complain("long", error.over);
    complain(error instanceof RefusedError && error.status === 429 ? "busy" : "failed");
  } finally {
    clearTimeout(slow);
  }
}

/**
 * Says while somebody writes whether it still fits.
 * @param {HTMLElement} root
 */
function count(root) {
  const { answers, wantsCode } = readAnswers();
  const mailbox = wantsCode ? ANY_MAILBOX : null;
  const left = remaining({ tryId: NO_TRY, at: new Date(), ...describe(root), answers, mailbox });
  if (left < 0) say("long", characters(answers, -left));
  else if (saying() !== "slow") say("");
}

/** @param {HTMLElement} root */
function describe(root) {
  const { form = "", municipality: fallback = "" } = root.dataset;
  const chosen = fields().find((field) => field.name === "municipality" && "checked" in field && field.checked);
  return { form, fallback, municipality: chosen?.value ?? fallback, page: document.documentElement.lang };
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

/** Gives the browser a moment to show what was said, before sealing keeps it busy. */
function painted() {
  return new Promise((done) => setTimeout(done, 30));
}

watchExits();
const root = document.querySelector("[data-seal]");
if (root instanceof HTMLElement) enhance(root);
