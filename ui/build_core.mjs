// Bundles the script of every page: node build_core.mjs OUT.js. It is apart from the islands, so that a page without one needs no
// more than this.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

await build({
  entryPoints: [join(dirname(fileURLToPath(import.meta.url)), "src/core.ts")],
  outfile: process.argv[2],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2020",
  legalComments: "none",
  logLevel: "warning",
});
