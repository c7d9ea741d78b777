// Bundles the islands and makes the base map, into ui/dist. Run by CMake; `node build.mjs` by hand does the same.
//
// esbuild is called through its JavaScript interface, so that it works whether or not its install script was allowed to run.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { makeBasemap } from "./basemap/make.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

mkdirSync(dist, { recursive: true });
await build({
  entryPoints: [join(here, "src/situation.ts"), join(here, "src/entry.ts")],
  outdir: dist,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2020",
  legalComments: "none",
  logLevel: "warning",
});
writeFileSync(join(dist, "basemap.json"), JSON.stringify(makeBasemap()));
