// One journey in Firefox, steered through WebDriver BiDi: `node firefox.mjs JOB`, where JOB is JSON with the addresses,
// the person who signs in, the story to tell and the answer to it. Prints JSON: what the confirmation said, what the
// coordinator read, what the code led to and what was sent on that page, what a page without its script sent, and what
// was left on the form after leaving and going back.
import puppeteer from "puppeteer-core";

const job = JSON.parse(process.argv[2]);
const phone = { width: 360, height: 740 };

const choose = (page, words) =>
  page.evaluate((wanted) => {
    const labels = [...document.querySelectorAll("label:has(input)")];
    labels.find((label) => label.textContent.includes(wanted)).click();
  }, words);

async function send(browser) {
  const page = await browser.newPage();
  await page.setViewport(phone);
  await page.goto(job.portal);
  await Promise.all([page.waitForNavigation(), page.click('a[href="/me"]')]);
  await choose(page, "Kanske snart");
  await choose(page, "Bara prata");
  await page.type("#message", job.story);
  await choose(page, "Både kod och samtal");
  await page.type("#contact", "070-1740651");
  await page.click("#send");
  await page.waitForSelector(".go[data-leave]");
  const text = (selector) => page.$eval(selector, (node) => node.textContent);
  const confirmation = { url: page.url(), heading: await text("h1"), code: await text("[data-code]") };
  await page.close();
  return confirmation;
}

async function signIn(browser) {
  const page = await browser.newPage();
  await page.goto(`${job.staff}/login`);
  for (const name of ["name", "passphrase", "otp"]) await page.type(`#${name}`, job[name]);
  await Promise.all([page.waitForNavigation(), page.click("button.main")]);
  return page;
}

async function read(page) {
  await page.goto(`${job.staff}/inbox`);
  await Promise.all([page.waitForNavigation(), page.click("form.collect button")]);
  const rows = await page.$$("table.list tbody tr");
  for (const row of rows) {
    if (!(await row.evaluate((node) => node.textContent)).includes(job.story.slice(0, 20))) continue;
    const link = await row.$("a.open");
    await Promise.all([page.waitForNavigation(), link.click()]);
    return page.$eval("main", (node) => node.innerText);
  }
  return "";
}

async function reply(page) {
  await page.type("#text", job.answer);
  await Promise.all([page.waitForNavigation(), page.click("#reply button.main")]);
}

async function sent(page, use) {
  const posts = [];
  page.on("request", (one) => one.method() === "POST" && posts.push(new URL(one.url()).pathname));
  await page.setViewport(phone);
  await page.goto(`${job.portal}/code`);
  const seen = await use();
  await page.close();
  return { ...seen, posts };
}

async function comeBack(browser, code) {
  const page = await browser.newPage();
  return sent(page, async () => {
    await page.type("#code", code);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".said");
    const said = await page.$eval(".said", (node) => node.textContent);
    await page.type("#message", job.again);
    await page.click("#send");
    await page.waitForSelector("main [data-word=sent]");
    return { said, forms: await page.evaluate(() => document.forms.length) };
  });
}

async function withoutScript(browser, code) {
  const page = await browser.newPage();
  await page.setRequestInterception(true);
  page.on("request", (one) => (one.url().endsWith("/code.js") ? one.abort() : one.continue()));
  return sent(page, async () => {
    await page.type("#code", code);
    await page.keyboard.press("Enter");
    await page.click("#send");
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { typed: await page.$eval("#code", (node) => node.value), url: page.url() };
  });
}

async function leave(browser) {
  const page = await browser.newPage();
  await page.goto(job.portal);
  await page.goto(`${job.portal}/me`);
  await page.type("#message", job.story);
  // The neutral page lies outside this machine: Firefox shows its own error page in its stead.
  await page.click("a.leave").catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const left = page.url();
  await page.goBack().catch(() => {});
  await page.waitForSelector("a.go");
  return { left, back: page.url(), page: await page.content() };
}

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: "/usr/bin/firefox-esr",
  headless: true,
  extraPrefsFirefox: { "intl.accept_languages": "sv" },
});
try {
  const confirmation = await send(browser);
  const staff = await signIn(browser);
  const reading = await read(staff);
  const [request] = staff.url().split("#");
  await reply(staff);
  const visit = await comeBack(browser, confirmation.code);
  await staff.goto(`${job.staff}/inbox`);
  await Promise.all([staff.waitForNavigation(), staff.click("form.collect button")]);
  await staff.goto(request);
  const thread = await staff.$eval("main", (node) => node.innerText);
  const closed = await withoutScript(browser, confirmation.code);
  console.log(JSON.stringify({ confirmation, reading, visit, thread, closed, ...(await leave(browser)) }));
} finally {
  await browser.close();
}
