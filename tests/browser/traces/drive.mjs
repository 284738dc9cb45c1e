/**
 * A person at a browser of their own: one act a line on the standard input, one answer a line on the standard output,
 * both JSON. Chromium and Firefox are Debian's, and the profile stays in its folder when the browser is closed.
 *
 * Nothing here waits by a callback inside the page: where script is off none would come. Evaluating still works then,
 * since it is the browser's own tool that asks.
 */

import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const PATIENCE = 60_000;
const SETTLING = 100;
const NAVIGATION = 15_000; // a page that comes back from memory is never announced: go on and look

// What the tool switches off and a person's browser has on: whatever might keep a trace.
const AS_A_PERSON_HAS_IT = {
  "remote.prefs.recommended": false,
  "browser.sessionstore.resume_from_crash": true,
  "browser.pagethumbnails.capturing_disabled": false,
  "signon.rememberSignons": true,
  "network.cookie.sameSite.laxByDefault": true,
};

const KINDS = {
  chromium: ({ profile, trusted }) => ({
    executablePath: "/usr/bin/chromium",
    userDataDir: profile,
    args: [
      "--no-sandbox",
      "--accept-lang=sv",
      "--disable-quic",
      "--disable-component-update",
      `--ignore-certificate-errors-spki-list=${trusted}`,
    ],
    ignoreDefaultArgs: ["--disable-client-side-phishing-detection", "--metrics-recording-only"],
  }),
  firefox: ({ profile, script, preferences }) => ({
    browser: "firefox",
    executablePath: "/usr/bin/firefox-esr",
    acceptInsecureCerts: true,
    args: ["--profile", profile],
    extraPrefsFirefox: {
      ...AS_A_PERSON_HAS_IT,
      "intl.accept_languages": "sv",
      "javascript.enabled": script,
      ...preferences,
    },
  }),
};

let browser;
let page;

const ACTS = {
  async start({ kind, home, ...rest }) {
    browser = await puppeteer.launch({
      ...KINDS[kind](rest),
      protocolTimeout: PATIENCE,
      defaultViewport: { width: 360, height: 740 },
      env: { ...process.env, HOME: home, TMPDIR: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home },
    });
    page = (await browser.pages())[0] ?? (await browser.newPage());
    if (kind === "chromium" && !rest.script) await page.setJavaScriptEnabled(false);
    return browser.version();
  },
  async fresh() {
    const used = page;
    page = await browser.newPage();
    await used.close();
  },
  prepare: ({ code }) => page.evaluateOnNewDocument(code).then(() => null),
  harm: ({ code }) => page.evaluate(`${code}; 0`),
  go: ({ url }) => page.goto(url, { timeout: NAVIGATION }).then(() => null, (error) => `${error}`),
  async type({ selector, text }) {
    await found(selector);
    await page.type(selector, text);
  },
  async tap({ selector }) {
    const { x, y } = await settled(selector);
    await page.mouse.click(x, y);
  },
  press: ({ key }) => page.keyboard.press(key),
  arrive: ({ url }) => until(() => page.evaluate((wanted) => location.href === wanted, url), url).then(() => null),
  read_of: ({ words }) =>
    until(() => page.evaluate((wanted) => document.body.innerText.includes(wanted), words), words).then(() => null),
  wait: ({ selector }) => found(selector).then(() => null),
  read: ({ selector }) => page.$eval(selector, (node) => node.textContent),
  back: () => page.goBack({ timeout: NAVIGATION / 5 }).then(() => null, (error) => `${error}`),
  look: () => until(() => page.evaluate(look)),
  close: () => browser.close(),
};

/** Waits until something that can be seen fits, and gives its middle. */
const found = (selector) => until(() => page.evaluate(middle, selector), selector);

/**
 * Gives the middle of what can be seen once it stays there. Firefox brings the field that was typed into back into view
 * later than the last key returns: on a busy machine after we have scrolled on, and the tap would hit what stands there.
 */
async function settled(selector) {
  for (;;) {
    const first = await found(selector);
    await new Promise((later) => setTimeout(later, SETTLING));
    const then = await page.evaluate(middle, selector, false).catch(() => null);
    if (then && then.x === first.x && then.y === first.y) return then;
  }
}

async function until(ask, of = "an answer") {
  const end = Date.now() + PATIENCE / 2;
  for (;;) {
    const answer = await ask().catch(() => null); // between two pages there is nobody to ask
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${of} never came`);
    await new Promise((later) => setTimeout(later, 50));
  }
}

function middle(selector, scrolls = true) {
  // The page's own may have been taken away by the test.
  const seen = [...Document.prototype.querySelectorAll.call(document, selector)].filter((node) => node.getClientRects().length);
  if (!seen.length) return null;
  if (scrolls) seen[0].scrollIntoView({ block: "center", behavior: "instant" });
  const { left, top, width, height } = seen[0].getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}

function look() {
  const all = (selector) => [...Document.prototype.querySelectorAll.call(document, selector)];
  const fields = all("input:not([type=hidden]), textarea");
  const seen = fields.filter((field) => field.getClientRects().length);
  const text = (field) => !/radio|checkbox/.test(field.type);
  return {
    url: location.href,
    title: document.title,
    text: document.body?.innerText ?? "",
    fields: seen.filter(text).map((field) => field.id),
    values: fields.filter(text).map((field) => field.value),
    marked: fields.filter((field) => field.checked).map((field) => `${field.name}=${field.value}`),
    forms: document.forms.length,
    unready: all("[data-unready]").length,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { act, ...words } = JSON.parse(line);
  let answer;
  try {
    answer = { ok: (await ACTS[act](words)) ?? null };
  } catch (error) {
    answer = { error: `${act} ${JSON.stringify(words)}: ${error}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser?.close();
process.exit(0);
