/** The confirmation, in the form's place and in its document: the code is on no other page and in no address. */

import { groups } from "../returncode.js";
import { fields } from "./answers.js";
import { replaceOnTap } from "./leave.js";
import { inTemplates } from "./words.js";

/**
 * Removes the form and shows the confirmation: the [data-confirmation] of the page's templates.
 * @param {HTMLElement} root what the confirmation stands in place of
 * @param {{ code: string, call: boolean, fresh: import("../json.js").Names }} receipt
 */
export function confirm(root, { code, call, fresh }) {
  const page = document.importNode(/** @type {Element} */ (inTemplates("[data-confirmation]")), true);
  const holds = { code: code !== "", call, neither: !code && !call };
  for (const [name, kept] of Object.entries(holds)) {
    if (!kept) page.querySelectorAll(`[data-if="${name}"]`).forEach((part) => part.remove());
  }
  refresh(page, fresh);
  for (const field of fields()) field.value = "";
  document.querySelectorAll('[form="p"], noscript, template').forEach((part) => part.remove());
  root.replaceChildren(page);
  for (const place of page.querySelectorAll("[data-code]")) showCode(place, code);
  history.replaceState(null, "", root.dataset.done ?? "");
  replaceOnTap();
  scrollTo(0, 0);
  const heading = page.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
}

/**
 * Puts in what the portal knows better than a page that has been open for a while: when somebody reads next.
 * @param {Element} page
 * @param {import("../json.js").Names} fresh
 */
function refresh(page, fresh) {
  for (const [name, words] of Object.entries(fresh)) {
    if (typeof words !== "string" || !/^[a-z]+$/.test(name)) continue;
    page.querySelectorAll(`[data-fresh="${name}"]`).forEach((place) => (place.textContent = words));
  }
}

/**
 * Writes the code as text, and covers it while the page is hidden: the phone keeps a picture of every app that was
 * left. It comes back by a tap on [data-show], or by itself where the page has none.
 * @param {Element} place
 * @param {string} code
 */
function showCode(place, code) {
  const button = document.querySelector("[data-show]");
  const show = () => {
    place.replaceChildren(...groups(code).flatMap((group) => [inBdi(group), " "]));
    if (button instanceof HTMLElement) button.hidden = true;
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden") return button ? undefined : show();
    place.replaceChildren("•••• ".repeat(groups(code).length).trim());
    if (button instanceof HTMLElement) button.hidden = false;
  });
  button?.addEventListener("click", show);
  show();
}

/** @param {string} text */
function inBdi(text) {
  const bdi = document.createElement("bdi");
  bdi.textContent = text;
  return bdi;
}
