// Doubtful links are decided: by a person who may, with scripts and, on a telephone, without; in English and in Arabic, light and dark.
// What was decided is linked behind the page, which tells so in place, without the bar of news.
// A reader sees the doubts and no buttons.
import { spawn } from "node:child_process";
import { check, equal, holds, main, open, storeOf } from "./harness.mjs";
import { answered, fits, looks, totp, typeIn } from "./hands.mjs";

const PASSWORD = "four words are good";
const TELEPHONE = { width: 360, height: 740 };
let base, codes;

async function firstAdministrator(page, link) {
  await page.goto(link);
  await typeIn(page, "input[name=name]", "ana", "Ana Example", PASSWORD, PASSWORD);
  await typeIn(page, "input[name=name]", "ana", PASSWORD);
  await page.goto(base + "/account/factor");
  await typeIn(page, "input[name=code]", totp(await page.locator("main pre").innerText()));
  codes = (await page.locator("main pre").innerText()).split(/\s+/);
}

async function comeIn(page) {
  await page.goto(base + "/login");
  await page.locator("input[name=name]").fill("ana");
  await page.locator("input[name=password]").fill(PASSWORD);
  await answered(page, () => page.locator("main button").click());
  await page.locator("input[name=code]").fill(codes.pop());
  await answered(page, () => page.locator("main button").click());
}

const queue = async (page) => (await (await page.request.get(base + "/review.json")).json()).links;
const idOf = (link) => `#d${link.a}-${link.b}`;
const isInView = (locator) => locator.evaluate((at) => at.getBoundingClientRect().top >= 0 && at.getBoundingClientRect().top < innerHeight);

// Asks, beside the page, until all that was decided is linked.
async function settled(page) {
  for (const until = Date.now() + 60000; Date.now() < until; await new Promise((go) => setTimeout(go, 100)))
    if ((await (await page.request.get(base + "/review")).text()).includes('data-linking="done"')) return;
  throw new Error("it is not linked in time");
}

// The page that lies open says by itself what has come of it.
async function hears(page, words, number) {
  await page.waitForSelector("#linking[data-linking=done]", { timeout: 60000 });
  const told = await page.innerText("#linking");
  holds(told.includes(words) && /Records now: [0-9,]+$/.test(told.trim()), told);
  equal(await page.textContent("#news"), "", "no bar of news for one's own decision");
  return (await page.getAttribute("html", "data-sequence")) !== number;
}

// Decides the doubt of a place in the list, and looks where that leads.
async function decide(page, at, words, see, name, hasScripts = true) {
  await settled(page);
  const before = await queue(page);
  await page.goto(base + "/review");
  await answered(page, () => page.locator(".doubt").nth(at).getByRole("button", { name: words }).click());
  const after = await queue(page);
  equal(after.length, before.length - 1, "doubts left");
  equal(await page.locator(idOf(before[at])).count(), 0, "what was decided is out of the list");
  holds(await isInView(page.locator("#judged")), "what was done is in view");
  holds(await isInView(page.locator(idOf(before[at + 1]))), "the next doubt is in view");
  await see(page, name);
  await settled(page);
  await answered(page, () => page.locator("#judged button").click());
  await settled(page);
  equal((await queue(page)).length, before.length, "doubts after taking it back");
  if (!hasScripts) await answered(page, () => page.locator("#linking a").click());
  await page.waitForSelector(idOf(before[at]), { timeout: 60000 });
  holds(await isInView(page.locator(idOf(before[at]))), "the doubt is in view again");
  equal(await page.locator("#judged button").count(), 0, "buttons to take back what is taken back");
}

async function atADesk(link) {
  const { browser, page, faults } = await open();
  await firstAdministrator(page, link);
  await check("each doubt has two rows side by side, a way to why, and two buttons", async () => {
    await page.goto(base + "/review");
    const doubt = page.locator(".doubt").first();
    equal(await doubt.locator("table.pair thead th").count(), 3, "field, and two rows");
    holds((await doubt.locator("table.pair tbody tr").count()) > 2, "what they say");
    equal(await doubt.locator("button").count(), 2, "buttons");
    holds(await doubt.locator("table.pair").isVisible() && !(await doubt.locator("summary").isVisible()), "the rows are open where there is room");
    equal(await page.locator(".doubt").count(), 10, "doubts on a page");
    holds((await doubt.locator("a[href^='/why/']").count()) > 0, "a way to why");
    equal(await page.locator("main code").count(), 0, "commands");
    await looks(page, "review-desk");
  });
  await check("a doubt is decided, and taken back", () => decide(page, 0, "One event", looks, "review-one"));
  await check("one further down leads to the one behind it", () => decide(page, 3, "Different events", looks, "review-different"));
  await check("what was decided is linked behind the page, which says so in place", async () => {
    await settled(page);
    const [first, second] = (await queue(page)).filter((link) => !link.is_joined);
    const number = await page.getAttribute("html", "data-sequence");
    await page.goto(base + "/review");
    await answered(page, () => page.locator(".doubt", { has: page.locator(idOf(first)) }).getByRole("button", { name: "One event" }).click());
    equal(await page.getAttribute("#linking", "data-linking"), "waits", "it is being linked");
    await looks(page, "review-waits");
    const undo = page.locator("#judged button");
    await undo.focus();
    holds(await hears(page, "the two are one event", number), "the page is of the new state");
    equal((await page.innerText("#counts")).replace(/[^0-9]/g, ""), String((await queue(page)).length), "how many are left");
    holds(await undo.evaluate((at) => at === document.activeElement), "focus stays on the button that takes it back");
    equal(await page.locator(idOf(second)).count(), 1, "the doubts stay where they are");
    await page.waitForTimeout(2500);
    equal(await page.textContent("#news"), "", "nor is there a bar later");
    await looks(page, "review-linked");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#judged:not(:has(button))");
    await hears(page, "different events", number);
    await page.waitForSelector(idOf(first));
    await looks(page, "review-taken-back");
  });
  await check("somebody else's page hears of it as news", async () => {
    await settled(page);
    const [first] = (await queue(page)).filter((link) => !link.is_joined);
    const other = await page.context().newPage();
    await other.goto(base + "/records", { waitUntil: "load" });
    await page.goto(`${base}/why/${first.a}-${first.b}`);
    await answered(page, () => page.getByRole("button", { name: "One event" }).click());
    await hears(page, "the two are one event");
    equal(await page.locator("h1").innerText(), "Why these are one", "the verdict has changed, too");
    await looks(page, "why-linked");
    await other.waitForSelector("#news a", { timeout: 60000 });
    await other.close();
    await answered(page, () => page.locator("#judged button").click());
    await settled(page);
  });
  await check("where it cannot be linked the page says so in place, and when it can", async () => {
    await settled(page);
    await page.goto(base + "/review");
    await answered(page, () => page.locator(".doubt button").first().click());
    const writer = spawn("flock", [storeOf("review") + "-lock", "sleep", "60"], { detached: true, stdio: "ignore" });
    try {
      await page.waitForSelector("#linking[data-linking=failed]", { timeout: 60000 });
      holds((await page.innerText("#linking")).includes("somebody else is writing just now"), await page.innerText("#linking"));
      equal(await page.textContent("#news"), "", "no bar of news");
      await looks(page, "review-failed");
    } finally {
      process.kill(-writer.pid);
    }
    await page.waitForSelector("#linking[data-linking=done]", { timeout: 90000 });
    await answered(page, () => page.locator("#judged button").click());
    await settled(page);
  });
  await check("by keyboard, on the page of two rows, with a reason", async () => {
    await settled(page);
    const [first, next] = await queue(page);
    await page.goto(`${base}/why/${first.a}-${first.b}`);
    await looks(page, "why-open");
    await page.locator("#decide input[name=reason]").focus();
    await page.keyboard.type("the same case file");
    await page.keyboard.press("Tab");
    await answered(page, () => page.keyboard.press("Enter"));
    const told = await page.locator("#judged").innerText();
    holds(told.includes("the same case file") && told.includes("ana"), told);
    holds(await isInView(page.locator("#judged")), "what was done is in view");
    await looks(page, "why-decided");
    await answered(page, () => page.getByRole("link", { name: "The next doubtful link" }).click());
    holds(page.url().includes(`/why/${next.a}-${next.b}`), page.url());
    await page.goto(`${base}/why/${first.a}-${first.b}`);
    await answered(page, () => page.getByRole("button", { name: "Take it back" }).click());
    await settled(page);
    equal((await queue(page))[0].a, first.a, "the first doubt again");
  });
  await check("who competes is named, with a way there", async () => {
    for (const link of await queue(page)) {
      const why = await (await page.request.get(`${base}/why/${link.a}-${link.b}.json`)).json();
      if (!why.rival) continue;
      await page.goto(`${base}/why/${link.a}-${link.b}`);
      await looks(page, "why-rival");
      await answered(page, () => page.locator(`main a[href*='/why/${why.rival_of}-${why.rival}']`).first().click());
      holds((await page.locator("h1").innerText()).length > 0, "the page of the other pair");
      return;
    }
    throw new Error("no doubt of the list has a competitor");
  });
  await check("scripts find nothing to complain of", async () => equal(faults.join("\n"), "", "faults"));
  await page.goto(base + "/people");
  await page.locator("#invite input[value=reader]").check();
  await answered(page, () => page.locator("#invite button").click());
  const invitation = await page.locator(".once pre").innerText();
  await browser.close();
  return invitation;
}

async function aReader(invitation) {
  const { browser, page } = await open({ viewport: TELEPHONE });
  await check("a reader sees the doubts, and no buttons", async () => {
    await page.goto(invitation);
    await typeIn(page, "input[name=name]", "rita", "Rita Example", PASSWORD, PASSWORD);
    await typeIn(page, "input[name=name]", "rita", PASSWORD);
    for (const path of ["/review", "/why/1-2"]) {
      await page.goto(base + path);
      holds((await page.locator("table.pair").count()) > 0, "rows side by side");
      equal(await page.locator("main button").count(), 0, `buttons at ${path}`);
      equal(await page.locator("main code").count(), 0, "commands");
    }
    await page.goto(base + "/review");
    await looks(page, "review-reader");
    const doubt = page.locator(".doubt").first();
    holds(await doubt.locator(".differences").isVisible(), "what differs");
    holds(!(await doubt.locator("table.pair").isVisible()), "the rows are folded away where there is no room");
    await doubt.locator("summary").focus();
    await page.keyboard.press("Enter");
    holds(await doubt.locator("table.pair").isVisible(), "and unfolded by keyboard");
    await fits(page, "review-reader-unfolded");
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    holds(height < 7000, `a page of doubts is ${height} px long`);
    await answered(page, () => page.getByRole("link", { name: "The next 10" }).click());
    equal(await page.locator(".doubt").count(), 10, "doubts on the next page");
    equal(await page.getByRole("link", { name: "The previous 10" }).count(), 1, "a way back");
  });
  await browser.close();
}

async function onATelephone() {
  const { browser, page } = await open({ viewport: TELEPHONE, javaScriptEnabled: false });
  await comeIn(page);
  await check("on a telephone, without scripts", () => decide(page, 1, "Different events", fits, "review-telephone", false));
  await browser.close();
}

async function inAnotherLanguage(language, scheme, viewport) {
  const { browser, page } = await open({ locale: language, colorScheme: scheme, viewport });
  const name = `${language}-${scheme}-${viewport.width}`;
  await comeIn(page);
  await check(`in ${name}`, async () => {
    await page.goto(`${base}/review?lang=${language}`);
    equal(await page.getAttribute("html", "dir"), language === "ar" ? "rtl" : "ltr", "direction");
    await answered(page, () => page.locator(".doubt button").first().click());
    equal(await page.getAttribute("html", "lang"), language, "language afterwards");
    await page.waitForSelector("#linking[data-linking=done]", { timeout: 60000 });
    await looks(page, `review-${name}`);
    await answered(page, () => page.locator("#judged button").click());
    await answered(page, () => page.locator(".doubt p a[href^='/why/']").first().click());
    await looks(page, `why-${name}`);
  });
  await browser.close();
}

await main("review", async (address, link) => {
  base = address;
  const invitation = await atADesk(link);
  await aReader(invitation);
  await onATelephone();
  for (const language of ["en", "ar"]) for (const scheme of ["light", "dark"]) await inAnotherLanguage(language, scheme, scheme === "dark" ? TELEPHONE : { width: 1280, height: 900 });
  await inAnotherLanguage("ar", "light", TELEPHONE);
  await inAnotherLanguage("en", "dark", { width: 1280, height: 900 });
}, "--accounts");
