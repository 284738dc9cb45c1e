/**
 * What can go wrong with a sealed format; `kind` is the word that tests/vectors use.
 * @typedef {"malformed" | "too-long" | "not-a-recipient" | "corrupt"} Kind
 */

/** Says why bytes were refused. "not-a-recipient" alone means "try another key"; all else is final. */
export class FormatError extends Error {
  /**
   * @param {Kind} kind
   * @param {string} why
   * @param {number} [over] bytes that must go, where kind is "too-long"
   */
  constructor(kind, why, over = 0) {
    super(why);
    this.kind = kind;
    this.over = over;
  }
}

/**
 * @param {string} why
 * @returns {never}
 */
export function malformed(why) {
  throw new FormatError("malformed", why);
}
