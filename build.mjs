// Bundles the command line into the one file that `bin` in package.json names. It runs without node_modules.
import { readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));

rmSync(new URL("./dist", import.meta.url), { recursive: true, force: true });
await build({
  entryPoints: ["src/cli/main.ts"],
  outfile: "dist/pullring.cjs",
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20.19",
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: "linked",
  banner: { js: "#!/usr/bin/env node" },
  // The place of package.json matters only where the program runs from its sources.
  define: { PULLRING_VERSION: JSON.stringify(version), "import.meta.url": "undefined" },
  logLevel: "warning",
});
