/** Ask the portal for something, or bring it something. */

export const PATIENCE = 60_000; // milliseconds

/** Says that the portal did not take what it was sent; 429 means "later". */
export class RefusedError extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`status ${status}`);
    this.status = status;
  }
}

/**
 * Asks the portal. The mode stays fetch's own ("cors"): with "same-origin" and our Referrer-Policy, browsers send
 * `Origin: null`, and an old one that knows no Sec-Fetch-Site could then not prove where it comes from.
 * @param {string} address
 * @param {Uint8Array<ArrayBuffer>} [body]
 */
export async function request(address, body) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  const headers = { "Content-Type": "application/octet-stream" };
  /** @type {RequestInit} */
  const how = { cache: "no-store", redirect: "error", signal: stop.signal };
  try {
    const answer = await fetch(address, body ? { ...how, method: "POST", headers, body } : how);
    return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
  } finally {
    clearTimeout(timer);
  }
}
