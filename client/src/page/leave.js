/** Leaving: nothing of the page stays to be seen, to be gone back to, or in the tab's history. */

import { fields } from "./answers.js";

/** Empties the page at once: what was typed, what is shown, the title. */
export function blank() {
  for (const field of fields()) {
    if (field instanceof HTMLInputElement) field.checked = false;
    if (field.type !== "radio" && field.type !== "checkbox") field.value = "";
  }
  document.title = document.documentElement.dataset.away ?? document.title;
  document.body.replaceChildren();
}

/**
 * Empties the page, then goes; the page's entry in the tab's history becomes that of the target.
 * @param {string} address
 */
export function leave(address) {
  blank();
  location.replace(address);
}

/** Makes every [data-leave] leave in this way; also those that come later, since it listens at the top. */
export function watchExits() {
  document.addEventListener("click", (event) => {
    const exit = event.target instanceof Element && event.target.closest("[data-leave]");
    if (!exit) return;
    event.preventDefault();
    leave(exit.getAttribute("data-leave") || exit.getAttribute("href") || "/exit");
  });
}

/** From here the next tap on a link replaces the page, and whatever else takes it away leaves it empty behind. */
export function replaceOnTap() {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[href]");
    const address = link && link.getAttribute("href");
    if (event.defaultPrevented || !address || !/^(\/|https:)/.test(address)) return;
    event.preventDefault();
    leave(address);
  });
  addEventListener("pagehide", blank);
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
