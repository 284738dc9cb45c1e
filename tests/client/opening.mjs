/**
 * Open an envelope with the client's own parts. It stands here, since nothing that opens envelopes belongs in the
 * script that phones get. Source: docs/envelope.md section 1.6.
 */

import { hex, utf8 } from "../../client/src/bytes.js";
import { HEADER, SLOT, SUITE, VERSION, commitment, size } from "../../client/src/envelope.js";
import { FormatError, malformed } from "../../client/src/errors.js";
import { decrypt, derive, openSeal } from "../../client/src/seal.js";

const MAGIC = hex(utf8("UTVG"));

export function unseal(data, seed) {
  const places = data[6];
  const right = hex(data.subarray(0, 4)) === MAGIC && data[4] === VERSION && data[5] === SUITE && places >= 2;
  if (!right || data.length !== size(places)) malformed("another magic, version, suite or length");
  const end = HEADER + places * SLOT;
  const secret = derive(seed, "utvag/1/key/box");
  const keys = [];
  for (let at = HEADER; at < end; at += SLOT) keys.push(...opened(data.subarray(at, at + SLOT), secret));
  if (!keys.length) throw new FormatError("not-a-recipient", "no slot opens");
  const bound = hex(data.subarray(19, HEADER));
  const key = keys.find((one) => hex(commitment(one, data.subarray(0, 19))) === bound);
  if (!key) throw new FormatError("corrupt", "a slot opens to a key that the envelope is not bound to");
  return decrypt(key, data.subarray(end), data.subarray(0, end));
}

function opened(slot, secret) {
  try {
    return [openSeal(slot, secret)];
  } catch {
    return [];
  }
}
