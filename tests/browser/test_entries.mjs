// A day at the desk, twice: by keyboard on a large screen, and by keyboard on a telephone's, with scripts switched off: the first
// administrator, invitations, cases entered, returned, approved, corrected and retracted; a photograph, pasted rows, a filled template.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { check, equal, holds, main, open } from "./harness.mjs";
import { answered, fits, looks, totp, typeIn } from "./hands.mjs";

const PASSWORD = "four words are good";
let base;
// Of the day that goes on: what tells it from the other, the date of its cases, and how its pages are shown.
let day = { mark: "", date: "2026-03-17", grams: 900, kilograms: 600, options: {}, hasScripts: true };

// Logs in with what was set up; the code of an authenticator counts once, so a recovery code serves.
async function comeIn(page, person) {
  await page.goto(base + "/login");
  await typeIn(page, "input[name=name]", person.name, PASSWORD);
  if (page.url().includes("/login/code")) await typeIn(page, "input[name=code]", person.codes.pop());
}

async function comeFirst(link, name) {
  const opened = await open(day.options), { page } = opened;
  await page.goto(link);
  await typeIn(page, "input[name=name]", name, `${name} Example`, PASSWORD, PASSWORD);
  await typeIn(page, "input[name=name]", name, PASSWORD);
  const person = { name, codes: [], ...opened };
  await page.goto(base + "/account/factor");
  await typeIn(page, "input[name=code]", totp(await page.locator("main pre").innerText()));
  person.codes = (await page.locator("main pre").innerText()).split(/\s+/);
  return person;
}

// The same pages with scripts have been looked at by axe, which needs them.
const see = (page, name) => (day.hasScripts ? looks : fits)(page, name + day.mark);

const ROLES = ["reader", "officer", "reviewer", "analyst", "administrator", "auditor"];

async function invite(ana, role, unit) {
  const { page } = ana;
  await page.goto(base + "/people");
  await page.locator("#invite input[name=note]").focus();
  await page.keyboard.type(role);
  await page.keyboard.press("Tab");
  await page.keyboard.type(unit);
  for (let i = 0; i <= ROLES.indexOf(role); i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await answered(page, () => page.keyboard.press("Enter"));
  return page.locator(".once pre").innerText();
}

// Moves to a field by Tab, as one does without a mouse, and types.
async function into(page, key, text) {
  const id = "k-" + key;
  for (let i = 0; i < 120; i++) {
    if ((await page.evaluate(() => document.activeElement?.id)) === id) {
      await page.keyboard.type(text);
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`no way by Tab to '${key}'`);
}

async function press(page, name) {
  for (let i = 0; i < 200; i++) {
    const at = await page.evaluate(() => document.activeElement?.value ?? "");
    if (at === name && (await page.evaluate(() => document.activeElement?.tagName)) === "BUTTON") return answered(page, () => page.keyboard.press("Enter"));
    await page.keyboard.press("Tab");
  }
  throw new Error(`no way by Tab to the button '${name}'`);
}

async function hauls(person) {
  const answer = await person.page.request.get(`${base}/records.json?country=EC&date=${day.date}&limit=100`);
  return (await answer.json()).rows.map((row) => `${row.values.drug.value} ${row.values.amount.value}`).sort();
}

async function soon(person, wanted) {
  let found = [];
  for (let i = 0; i < 150; i++) {
    found = await hauls(person);
    if (found.length === wanted) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${wanted} hauls were to be there: ${found.join(", ")}`);
}

const fault = (page) => page.locator("main [role=alert], main .refusal").allInnerTexts();

let ana, olga, ravi, rita;
const people = [];

async function theDesk(link) {
  await check(`the administrator and the invited come in${day.mark}`, async () => {
    if (link) ana = await comeFirst(link, "ana");
    else {
      ana = { name: "ana", codes: ana.codes, ...(await open(day.options)) };
      await comeIn(ana.page, ana);
    }
    olga = await comeFirst(await invite(ana, "officer", "Customs" + day.mark), "olga" + day.mark);
    ravi = await comeFirst(await invite(ana, "reviewer", "Customs" + day.mark), "ravi" + day.mark);
    rita = await comeFirst(await invite(ana, "reader", ""), "rita" + day.mark);
    people.push(ana, olga, ravi, rita);
  });
}

// What the script tells while one types; without it, what the button tells.
async function told(page, isTold) {
  if (day.hasScripts) await page.waitForFunction(isTold);
  else await press(page, "check");
  holds(await page.evaluate(isTold), String(isTold));
}

async function threeCases() {
  const { page } = olga;
  await check("a case with four drugs is entered by keyboard only", async () => {
    await page.goto(base + "/entries");
    await see(page, "entries-empty");
    await page.goto(base + "/entries/new");
    await see(page, "entries-new");
    await into(page, "case", "SIM-1" + day.mark);
    await into(page, "date", day.date);
    await into(page, "country", "Ecuador");
    await into(page, "place", "Guayaquil");
    await into(page, "drugs.1.drug", "cocaine");
    await into(page, "drugs.1.amount", "12,5 kilos");
    await told(page, () => document.getElementById("f-drugs.1.amount")?.textContent.includes("12.5 kg"));
    for (const [line, drug, amount] of [[2, "heroin", "300 g"], [3, "cannabis resin", "2 kg"], [4, "MDMA", "120 tablets"]]) {
      await press(page, "more:drugs");
      await into(page, `drugs.${line}.drug`, drug);
      await into(page, `drugs.${line}.amount`, amount);
    }
    await press(page, "check");
    equal((await fault(page)).join(), "", "faults");
    await see(page, "entries-checked");
    await press(page, "submit");
    holds(/\/entries\/\d+/.test(page.url()), page.url() + (await fault(page)).join());
    await see(page, "entries-entry");
  });
  await check("a case that an imported record tells already is joined to it", async () => {
    const known = (await (await rita.page.request.get(`${base}/records.json?country=EC&sort=largest&limit=1`)).json()).rows[0];
    await page.goto(base + "/entries/new");
    await into(page, "case", "SIM-2" + day.mark);
    await into(page, "date", known.values.date.value);
    await into(page, "country", "Ecuador");
    await into(page, "place", known.values.place?.value?.split(",")[0] ?? "");
    await into(page, "drugs.1.drug", known.values.drug.value);
    await into(page, "drugs.1.amount", known.values.amount.value.replaceAll(",", ""));
    await told(page, () => document.querySelectorAll("#alike fieldset").length > 0);
    await see(page, "entries-alike");
    await page.locator("#alike fieldset input[value=same]").first().focus();
    await page.keyboard.press("Space");
    await press(page, "submit");
    holds((await page.locator("#content").innerText()).includes("The same event"), "what was said of it is told");
  });
  await check("rows are pasted, looked at and saved as drafts", async () => {
    await page.goto(base + "/entries/paste");
    await see(page, "paste-empty");
    await page.locator("#pasted-rows").fill(`Caso\tFecha\tPaís\tDroga\tCantidad\nSIM-P\t${day.date}\tEcuador\tcocaína\t1,5 kg\nSIM-P\t\t\theroin\tmany\nSIM-Q\tsoon\tEcuador\tcocaína\t1 kg`);
    await answered(page, () => page.getByRole("button", { name: "Look at it" }).click());
    await see(page, "paste-seen");
    equal(await page.locator("table.pasted tbody tr").count(), 3, "rows");
    equal(await page.locator("table.pasted .fault").count(), 2, "faults");
    await answered(page, () => page.getByRole("button", { name: "Save as drafts" }).click());
    await see(page, "paste-saved");
    equal(await page.locator("main .good a").count(), 2, "drafts");
    equal(await page.locator("#pasted-rows").inputValue(), "", "what is left");
  });
  await check("a case is entered on a telephone without scripts", async () => {
    const small = await open({ viewport: { width: 360, height: 740 }, javaScriptEnabled: false });
    await comeIn(small.page, olga);
    await small.page.goto(base + "/entries/new");
    await small.page.locator("[id='k-case']").fill("SIM-3" + day.mark);
    await small.page.locator("[id='k-date']").fill("17/03/2026");
    await small.page.locator("[id='k-country']").fill("Ecuador");
    await small.page.locator("[id='k-drugs.1.drug']").fill("heroin");
    await small.page.locator("[id='k-drugs.1.amount']").fill("a lot");
    await small.page.locator("button[value=submit]").click();
    holds((await small.page.locator("[id='f-drugs.1.amount']").innerText()).includes("no amount"), "says what is wrong where it is wrong");
    await small.page.locator("details.pin summary").click();
    await small.page.locator("details.pin input[type=image]").click({ position: { x: 150, y: 60 } });
    holds((await small.page.locator("[id='k-place.latitude']").inputValue()) !== "", "the point that was chosen");
    await small.page.locator("[id='k-drugs.1.amount']").fill("3 kg");
    await small.page.locator("button[value=submit]").click();
    holds(/\/entries\/\d+/.test(small.page.url()), small.page.url());
    await small.browser.close();
  });
}

async function open_first(person, text) {
  await person.page.goto(base + "/entries");
  await person.page.locator(`main a:has-text("${text}")`).first().focus();
  await answered(person.page, () => person.page.keyboard.press("Enter"));
}

async function reviewed() {
  const { page } = ravi;
  const before = (await hauls(rita)).length;
  await check("the reviewer returns one and approves two; totals follow", async () => {
    await page.goto(base + "/entries");
    await see(page, "entries-queue");
    await open_first(ravi, "SIM-3" + day.mark);
    await page.locator("form:has(input[value=return]) input[name=reason]").focus();
    await page.keyboard.type("Which harbour?");
    await answered(page, () => page.keyboard.press("Enter"));
    await open_first(ravi, "SIM-1" + day.mark);
    await see(page, "entries-review");
    await page.locator("form:has(input[value=approve]) button").focus();
    await answered(page, () => page.keyboard.press("Enter"));
    await soon(rita, before + 4);
    await open_first(ravi, "SIM-2" + day.mark);
    await page.locator("form:has(input[value=approve]) button").focus();
    await answered(page, () => page.keyboard.press("Enter"));
    await soon(rita, before + 4); // it was joined to what is there
  });
  await check("a correction and a retraction follow too", async () => {
    await open_first(olga, "SIM-1" + day.mark);
    await olga.page.locator("main a[href^='/edit/']").focus();
    await answered(olga.page, () => olga.page.keyboard.press("Enter"));
    await olga.page.locator("[id='k-drugs.1.amount']").fill("13.25 kg");
    await press(olga.page, "submit");
    await open_first(ravi, "SIM-1" + day.mark);
    await see(page, "entries-difference");
    await page.locator("form:has(input[value=approve]) button").focus();
    await answered(page, () => page.keyboard.press("Enter"));
    for (let i = 0; ; i++) {
      if ((await hauls(rita)).some((haul) => haul.includes("13.25"))) break;
      holds(i < 100, "the corrected amount is seen");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await open_first(ravi, "SIM-1" + day.mark);
    await page.locator("form:has(input[value=retract]) input[name=reason]").focus();
    await page.keyboard.type("It was not ours");
    await answered(page, () => page.keyboard.press("Enter"));
    await soon(rita, before);
    await see(page, "entries-retracted");
  });
}

// A small picture, as a browser would send it.
function png(width, height) {
  const table = Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n >>> 0; });
  const crc = (bytes) => (bytes.reduce((sum, byte) => table[(sum ^ byte) & 255] ^ (sum >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;
  const chunk = (kind, body) => {
    const named = Buffer.concat([Buffer.from(kind), body]), head = Buffer.alloc(4), tail = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    tail.writeUInt32BE(crc(named));
    return Buffer.concat([head, named, tail]);
  };
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.concat(Array.from({ length: height }, (_, y) => Buffer.concat([Buffer.from([0]), Buffer.from(Array.from({ length: width * 3 }, (_, x) => (x * 3 + y * 5) % 256))])));
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", size), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

async function attached() {
  const { page } = olga;
  await check("a photograph is attached, shown small, and downloaded", async () => {
    await open_first(olga, "SIM-1" + day.mark);
    await page.locator("#files input[type=file]").setInputFiles({ name: "wharf.png", mimeType: "image/png", buffer: png(400, 300) });
    await page.locator("#files input[name=note]").focus();
    await page.keyboard.type("The wharf");
    await answered(page, () => page.keyboard.press("Enter"));
    const shown = await page.locator("#files img").evaluate((img) => img.decode().then(() => img.naturalWidth));
    holds(shown > 0 && shown <= 320, `a thumbnail of ${shown}`);
    await see(page, "entries-files");
    const download = page.waitForEvent("download");
    await page.locator("#files li a").first().click();
    equal((await download).suggestedFilename(), "wharf.png", "the name of the download");
  });
}

// What waits is ticked, all of it, and approved.
async function approveAll() {
  const { page } = ravi;
  await page.goto(base + "/entries");
  const ticks = page.locator("input[type=checkbox][name=entry]");
  const n = await ticks.count();
  await see(page, "entries-ticks");
  for (let i = 0; i < n; i++) {
    await ticks.nth(i).focus();
    await page.keyboard.press("Space");
  }
  await page.locator("form:has(input[value=approve]) button").focus();
  await answered(page, () => page.keyboard.press("Enter"));
  equal((await fault(page)).join(), "", "refusals");
  return n;
}

// The template as somebody fills it in, with another program.
const fill = () => `
import openpyxl, sys
book = openpyxl.load_workbook(sys.argv[1])
sheet = book[book.sheetnames[0]]
keys = {cell.value: cell.column for cell in sheet[1]}
last = max(row for row in range(1, sheet.max_row + 1) if any(cell.value for cell in sheet[row]))
for n in range(2):
    said = {"case": f"SIM-T{n}${day.mark}", "date": "${day.date}", "country": "Ecuador", "place": "Guayaquil", "drug": "cocaine", "amount": f"{${day.kilograms} + n} kg"}
    for key, text in said.items():
        column = next(at for name, at in keys.items() if name and name.split(".")[-1] == key)
        sheet.cell(last + 1 + n, column, text)
book.save(sys.argv[2])
`;

async function manyAtOnce() {
  const { page } = olga;
  await check("twenty rows are pasted, looked at, submitted and approved", async () => {
    const before = (await hauls(rita)).length;
    const rows = Array.from({ length: 20 }, (_, i) => `SIM-P${i}${day.mark}\t${day.date}\tEcuador\tGuayaquil\theroin\t${day.grams + i} g`);
    await page.goto(base + "/entries/paste");
    await page.locator("textarea[name=rows]").focus();
    await page.keyboard.insertText(["Case\tDate\tCountry\tPlace\tDrug\tAmount", ...rows].join("\n"));
    await press(page, "check");
    equal(await page.locator("main tbody th[scope=row]").count(), 20, "rows of the preview");
    await see(page, "entries-pasted");
    await press(page, "submit");
    equal((await fault(page)).join(), "", "faults");
    holds((await approveAll()) >= 20, "twenty and what waited before");
    await soon(rita, before + 20);
  });
  await check("the template is downloaded, filled in and uploaded", async () => {
    const before = (await hauls(rita)).length;
    const folder = mkdtempSync(join(tmpdir(), "comity-template-"));
    await page.goto(base + "/entries/paste");
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("a[href^='/template.xlsx']").first().click()]);
    await download.saveAs(join(folder, "template.xlsx"));
    const filled = spawnSync("/usr/bin/python3", ["-c", fill(), join(folder, "template.xlsx"), join(folder, "filled.xlsx")], { encoding: "utf8" });
    equal(filled.status, 0, filled.stderr);
    await page.locator("input[type=file]").setInputFiles(join(folder, "filled.xlsx"));
    await page.locator("form:has(input[type=file]) button").focus();
    await answered(page, () => page.keyboard.press("Enter"));
    equal(await page.locator("main tbody th[scope=row]").count(), 2, "rows of the template");
    await see(page, "entries-template");
    await press(page, "submit");
    equal(await approveAll(), 2, "what waited");
    await soon(rita, before + 2);
    rmSync(folder, { recursive: true });
  });
}

async function inOtherLanguages(language, scheme) {
  const { browser, page } = await open({ locale: language, colorScheme: scheme, viewport: { width: 360, height: 740 } });
  await check(`in ${language}, ${scheme}, on a narrow screen`, async () => {
    await comeIn(page, ravi);
    for (const path of ["entries", "entries/new", "entries/paste", "entries/1", "edit/3", "codebook"]) {
      await page.goto(`${base}/${path}?lang=${language}`);
      await looks(page, `entries-${path.replace("/", "-")}-${language}-${scheme}`);
    }
  });
  await browser.close();
}

async function theDay(link) {
  await theDesk(link);
  await threeCases();
  await reviewed();
  await attached();
  await manyAtOnce();
}

await main("entries", async (address, link) => {
  base = address;
  await theDay(link);
  for (const language of ["en", "ar", "pt"]) for (const scheme of ["light", "dark"]) await inOtherLanguages(language, scheme);
  // Another unit, weeks later, with other amounts: else the same cases told again are taken for the same events, as they should be.
  day = { mark: "b", date: "2026-06-05", grams: 1730, kilograms: 350, options: { viewport: { width: 360, height: 740 }, javaScriptEnabled: false }, hasScripts: false };
  await theDay(null);
  await check("scripts find nothing to complain of", async () => {
    // Refusals that are asked for, and pages that are not theirs, are told by the browser as failures to load.
    const faults = people.flatMap((person) => person.faults).filter((text) => !text.includes("status of 4"));
    equal(faults.join("\n"), "", "faults");
  });
  for (const person of people) await person.browser.close();
}, "--accounts");
