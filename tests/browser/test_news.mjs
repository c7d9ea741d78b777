// Feeds on the sources page, with one that fails and a source that is late: in two languages and widths, for axe too. And an open
// page that hears of new data, says so politely, and shows it when asked.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { check, comity, equal, holds, main, open, screenshotPath, storeOf, violations } from "./harness.mjs";

const store = storeOf("news"), folder = join(dirname(store), "feeds");

function run(status, ...words) {
  const done = spawnSync(comity, [...words, "--store", store], { encoding: "utf8" });
  equal(done.status, status, `comity ${words.join(" ")}: ${done.stderr}`);
}

function prepareFeeds() {
  mkdirSync(join(folder, "inbox"), { recursive: true });
  writeFileSync(join(folder, "inbox/login page with a rather long name.csv"), "<html><body>Please log in</body></html>\n");
  writeFileSync(join(folder, "intake.yaml"), `feeds:
  - feed: customs
    recipe: simulated-customs
    from: { folder: inbox, pattern: "*.csv" }
    settle: 100ms
    expect: 1s
  - feed: nowhere
    recipe: simulated-police
    from: { folder: not-there }
`);
  run(7, "intake", "run", "--once", "--config", join(folder, "intake.yaml"));
  run(0, "sources", "nothing", "sim-police", "--from", "2026-01-01", "--to", "2099-12-31", "--why", "a letter");
}

async function sources(base, language, width) {
  const { browser, page, faults } = await open({ viewport: { width, height: 900 }, locale: language });
  try {
    await page.goto(`${base}/sources?lang=${language}`, { waitUntil: "load" });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    holds(overflow <= 1, `the page is ${overflow} pixels wider than the window`);
    for (const id of ["feeds", "failed", "attempts", "declared"]) equal(await page.locator(`section#${id}`).count(), 1, `section ${id}`);
    // It is overdue a second after the last file: not before, on a quick machine.
    const isLate = async () => language !== "en" || (await page.textContent("main")).includes("Overdue since");
    for (let tries = 0; tries < 40 && !(await isLate()); tries++) {
      await page.waitForTimeout(250);
      await page.reload();
    }
    const text = await page.textContent("main");
    holds(text.includes("login page with a rather long name.csv") && text.includes("not-there"), "the failures are told");
    if (language === "en") holds(text.includes("Overdue since") && text.includes("Nothing to report until"), "lateness in words");
    equal((await violations(page)).join("\n"), "", "axe");
    equal(faults.join("\n"), "", "console");
    await page.screenshot({ path: screenshotPath(`feeds-${language}-${width}`), fullPage: true });
  } finally {
    await browser.close();
  }
}

async function hears(base) {
  const { browser, page, faults } = await open();
  try {
    await page.goto(base + "/", { waitUntil: "load" });
    const before = await page.getAttribute("html", "data-sequence");
    equal(await page.textContent("#news"), "", "no news yet");
    run(0, "sources", "nothing", "sim-customs", "--from", "2026-01-01", "--to", "2026-01-02");
    await page.waitForSelector("#news a", { timeout: 60000 });
    holds((await page.textContent("#news")).startsWith("New data has come in."), "it says so");
    equal(await page.getAttribute("#news", "role"), "status", "politely");
    equal(await page.getAttribute("html", "data-sequence"), before, "what is shown stays until it is asked for");
    equal((await violations(page)).join("\n"), "", "axe");
    await page.click("#news a");
    await page.waitForFunction((old) => document.documentElement.dataset.sequence !== old, before, { timeout: 60000 });
    equal(await page.textContent("#news"), "", "no news any more");
    equal(faults.join("\n"), "", "console");
  } finally {
    await browser.close();
  }
}

await main("news", async (base) => {
  prepareFeeds();
  for (const language of ["en", "ar"])
    for (const width of [1280, 320]) await check(`feeds ${language} ${width}`, () => sources(base, language, width));
  await check("an open page hears of news", () => hears(base));
});
