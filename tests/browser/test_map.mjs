// The map: it draws, moves by keyboard, wheel and pointer, keeps its place in the address, and opens lists.
import { check, equal, holds, main, open } from "./harness.mjs";

const canvasOf = (page) => page.locator("x-situation canvas");

async function colours(page) {
  return page.evaluate(() => {
    const canvas = document.querySelector("x-situation canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4 * 97) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    return seen.size;
  });
}

async function ready(page, base, path = "/") {
  await page.goto(base + path, { waitUntil: "networkidle" });
  await canvasOf(page).waitFor();
  await page.waitForTimeout(600);
}

await main("map", async (base) => {
  const { browser, page, faults } = await open();
  await check("draws land, boundaries and marks", async () => {
    await ready(page, base);
    holds((await colours(page)) > 8, "more than a few colours");
  });
  await check("zooms and pans by keyboard and keeps its place in the address", async () => {
    await canvasOf(page).focus();
    await page.keyboard.press("+");
    await page.keyboard.press("ArrowLeft");
    await page.waitForTimeout(500);
    const first = page.url();
    holds(/#map=[\d.]+\/-?[\d.]+\/-?[\d.]+$/.test(first), `the address has a place: ${first}`);
    await page.reload({ waitUntil: "networkidle" });
    await page.waitForTimeout(600);
    equal(page.url(), first, "the address after a reload");
  });
  await check("goes from mark to mark, tells of it, and opens its records", async () => {
    await ready(page, base);
    await canvasOf(page).focus();
    await page.keyboard.press("n");
    const status = await page.locator("x-situation [role=status]").innerText();
    holds(/\d/.test(status), `a mark is told: '${status}'`);
    await page.keyboard.press("Enter");
    const link = page.locator("x-situation .map-list a");
    await link.waitFor();
    const href = await link.getAttribute("href");
    const response = await page.request.get(new URL(href, base).href);
    equal(response.status(), 200, `status of ${href}`);
    await page.keyboard.press("Escape");
    equal(await page.locator("x-situation .map-list").isVisible(), false, "the list is closed");
  });
  await check("a click on a mark opens its list", async () => {
    await ready(page, base);
    const box = await canvasOf(page).boundingBox();
    let opened = false;
    for (let y = 20; y < box.height && !opened; y += 16)
      for (let x = 20; x < box.width && !opened; x += 16) {
        await page.mouse.move(box.x + x, box.y + y);
        opened = (await canvasOf(page).evaluate((canvas) => canvas.style.cursor)) === "pointer";
        if (opened) await page.mouse.click(box.x + x, box.y + y);
      }
    holds(opened, "there is a mark to click");
    equal(await page.locator("x-situation .map-list").isVisible(), true, "the list is open");
  });
  await check("wheel zooms", async () => {
    await ready(page, base);
    const box = await canvasOf(page).boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.wheel(0, -600);
    await page.waitForTimeout(500);
    const zoom = Number(/#map=([\d.]+)/.exec(page.url())[1]);
    holds(zoom > 4, `zoom ${zoom}`);
  });
  await check("nothing was logged", async () => equal(faults.join("\n"), "", "console"));
  await browser.close();
});
