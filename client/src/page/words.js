/** What the page says: words stand in the page's own <template data-words>, never in the script. */

/** @typedef {"empty" | "number" | "long" | "sending" | "slow" | "failed" | "busy"} Word */

let said = "";

/**
 * Says one of the page's words, in every place that the page has for it, and nothing else.
 * @param {Word | ""} name "" falls silent
 * @param {number} [n] what stands in the word's <b data-n>
 * @returns {string} the id of the field that the word is about, or ""
 */
export function say(name, n = 0) {
  const word = template("words")?.querySelector(`[data-word="${name}"]`);
  const field = word?.getAttribute("data-field") ?? "";
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
 * Finds a template of the page, by what stands after its data-.
 * @param {string} name
 */
export function template(name) {
  const found = document.querySelector(`template[data-${name}]`);
  return found instanceof HTMLTemplateElement ? found.content : null;
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
