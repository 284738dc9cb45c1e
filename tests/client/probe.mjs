/** What tests may ask of the client, the same in Node and in a browser: `run({do, ...})` with bytes in base64. */

import "../../client/src/fallback.js";
import { hex } from "../../client/src/bytes.js";
import { encode, remaining } from "../../client/src/content.js";
import { ed25519Public, x25519 } from "../../client/src/curves.js";
import { envelopeId, seal } from "../../client/src/envelope.js";
import { FormatError } from "../../client/src/errors.js";
import { canonical, readJson } from "../../client/src/json.js";
import * as code from "../../client/src/returncode.js";
import { readRoster } from "../../client/src/roster.js";
import { sealTo } from "../../client/src/seal.js";
import { missing, openReply, signFollowUp } from "../../client/src/thread.js";
import { characters } from "../../client/src/page/answers.js";
import { Mailbox } from "../../client/src/page/mailbox.js";
import { Sender } from "../../client/src/page/send.js";
import { unseal } from "./opening.mjs";

export const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
export const base64 = (data) => btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""));

const submission = (given) => ({ ...given, at: new Date(given.at) });

// Node has no page to say where a request comes from: the address and a browser's own headers are put in here.
async function abroad(portal, headers, work) {
  const own = globalThis.fetch;
  globalThis.fetch = (path, how) => own(portal + path, { ...how, headers: { ...how.headers, ...headers } });
  try {
    return await work();
  } finally {
    globalThis.fetch = own;
  }
}

const JOBS = {
  unseal: ({ data, seed }) => base64(unseal(bytes(data), bytes(seed))),
  roster: ({ data }) => {
    const { epoch, places, teams } = readRoster(bytes(data));
    return { epoch, places, teams: [...teams.keys()] };
  },
  code: async ({ text, salt }) => {
    const read = code.parseCode(text);
    const keys = await code.derive(read, bytes(salt));
    return { code: read, token: hex(keys.token), ...(await code.mailbox(keys)) };
  },
  "slow-code": async ({ text, salt }) => {
    const { subtle } = crypto;
    Object.defineProperty(crypto, "subtle", { value: undefined, configurable: true });
    try {
      return await code.mailbox(await code.derive(text, bytes(salt)));
    } finally {
      Object.defineProperty(crypto, "subtle", { value: subtle, configurable: true });
    }
  },
  "new-codes": ({ number }) => Array.from({ length: number }, code.newCode),
  parse: ({ text }) => code.parseCode(text),
  "public-keys": async ({ secret }) => ({
    box: base64(x25519.getPublicKey(bytes(secret))),
    thread: base64(await ed25519Public(bytes(secret))),
  }),
  "seal-to": ({ public: key, content }) => base64(sealTo(bytes(key), bytes(content))),
  sha256: async ({ data }) => hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes(data)))),
  "code-of": ({ draws }) => {
    const own = crypto.getRandomValues;
    const left = draws.map(bytes);
    Object.defineProperty(crypto, "getRandomValues", {
      value: (into) => (into.set(left.shift()), into),
      configurable: true,
      writable: true,
    });
    try {
      return code.newCode();
    } finally {
      Object.defineProperty(crypto, "getRandomValues", { value: own, configurable: true, writable: true });
    }
  },
  encode: ({ given }) => base64(encode(submission(given))),
  remaining: ({ given }) => remaining(submission(given)),
  characters: ({ text, over }) => characters({ message: text }, over),
  seal: ({ given, roster }) => {
    const sealed = seal(encode(submission(given)), given.municipality, readRoster(bytes(roster)));
    return { envelope: base64(sealed), id: base64(envelopeId(sealed)) };
  },
  reply: async ({ data, text, salt }) => openReply(bytes(data), await code.derive(text, bytes(salt))),
  "follow-up": async ({ given, text, salt, counter }) => {
    const keys = await code.derive(text, bytes(salt));
    return base64(encode(await signFollowUp(submission(given), keys, counter)));
  },
  sign: async ({ data, text, salt, counter }) => {
    const { at, try: tryId, page, form, municipality, answers } = readJson(bytes(data));
    const given = submission({ at, tryId, page, form, municipality, answers, mailbox: null });
    return (await signFollowUp(given, await code.derive(text, bytes(salt)), counter)).followUp.signature;
  },
  missing: ({ numbers }) => missing(numbers),
  canonical: ({ data }) => canonical(readJson(bytes(data))),
  send: ({ draft, portal, headers }) =>
    abroad(portal, headers, async () => {
      const drawn = code.newCode();
      const box = async (salt) => code.mailbox(await code.derive(drawn, salt));
      const sender = new Sender({}, async (plain, _, { salt }) => ({ ...plain, mailbox: await box(salt) }));
      return { code: drawn, fresh: await sender.send(draft) };
    }),
  visit: ({ text, draft, portal, headers }) =>
    abroad(portal, headers, async () => {
      const sender = new Sender({}, (plain) => signFollowUp(plain, mailbox.keys, Date.now()));
      const mailbox = new Mailbox("/mailbox", await code.derive(code.parseCode(text), (await sender.current()).salt));
      await mailbox.look();
      await sender.send(draft);
      return mailbox.replies.map((one) => one.text);
    }),
  time: async ({ given, roster, text }) => {
    const read = readRoster(bytes(roster));
    const start = performance.now();
    await code.mailbox(await code.derive(text, read.salt));
    const derived = performance.now();
    seal(encode(submission(given)), given.municipality, read);
    return { derivation: derived - start, sealing: performance.now() - derived };
  },
};

export async function run({ do: name, ...job }) {
  try {
    return { ok: await JOBS[name](job) };
  } catch (error) {
    if (error instanceof FormatError) return { error: error.kind, over: error.over };
    return { error: `${error}` };
  }
}

globalThis.probe = run;
