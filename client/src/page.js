/**
 * The page that seals in the phone. The contract with the page and the portal stands in client/README.md.
 *
 * It fails closed by what is not there: while script is on no form exists, so that nothing but this script can send
 * anything, and this script sends nothing but envelopes. Whatever throws, the text stays where it is.
 */

import "./fallback.js";
import { ANY_MAILBOX, remaining } from "./content.js";
import { characters, readAnswers } from "./page/answers.js";
import { confirm } from "./page/confirm.js";
import { complain, describe, form, ready, trying, underWay } from "./page/form.js";
import { switchLanguage } from "./page/language.js";
import { watchExits } from "./page/leave.js";
import { Sender } from "./page/send.js";
import { bringTemplates, say } from "./page/words.js";
import { derive, mailbox, newCode } from "./returncode.js";

const NO_TRY = "0".repeat(32);

/** @param {HTMLElement} first the page's form as it was loaded; changing the language puts another in its place */
function enhance({ dataset }) {
  const code = newCode();
  const sender = new Sender(dataset, async (submission, { wantsCode }, { salt }) =>
    wantsCode ? { ...submission, mailbox: await mailbox(await derive(code, salt)) } : submission,
  );
  let busy = false;
  document.addEventListener("input", () => busy || count());
  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-send], [data-lang]");
    if (!(button instanceof HTMLElement) || busy) return;
    busy = true;
    await (button.dataset.lang ? tryLanguage(button.dataset.lang) : send(sender, code)).finally(() => (busy = false));
  });
  sender.prepare();
  begin();
}

/**
 * Sends, or says why not; what was written stays in its fields until the portal has it.
 * @param {Sender} sender
 * @param {string} code shown where one was asked for
 */
async function send(sender, code) {
  await trying(async () => {
    const filled = readAnswers();
    const amiss = filled.idle ? "empty" : filled.lacksNumber ? "number" : "";
    if (!amiss) await underWay();
    await bringTemplates(form().dataset.parts ?? "");
    if (amiss) return complain(amiss);
    const fresh = await sender.send({ ...describe(), ...filled });
    confirm(form(), { code: filled.wantsCode ? code : "", fresh, call: filled.wantsCall });
  });
}

/** @param {string} wanted */
async function tryLanguage(wanted) {
  try {
    await switchLanguage(wanted);
    begin();
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

function begin() {
  ready();
  bringTemplates(form().dataset.parts ?? "").catch(() => {}); // sending tries again
}

watchExits();
if (form()) enhance(form());
