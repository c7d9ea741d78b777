// Everything can be read and filtered with scripts switched off.
import { check, equal, holds, main, open } from "./harness.mjs";


await main("plain", async (base) => {
  const { browser, page } = await open({ javaScriptEnabled: false });
  await check("the situation shows totals, facets, a timeline, places and the newest", async () => {
    await page.goto(base + "/");
    const text = await page.locator("main").innerText();
    for (const word of ["counted once", "difference"]) holds(text.toLowerCase().includes(word), `says '${word}'`);
    holds((await page.locator("main a[href*='country=']").count()) > 2, "facet links");
    holds((await page.locator("main svg").count()) > 0, "a drawing by the server");
    holds((await page.locator("main table").count()) > 0, "a table");
  });
  await check("a facet link narrows, and its chip takes it back", async () => {
    const all = await (await page.request.get(base + "/.json")).json();
    await page.goto(base + "/?country=CO");
    const some = await (await page.request.get(base + "/.json?country=CO")).json();
    holds((some.entities ?? some.n_entities) < (all.entities ?? all.n_entities), "fewer entities");
    holds((await page.locator("main a[href='/']").count()) > 0, "a way back to all");
  });
  await check("a record is reached from the list, with every source's statement", async () => {
    await page.goto(base + "/records?sort=largest");
    await page.locator("main a[href*='/entity/']").first().click();
    holds((await page.locator("main table").count()) > 0, "tables");
    holds(/\/entity\/\d+/.test(page.url()), page.url());
  });
  await check("a wrong query is told with the part at fault", async () => {
    const response = await page.goto(base + "/?drgu=cocaine");
    equal(response.status(), 400, "status");
    holds((await page.locator("main").innerText()).includes("drgu"), "names the part");
  });
  await check("twins agree with the page", async () => {
    const csv = await (await page.request.get(base + "/records.csv?country=CO")).text();
    const json = await (await page.request.get(base + "/records.json?country=CO")).json();
    const rows = csv.split("\r\n").filter((line) => line && !line.startsWith("#")).length - 1;
    equal(rows, json.entities ?? json.n_entities, "rows of the CSV");
  });
  await browser.close();
});
