// People come in: by keyboard only, on a telephone's screen, with scripts switched off, in English and in Arabic, light and dark.
import { check, equal, holds, main, open, pathOfPackage } from "./harness.mjs";
import { answered, looks, totp, typeIn } from "./hands.mjs";

const PASSWORD = "four words are good";

// What an authenticator's camera reads of the picture, as it stands on the screen.
async function read(page) {
  const picture = (await page.locator("svg.qr").screenshot()).toString("base64");
  const reader = await page.context().newPage();
  await reader.addScriptTag({ path: pathOfPackage("jsqr") });
  const text = await reader.evaluate(async (base64) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    // Not inverted: many cameras read dark on light only.
    return jsQR(canvas.getImageData(0, 0, image.width, image.height).data, image.width, image.height, { inversionAttempts: "dontInvert" })?.data;
  }, picture);
  await reader.close();
  return text;
}

let codes, invitation;

async function firstAdministrator(base, link) {
  const { browser, page, faults } = await open();
  await check("the first administrator comes in by keyboard", async () => {
    await page.goto(link);
    await looks(page, "people-join");
    await typeIn(page, "input[name=name]", "ana", "Ana Example", PASSWORD, PASSWORD);
    holds(page.url().includes("/login"), page.url());
    await looks(page, "people-login");
    await typeIn(page, "input[name=name]", "ana", PASSWORD);
    holds(page.url().includes("/account/factor"), page.url());
    await looks(page, "people-factor");
    const key = (await page.locator("main pre").innerText()).replaceAll(" ", "");
    equal(await read(page), `otpauth://totp/Comity:ana?secret=${key}&issuer=Comity&digits=6&period=30`, "what a camera reads");
    await typeIn(page, "input[name=code]", totp(await page.locator("main pre").innerText()));
    codes = (await page.locator("main pre").innerText()).split(/\s+/);
    equal(codes.length, 10, "recovery codes");
    await looks(page, "people-codes");
  });
  await check("who is in is told, and finds the way to people and out", async () => {
    await page.goto(base + "/");
    for (const path of ["/account", "/people", "/logout"]) equal(await page.locator(`header a[href^='${path}']`).count(), 1, path);
    await looks(page, "people-situation");
  });
  await check("an invitation is made and shown once", async () => {
    await page.goto(base + "/people");
    await page.locator("#invite input[name=note]").focus();
    await page.keyboard.type("Rita");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Customs");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space"); // the first role: reader
    await answered(page, () => page.keyboard.press("Enter"));
    invitation = await page.locator(".once pre").innerText();
    holds(invitation.startsWith(base + "/join/"), invitation);
    await looks(page, "people-people");
  });
  await check("a script that runs finds nothing to complain of", async () => equal(faults.join("\n"), "", "faults"));
  await browser.close();
}

async function onATelephone() {
  const { browser, page } = await open({ viewport: { width: 360, height: 740 }, javaScriptEnabled: false });
  await check("a reader joins on a telephone, without scripts", async () => {
    await page.goto(invitation);
    await page.locator("input[name=name]").fill("rita");
    await page.locator("input[name=password]").fill("short");
    await page.locator("input[name=again]").fill("short");
    await page.locator("main button").click();
    holds((await page.locator("[role=alert]").innerText()).includes("12 characters"), "says what is wrong");
    equal(await page.locator("input[name=name]").inputValue(), "rita", "what was typed is still there");
    await page.locator("input[name=password]").fill(PASSWORD);
    await page.locator("input[name=again]").fill(PASSWORD);
    await page.locator("main button").click();
    await page.locator("input[name=name]").fill("rita");
    await page.locator("input[name=password]").fill(PASSWORD);
    await page.locator("main button").click();
    holds((await page.locator("main").innerText()).toLowerCase().includes("counted once"), "sees the situation");
    equal(await page.locator("header a[href^='/people']").count(), 0, "but not people");
  });
  await browser.close();
}

async function oneSessionEnds(base) {
  const [left, here] = [await open(), await open()];
  await check("a session that was left open is ended from elsewhere", async () => {
    for (const { page } of [left, here]) {
      await page.goto(base + "/login");
      await typeIn(page, "input[name=name]", "rita", PASSWORD);
    }
    await here.page.goto(base + "/account");
    await looks(here.page, "people-account");
    const ends = here.page.locator("#sessions tbody tr:not(:has(.flag)) button");
    while (await ends.count()) await answered(here.page, () => ends.first().press("Enter"));
    equal(await here.page.locator("#sessions tbody tr").count(), 1, "sessions left");
    await left.page.goto(base + "/records");
    holds(left.page.url().includes("/login"), left.page.url());
  });
  await left.browser.close();
  await here.browser.close();
}

// Somebody who may read the ledger, invited by the first.
async function auditor(base) {
  const { browser, page, faults } = await open();
  let link;
  await check("an auditor is invited", async () => {
    await page.goto(base + "/login");
    await typeIn(page, "input[name=name]", "ana", PASSWORD);
    await typeIn(page, "input[name=code]", codes.pop());
    await page.goto(base + "/people");
    await page.locator("#invite input[value=auditor]").check();
    await answered(page, () => page.locator("#invite button").click());
    link = await page.locator(".once pre").innerText();
    await page.context().clearCookies();
    await page.goto(link);
    await typeIn(page, "input[name=name]", "omar", "Omar Example", PASSWORD, PASSWORD);
    await typeIn(page, "input[name=name]", "omar", PASSWORD);
    await typeIn(page, "input[name=code]", totp(await page.locator("main pre").innerText()));
  });
  await check("an auditor reads the ledger", async () => {
    await page.goto(base + "/");
    await answered(page, () => page.locator("header a[href^='/ledger']").click());
    holds((await page.locator("main .sentence").innerText()).includes("unbroken"), "the chain holds");
    await looks(page, "people-ledger");
    await page.locator("select[name=what]").selectOption("log in");
    await answered(page, () => page.locator("main form button").press("Enter"));
    equal((await page.locator("main tbody td:nth-child(4)").allInnerTexts()).every((text) => text === "log in"), true, "only what was asked for");
    await page.goto(base + "/ledger?who=nobody");
    await looks(page, "people-ledger-empty");
    for (const scheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width: 360, height: 740 });
      await page.goto(base + "/ledger?lang=ar");
      await looks(page, `people-ledger-ar-${scheme}`);
    }
    equal(faults.join("\n"), "", "faults");
  });
  await browser.close();
}

async function inAnotherLanguage(base, language, scheme) {
  const { browser, page } = await open({ locale: language, colorScheme: scheme, viewport: { width: 360, height: 740 } });
  const name = (of) => `people-${of}-${language}-${scheme}`;
  await check(`in ${language}, ${scheme}, on a narrow screen`, async () => {
    await page.goto(`${base}/login?lang=${language}`);
    equal(await page.getAttribute("html", "dir"), language === "ar" ? "rtl" : "ltr", "direction");
    if (language === "ar") await typeIn(page, "input[name=name]", "ana", "not the password");
    await looks(page, name("login"));
    await page.locator("input[name=name]").fill("ana");
    await typeIn(page, "input[name=password]", PASSWORD);
    await looks(page, name("code"));
    await typeIn(page, "input[name=code]", codes.pop());
    for (const path of ["account", "people", "account/factor", "ledger", "sources", "logout"]) {
      await page.goto(`${base}/${path}?lang=${language}`);
      await looks(page, name(path.replace("/", "-")));
      if (path === "account/factor") holds((await read(page))?.startsWith("otpauth://totp/Comity:ana?"), `the picture is read, ${scheme}`);
    }
  });
  await browser.close();
}

await main("people", async (base, link) => {
  await firstAdministrator(base, link);
  await onATelephone();
  await oneSessionEnds(base);
  await auditor(base);
  for (const language of ["ar", "pt", "en"]) for (const scheme of ["light", "dark"]) await inAnotherLanguage(base, language, scheme);
}, "--accounts");
