/** Change the page in place: what was typed stays in the phone, and nothing of it is sent. */

import { fields } from "./answers.js";
import { load } from "./load.js";
import { say } from "./words.js";

/**
 * Asks the portal for this page in another language and puts it in this one's place, with what was typed.
 * @param {string} wanted
 */
export async function switchLanguage(wanted) {
  await takePage(location.pathname, `lang=${encodeURIComponent(wanted)}`);
}

/**
 * Puts a page of the portal's in this one's place, with what was typed.
 * @param {string} address
 * @param {string} body form fields, to POST; never anything that was typed
 */
export async function takePage(address, body) {
  const page = await load(address, body);
  if (!page.querySelector("[data-seal]")) throw new Error("another page");
  const typed = fields();
  say("");
  for (const field of fields(page)) fill(field, typed);
  for (const { name, value } of page.documentElement.attributes) document.documentElement.setAttribute(name, value);
  document.body.replaceWith(document.adoptNode(page.body));
}

/**
 * @param {import("./answers.js").Field} field
 * @param {import("./answers.js").Field[]} typed
 */
function fill(field, typed) {
  const picked = field.type === "radio" || field.type === "checkbox";
  const before = typed.find((one) => one.name === field.name && (!picked || one.value === field.value));
  if (!before) return;
  if (picked && "checked" in field && "checked" in before) field.checked = before.checked;
  else field.value = before.value;
}
