// One journey in Firefox, steered through WebDriver BiDi: `node firefox.mjs JOB`, where JOB is JSON with the addresses,
// the person who signs in and the story to tell. Prints JSON: what the confirmation said, what the coordinator read,
// and what was left on the form after leaving and going back.
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
  await choose(page, "Ring mig");
  await page.type("#contact", "070-1740651");
  await page.click("#send");
  await page.waitForSelector(".go[data-leave]");
  const confirmation = { url: page.url(), heading: await page.$eval("h1", (node) => node.textContent) };
  await page.close();
  return confirmation;
}

async function read(browser) {
  const page = await browser.newPage();
  await page.goto(`${job.staff}/login`);
  for (const name of ["name", "passphrase", "otp"]) await page.type(`#${name}`, job[name]);
  await Promise.all([page.waitForNavigation(), page.click("button.main")]);
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
  const reading = await read(browser);
  console.log(JSON.stringify({ confirmation, reading, ...(await leave(browser)) }));
} finally {
  await browser.close();
}
