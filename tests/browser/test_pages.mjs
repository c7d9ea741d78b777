// Every page, in two languages, two schemes and two widths: axe finds nothing, nothing is logged, nothing overflows, and the bytes
// on the line stay within the budget. ONLY=sources,quality looks at these alone.
import { check, equal, holds, main, open, screenshotPath, violations } from "./harness.mjs";

const PAGES = { situation: "/", records: "/records", sources: "/sources", quality: "/quality", coverage: "/coverage", months: "/coverage/2023", import: "/import/2", names: "/names", review: "/review", why: "/why/1-2", about: "/about-data", codebook: "/codebook", found: "/codebook?find=coca", series: "/reconcile", sums: "/reconcile?series=sim-customs&against=sim-police&period=month&level=subdivision&after=100", filtered: "/?drug=cocaine-type&country=CO" };
const BUDGET_KB = { situation: 250, records: 60, sources: 40, quality: 40, coverage: 40, months: 40, import: 40, names: 40, review: 40, why: 40, about: 60, codebook: 60, found: 60, series: 40, sums: 60, filtered: 250, entity: 40 };

async function entityPath(base) {
  const answer = await (await fetch(`${base}/records.json?limit=200&sort=largest`)).json();
  const entity = answer.rows.find((row) => (row.mentions ?? row.n_mentions) > 1) ?? answer.rows[0];
  return `/entity/${entity.id ?? entity.entity}`;
}

async function visit(base, name, path, { language, scheme, width }) {
  const { browser, page, faults } = await open({ colorScheme: scheme, viewport: { width, height: 900 }, locale: language });
  let bytes = 0;
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
  try {
    const response = await page.goto(base + path + (path.includes("?") ? "&" : "?") + `lang=${language}`, { waitUntil: "networkidle" });
    equal(response.status(), 200, "status");
    equal(await page.getAttribute("html", "lang"), language, "lang of the page");
    equal(await page.getAttribute("html", "dir"), language === "ar" ? "rtl" : "ltr", "dir of the page");
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    holds(overflow <= 1, `the page is ${overflow} pixels wider than the window`);
    holds((await page.locator("h1").count()) === 1, "one h1");
    holds((await page.content()).toLowerCase().includes("simul") || language === "ar", "says that it is simulated");
    equal((await violations(page)).join("\n"), "", "axe");
    equal(faults.join("\n"), "", "console");
    holds(bytes / 1000 <= BUDGET_KB[name], `${Math.round(bytes / 1000)} kB on the line, budget ${BUDGET_KB[name]} kB`);
    await page.screenshot({ path: screenshotPath(`${name}-${language}-${scheme}-${width}`), fullPage: true });
  } finally {
    await browser.close();
  }
}

await main("pages", async (base) => {
  const pages = { ...PAGES, entity: await entityPath(base) };
  const only = process.env.ONLY?.split(",");
  for (const [name, path] of Object.entries(pages).filter(([name]) => !only || only.includes(name)))
    for (const language of ["en", "ar"])
      for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 320]])
        await check(`${name} ${language} ${scheme} ${width}`, () => visit(base, name, path, { language, scheme, width }));
});
