/**
 * A person in Debian's Firefox: one job a line on the standard input, each on a page of its own. A job opens `url`,
 * does `harm` to the page if there is any, types, presses everything that might send, and tells what it then sees.
 */

import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const STORY = "KANARIEFAGEL";
const browser = await puppeteer.launch({ browser: "firefox", executablePath: "/usr/bin/firefox-esr", headless: true });

function look() {
  // The page's own may have been taken away as a harm.
  const count = (selector) => Document.prototype.querySelectorAll.call(document, selector).length;
  const text = (selector) => document.querySelector(selector)?.textContent ?? "";
  return {
    url: location.href,
    heading: text("h1"),
    said: text("[data-say]"),
    code: text("p[data-code]"),
    typed: document.querySelector("#message")?.value ?? "",
    forms: document.forms.length,
    unready: count("[data-unready]"),
    parts: count("textarea, template"),
  };
}

async function visit({ url, harm = "", done = "" }) {
  const page = await browser.newPage();
  try {
    await page.goto(url);
    await page.evaluate(`${harm}; 0`);
    await page.click("[value=talk]");
    await page.type("#message", STORY);
    await page.click("#send");
    if (done) await page.waitForFunction((words) => document.body.textContent.includes(words), { timeout: 8000 }, done);
    else await pressOn(page);
    return { ok: await page.evaluate(look) };
  } catch (error) {
    return { error: `${error}` };
  } finally {
    await page.close();
  }
}

async function pressOn(page) {
  await page.type("#contact", STORY);
  await page.keyboard.press("Enter");
  await page.focus("#send");
  await page.keyboard.press("Enter");
  await new Promise((later) => setTimeout(later, 150));
}

try {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await visit(JSON.parse(line)))}\n`);
  }
} finally {
  await browser.close();
}
