// What the browser tests share: a simulated store, a real server on a free port, Debian's Chromium, axe.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const require = createRequire(join(root, "ui/package.json"));
const { chromium } = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const pathOfPackage = (name) => require.resolve(name);
export const SKIP = 77;
export const comity = process.env.COMITY ?? join(root, "build/release/comity");
const work = join(process.env.COMITY_BUILD ?? join(root, "build/release"), "browser");
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));

function run(...words) {
  const done = spawnSync(comity, words, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`comity ${words.join(" ")}: ${done.status}\n${done.stderr}`);
}

export const storeOf = (name) => join(work, name, "store.sqlite");

// A store of its own for each test file, so that files may run at once.
export function simulatedStore(name) {
  const folder = join(work, name), store = storeOf(name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run("simulate", "--out", join(folder, "world"), "--events", "1500", "--seed", "11");
  run("init", store);
  run("import", join(folder, "world/customs.csv"), "--recipe", "simulated-customs", "--store", store);
  run("import", join(folder, "world/police.xlsx"), "--recipe", "simulated-police", "--store", store);
  run("link", "--store", store);
  return store;
}

// With "--accounts" the link of the first administrator comes with it.
export function serve(store, ...options) {
  const server = spawn(comity, ["serve", "--store", store, "--port", "0", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  return new Promise((resolve, reject) => {
    let talk = "";
    const hear = (piece) => {
      talk += piece;
      const match = /http:\/\/127\.0\.0\.1:(\d+)/.exec(talk);
      const link = /http:\/\/\S+\/join\/\S+(?=\n)/.exec(talk);
      if (match && (link || !options.includes("--accounts")))
        resolve({ base: `http://127.0.0.1:${match[1]}`, link: link?.[0], stop: () => stop(server) });
    };
    for (const stream of [server.stdout, server.stderr]) stream.on("data", hear);
    server.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${talk}`)));
  });
}

function stop(server) {
  return new Promise((resolve) => {
    server.removeAllListeners("exit");
    server.on("exit", resolve);
    server.kill("SIGTERM");
  });
}

export async function open(options = {}) {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  return { browser, context, page, faults };
}

// Violations of WCAG 2.2 A and AA, as one line each.
export async function violations(page) {
  // The policy of the pages forbids inline scripts; the tester's own script comes in by the debugging protocol.
  await page.evaluate(axeSource);
  const result = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  return result.violations.map((v) => `${v.id} (${v.impact}): ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join("; ")}`);
}

export function screenshotPath(name) {
  const folder = join(work, "screens");
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
}

let passed = 0;
const failures = [];

export async function check(name, act) {
  try {
    await act();
    passed++;
    console.log(`ok   ${name}`);
  } catch (failure) {
    failures.push(name);
    console.log(`FAIL ${name}\n     ${failure.message.split("\n").join("\n     ")}`);
  }
}

export function equal(found, wanted, what) {
  if (found !== wanted) throw new Error(`${what}: wanted ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`);
}

export function holds(condition, what) {
  if (!condition) throw new Error(what);
}

// Runs the body with a store and a server, closes all, and ends the process with the result.
export async function main(name, body, ...options) {
  if (!CHROMIUM) {
    console.log("skipped: no Chromium on this machine");
    process.exit(SKIP);
  }
  const server = await serve(simulatedStore(name), ...options);
  try {
    await body(server.base, server.link);
  } catch (failure) {
    failures.push("the test itself");
    console.log(failure.stack);
  } finally {
    await server.stop();
  }
  console.log(`${passed} passed, ${failures.length} failed`);
  process.exit(failures.length ? 1 : 0);
}
