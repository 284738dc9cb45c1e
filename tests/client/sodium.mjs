/** The same formats by libsodium itself: the third implementation that the client is held to. In tests only. */

import { createRequire } from "node:module";
import { base64, bytes } from "./probe.mjs";

const sodium = createRequire(new URL("../../client/package.json", import.meta.url))("libsodium-wrappers");
await sodium.ready;

const HEADER = 51;
const SLOT = 80;
const COMMITMENT = "utvag/1/commitment\0";

function unseal({ data, secret }) {
  const envelope = bytes(data);
  const key = bytes(secret);
  const end = HEADER + envelope[6] * SLOT;
  for (let at = HEADER; at < end; at += SLOT) {
    const content = open(envelope.subarray(at, at + SLOT), key);
    if (!content) continue;
    const named = Uint8Array.of(...sodium.from_string(COMMITMENT), ...envelope.subarray(0, 19));
    if (!sodium.memcmp(sodium.crypto_generichash(32, named, content), envelope.subarray(19, HEADER))) throw new Error("bound");
    return base64(unlock(content, envelope.subarray(end), envelope.subarray(0, end)));
  }
  throw new Error("no slot opens");
}

function open(sealed, secret) {
  try {
    return sodium.crypto_box_seal_open(sealed, sodium.crypto_scalarmult_base(secret), secret);
  } catch {
    return null;
  }
}

function unlock(key, sealed, associated) {
  const [nonce, rest] = [sealed.subarray(0, 24), sealed.subarray(24)];
  const padded = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, rest, associated, nonce, key);
  return sodium.unpad(padded, padded.length);
}

function reply({ content, address, replyKey }) {
  const key = sodium.randombytes_buf(32);
  const slot = sodium.crypto_box_seal(key, bytes(replyKey));
  const outside = Uint8Array.of(...sodium.from_string("UTVR"), 1, 1, ...slot);
  const associated = Uint8Array.of(...outside, ...bytes(address));
  const nonce = sodium.randombytes_buf(24);
  const padded = sodium.pad(bytes(content), 4096);
  const body = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(padded, associated, null, nonce, key);
  return base64(Uint8Array.of(...outside, ...nonce, ...body));
}

function keys({ reply: replySecret, thread }) {
  return {
    reply: base64(sodium.crypto_scalarmult_base(bytes(replySecret))),
    thread: base64(sodium.crypto_sign_seed_keypair(bytes(thread)).publicKey),
  };
}

const JOBS = { "sodium-unseal": unseal, "sodium-reply": reply, "sodium-keys": keys };

export function run({ do: name, ...job }) {
  return { ok: JOBS[name](job) };
}
