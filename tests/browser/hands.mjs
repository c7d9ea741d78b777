// What a person does at a page: types, presses Enter, reads a code off a telephone; and what is looked at on each.
import { createHmac } from "node:crypto";
import { holds, screenshotPath, violations } from "./harness.mjs";

// As an authenticator makes it (RFC 6238).
export function totp(key, at = Date.now()) {
  let bits = "";
  for (const letter of key.replaceAll(" ", "")) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30000)));
  const digest = createHmac("sha1", secret).update(counter).digest();
  return String((digest.readUInt32BE(digest[19] & 15) & 0x7fffffff) % 1000000).padStart(6, "0");
}

// Types into the fields of the form that is in focus order, as somebody without a mouse does.
export async function typeIn(page, first, ...texts) {
  await page.locator(first).focus();
  for (const [i, text] of texts.entries()) {
    if (i) await page.keyboard.press("Tab");
    await page.keyboard.type(text);
  }
  await answered(page, () => page.keyboard.press("Enter"));
}

// Does something that the server answers with a page.
export async function answered(page, act) {
  await Promise.all([page.waitForNavigation(), act()]);
}

// A picture of the page, and whether it is as wide as the window.
export async function fits(page, name) {
  await page.screenshot({ path: screenshotPath(name), fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  holds(wide <= 0, `${name} is ${wide} px too wide`);
}

// The same, and whether axe finds anything. It needs scripts.
export async function looks(page, name) {
  await fits(page, name);
  const found = await violations(page);
  holds(found.length === 0, `${name}: ${found.join("\n")}`);
}
