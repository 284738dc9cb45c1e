/**
 * What a browser brings itself in secure contexts: SHA-512 and PBKDF2. Where it does not (an onion address over http,
 * outside Tor Browser), the form's script brings our own (src/fallback.js); the page of the code does without, stays
 * shut, and says what to do.
 */

/** @typedef {(code: Uint8Array, salt: Uint8Array, rounds: number, size: number) => Uint8Array} Stretch */

/** @type {{ sha512?: (data: Uint8Array) => Uint8Array, stretch?: Stretch }} */
export const own = {};

/** @param {Uint8Array} data */
export async function sha512(data) {
  const { subtle } = crypto;
  if (subtle) return new Uint8Array(await subtle.digest("SHA-512", new Uint8Array(data)));
  return lacking(own.sha512)(data);
}

/**
 * PBKDF2-HMAC-SHA256.
 * @param {Uint8Array} code
 * @param {Uint8Array} salt
 * @param {number} rounds
 * @param {number} size bytes to give
 */
export async function stretch(code, salt, rounds, size) {
  const { subtle } = crypto;
  if (!subtle) return lacking(own.stretch)(code, salt, rounds, size);
  const key = await subtle.importKey("raw", new Uint8Array(code), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(salt), iterations: rounds };
  return new Uint8Array(await subtle.deriveBits(how, key, 8 * size));
}

/**
 * @template T
 * @param {T | undefined} what
 */
function lacking(what) {
  if (!what) throw new Error("not a secure context");
  return what;
}
