/** What both scripts do with their page: know it, show that it works, try something, and say what was amiss. */

import { FormatError } from "../errors.js";
import { characters, fields, readAnswers } from "./answers.js";
import { RefusedError } from "./request.js";
import { say } from "./words.js";

const SLOW = 8000;

/** @returns {HTMLElement} what the script works on: it may be replaced when the language changes */
export function form() {
  return /** @type {HTMLElement} */ (document.querySelector("[data-seal]"));
}

/** Gives what the page knows of a submission without its fields. */
export function describe() {
  const { form: name = "", municipality: fallback = "" } = form().dataset;
  const chosen = fields().find((field) => field.name === "municipality" && "checked" in field && field.checked);
  return { form: name, fallback, municipality: chosen?.value ?? fallback, page: document.documentElement.lang };
}

/** Shows that the page works: only now, so that a page whose script broke on the way never says so. */
export function ready() {
  document.addEventListener("input", keepOffDisk); // once, however often this is called
  keepOffDisk();
  document.querySelectorAll("[data-unready]").forEach((part) => part.remove());
  document.querySelectorAll("[data-ready]").forEach((part) => part.removeAttribute("hidden"));
}

/**
 * Keeps the browser from writing fields to the phone's disk. No form says autocomplete=off for ticks while script is on;
 * Firefox would heed it from a form alone, but it keeps no tick that is as the page has it: each is made its own default.
 */
export function keepOffDisk() {
  for (const field of fields()) {
    field.autocomplete = "off";
    if ("defaultChecked" in field) field.defaultChecked = field.checked;
  }
}

/**
 * Does something that may take a while, and says so then; whatever throws is said too, and what was written stays.
 * @param {() => Promise<unknown>} work
 */
export async function trying(work) {
  const slow = setTimeout(() => say("slow"), SLOW);
  try {
    await work();
  } catch (error) {
    if (error instanceof FormatError && error.kind === "too-long") return complain("long", error.over);
    complain(error instanceof RefusedError && error.status === 429 ? "busy" : "failed");
  } finally {
    clearTimeout(slow);
  }
}

/** Says that something is under way, and gives the browser a moment to show it before sealing keeps it busy. */
export async function underWay() {
  say("sending");
  await new Promise((done) => setTimeout(done, 30));
}

/**
 * Says what is amiss and leads to the field that it is about.
 * @param {import("./words.js").Word} word
 * @param {number} [over] bytes
 */
export function complain(word, over = 0) {
  const field = say(word, over && characters(readAnswers().answers, over));
  document.getElementById(field)?.focus();
}
