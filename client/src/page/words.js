/** What the page says: words stand in templates of the page, never in the script. */

import { load } from "./load.js";

/**
 * @typedef {"empty" | "number" | "long" | "sending" | "slow" | "failed" | "busy"} FormWord
 * @typedef {FormWord | "wrong" | "sent" | "asked" | "removed"} Word the last four on the page of the code
 */

let said = "";

/**
 * Says one of the page's words, in every place that the page has for it, and nothing else. What stands there stays
 * while the page does not have the word yet, and it is said at the next try.
 * @param {Word | ""} name "" falls silent
 * @param {number} [n] what stands in the word's <b data-n>
 * @returns {string} the id of the field that the word is about, or ""
 */
export function say(name, n = 0) {
  const word = name && inTemplates(`[data-word="${name}"]`);
  if (name && !word) return "";
  const field = (word && word.getAttribute("data-field")) ?? "";
  const now = `${name} ${n}`;
  if (now === said) return field; // a screen reader would read it out again
  said = now;
  for (const place of document.querySelectorAll("[data-say]")) {
    const about = place.getAttribute("data-say");
    place.replaceChildren(...(word && (about === "" || about === field) ? [filled(word, n)] : []));
  }
  return field;
}

/**
 * Brings the templates that the page left out to stay small: those of the page at `address`. Throws unless the page
 * has its confirmation then: what could not be acknowledged must not be sent.
 * @param {string} address not asked for where the page has them all
 */
export async function bringTemplates(address) {
  if (inTemplates("[data-confirmation]")) return;
  const page = await load(address);
  document.body.append(...page.querySelectorAll("template"));
  if (!inTemplates("[data-confirmation]")) throw new Error("no confirmation");
}

/**
 * Finds an element in the page's templates.
 * @param {string} selector
 */
export function inTemplates(selector) {
  for (const template of document.querySelectorAll("template")) {
    const found = template.content.querySelector(selector);
    if (found) return found;
  }
  return null;
}

/**
 * @param {Element} word
 * @param {number} n
 */
function filled(word, n) {
  const copy = document.importNode(word, true);
  for (const place of copy.querySelectorAll("[data-n]")) place.textContent = String(n);
  return copy;
}
