/** What stands behind a code, in the place where the code was asked for: replies as text, and a box to write again. */

import { missing } from "../thread.js";
import { form, keepOffDisk } from "./form.js";
import { inTemplates, say } from "./words.js";

/** @typedef {import("./mailbox.js").Lying} Lying */

/**
 * Shows the page behind the code: the page's template [data-opened].
 * @param {readonly Lying[]} replies the highest number first
 * @param {{ message: string, town: string }} kept what somebody has begun to write, and the town they chose
 */
export function show(replies, { message, town }) {
  const page = document.importNode(/** @type {Element} */ (inTemplates("[data-opened]")), true);
  const gap = missing(replies.map((one) => one.number));
  const holds = { some: replies.length > 0, none: !replies.length, gap: gap !== "" };
  for (const [name, kept] of Object.entries(holds)) {
    if (!kept) page.querySelectorAll(`[data-if="${name}"]`).forEach((part) => part.remove());
  }
  put(page, "[data-gap]", gap);
  page.querySelector("[data-replies]")?.replaceChildren(...replies.map(shown));
  const box = page.querySelector("textarea");
  if (box) box.value = message;
  // The town that answered is a hint, which the person may change.
  choose(page, town || (replies.find((one) => one.municipality)?.municipality ?? ""));
  form().replaceChildren(page);
  keepOffDisk();
}

/** Leads to the top of what is shown, by eye and by ear. */
export function lead() {
  scrollTo(0, 0);
  const heading = form().querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
}

/**
 * Says what has been done, where it can be seen.
 * @param {import("./words.js").Word} word
 */
export function tell(word) {
  say(word);
  document.querySelector("[data-say]")?.scrollIntoView({ block: "center" });
}

/**
 * Writes one reply: text, whoever wrote it, and never markup.
 * @param {Lying} reply
 */
function shown({ number, day, from, text }) {
  const place = document.importNode(/** @type {Element} */ (inTemplates("[data-reply]")), true);
  // Of Sweden, in every language: its calendar, and digits as on the keypad that the number is dialled on.
  const format = new Intl.DateTimeFormat(`${document.documentElement.lang}-u-ca-gregory-nu-latn`, {
    weekday: "long",
    day: "numeric",
    month: "long",
    timeZone: "UTC",
  });
  put(place, "[data-number]", String(number));
  put(place, "[data-from]", from);
  put(place, "[data-day]", format.format(new Date(day)));
  put(place, "[data-text]", text);
  return place;
}

/**
 * @param {Element} page
 * @param {string} town
 */
function choose(page, town) {
  for (const choice of page.querySelectorAll("input")) {
    if (choice.name === "municipality" && choice.value === town) choice.checked = true;
  }
}

/**
 * @param {Element} page
 * @param {string} selector
 * @param {string} words
 */
function put(page, selector, words) {
  page.querySelectorAll(selector).forEach((place) => (place.textContent = words));
}
