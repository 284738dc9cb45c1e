/** Load a page of ours into memory. */

import { PATIENCE } from "./request.js";

/**
 * XMLHttpRequest, since it alone parses a page without a string becoming markup, which Trusted Types forbids. Nothing
 * in such a page runs; but the form of <noscript> is a real one there, and must never enter this document.
 * @param {string} address
 * @param {string} [body] form fields, to POST; never anything that was typed
 * @returns {Promise<Document>}
 */
export function load(address, body) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open(body ? "POST" : "GET", address);
    request.responseType = "document";
    request.timeout = PATIENCE;
    if (body) request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.onloadend = () => {
      const page = request.response;
      if (request.status !== 200 || !page) return failed();
      page.querySelectorAll("noscript, script, form#p").forEach((/** @type {Element} */ part) => part.remove());
      done(page);
    };
    request.send(body ?? null);
  });
}
