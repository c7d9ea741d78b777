// Doubtful links are decided: by a person who may, with scripts and, on a telephone, without; in English and in Arabic, light and dark.
// A reader sees the doubts and no buttons.
import { check, equal, holds, main, open } from "./harness.mjs";
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

// Decides the doubt of a place in the list, and looks where that leads.
async function decide(page, at, words, see, name) {
  const before = await queue(page);
  await page.goto(base + "/review");
  await answered(page, () => page.locator(".doubt").nth(at).getByRole("button", { name: words }).click());
  const after = await queue(page);
  equal(after.length, before.length - 1, "doubts left");
  equal(await page.locator(idOf(before[at])).count(), 0, "what was decided is out of the list");
  holds(await isInView(page.locator("#judged")), "what was done is in view");
  holds(await isInView(page.locator(idOf(before[at + 1]))), "the next doubt is in view");
  await see(page, name);
  await answered(page, () => page.locator("#judged button").click());
  equal((await queue(page)).length, before.length, "doubts after taking it back");
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
    holds((await doubt.locator("a[href^='/why/']").count()) > 0, "a way to why");
    equal(await page.locator("main code").count(), 0, "commands");
    await looks(page, "review-desk");
  });
  await check("a doubt is decided, and taken back", () => decide(page, 0, "One event", looks, "review-one"));
  await check("one further down leads to the one behind it", () => decide(page, 3, "Different events", looks, "review-different"));
  await check("by keyboard, on the page of two rows, with a reason", async () => {
    const [first] = await queue(page);
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
    const [next] = await queue(page);
    holds(page.url().includes(`/why/${next.a}-${next.b}`), page.url());
    await page.goto(`${base}/why/${first.a}-${first.b}`);
    await answered(page, () => page.getByRole("button", { name: "Take it back" }).click());
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
  });
  await browser.close();
}

async function onATelephone() {
  const { browser, page } = await open({ viewport: TELEPHONE, javaScriptEnabled: false });
  await comeIn(page);
  await check("on a telephone, without scripts", () => decide(page, 1, "Different events", fits, "review-telephone"));
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
