// People come in: by keyboard only, on a telephone's screen, with scripts switched off, in English and in Arabic, light and dark.
import { check, equal, holds, main, open } from "./harness.mjs";
import { answered, looks, totp, typeIn } from "./hands.mjs";

const PASSWORD = "four words are good";

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

async function inArabic(base, scheme) {
  const { browser, page } = await open({ locale: "ar", colorScheme: scheme, viewport: { width: 360, height: 740 } });
  await check(`in Arabic, ${scheme}, on a narrow screen`, async () => {
    await page.goto(base + "/login?lang=ar");
    equal(await page.getAttribute("html", "dir"), "rtl", "direction");
    await typeIn(page, "input[name=name]", "ana", "not the password");
    await looks(page, `people-login-ar-${scheme}`);
    await typeIn(page, "input[name=password]", PASSWORD); // the name still stands there
    await looks(page, `people-code-ar-${scheme}`);
    await typeIn(page, "input[name=code]", codes.pop());
    for (const path of ["account", "people", "account/factor", "logout"]) {
      await page.goto(`${base}/${path}?lang=ar`);
      await looks(page, `people-${path.replace("/", "-")}-ar-${scheme}`);
    }
  });
  await browser.close();
}

await main("people", async (base, link) => {
  await firstAdministrator(base, link);
  await onATelephone();
  for (const scheme of ["light", "dark"]) await inArabic(base, scheme);
}, "--accounts");
