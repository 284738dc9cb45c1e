/** Read what stands in the page's fields, as the portal reads a posted form (portal/forms.py). */

import { utf8, whole } from "../bytes.js";

/**
 * @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field
 * @typedef {object} Filled
 * @property {import("../content.js").Answers} answers
 * @property {boolean} idle nothing was said: what the page chose by itself does not count
 * @property {boolean} wantsCode
 * @property {boolean} wantsCall
 * @property {boolean} lacksNumber a call is wanted, and there is no number to call
 */

// What the page chooses by itself says nothing, as in portal/forms.py.
const IDLE = ["answer_by", "municipality", "language"];
// Everything below space but tab and line feed, and DEL: no keyboard types them.
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f]/g;

/**
 * Lists the fields; they belong to a form that exists only where script is off.
 * @param {ParentNode} [page]
 * @returns {Field[]}
 */
export function fields(page = document) {
  return [...page.querySelectorAll('input[form="p"], textarea[form="p"], select[form="p"]')].filter(isField);
}

/** @returns {Filled} */
export function readAnswers() {
  const given = fields().filter(isGiven);
  /** @type {{ [name: string]: string | string[] }} */
  const answers = {};
  for (const field of given) {
    if (field.type === "checkbox") answers[field.name] = [...(answers[field.name] ?? []), field.value];
    else answers[field.name] = clean(field.value);
  }
  const needed = given.map((field) => field.dataset.needs).filter((name) => name !== undefined);
  return {
    answers,
    idle: given.every((field) => IDLE.includes(field.name)),
    wantsCode: given.some((field) => field.dataset.wants === "code"),
    wantsCall: needed.length > 0,
    lacksNumber: needed.some((name) => !answers[name]),
  };
}

/**
 * Counts how many characters must go from the end of the longest text to save so many bytes, rounded up to tens:
 * the page says "about".
 * @param {import("../content.js").Answers} answers
 * @param {number} over
 */
export function characters(answers, over) {
  const texts = Object.values(answers).filter((answer) => typeof answer === "string");
  const longest = texts.reduce((best, text) => (text.length > best.length ? text : best), "");
  let [gone, count] = [0, 0];
  for (const char of [...longest].reverse()) {
    if (gone >= over) break;
    gone += utf8(JSON.stringify(whole(char))).length - 2;
    count += 1;
  }
  return Math.ceil((gone >= over ? count : over) / 10) * 10;
}

/** @param {string} value */
function clean(value) {
  return value.replace(/\r\n?/g, "\n").replace(CONTROLS, "").trim();
}

/** @param {Field} field */
function isGiven(field) {
  if (field instanceof HTMLInputElement && (field.type === "radio" || field.type === "checkbox")) return field.checked;
  return clean(field.value) !== "";
}

/**
 * @param {Element} element
 * @returns {element is Field}
 */
function isField(element) {
  return "value" in element && Boolean(element.getAttribute("name"));
}
