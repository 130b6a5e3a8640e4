// Bundles the command line into the one file that `bin` in package.json names. It runs without node_modules.
import { readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));

/**
 * Stack traces are read in our own sources. Node 24 takes a source map apart when it starts, and the positions in dependencies
 * would take 60 MB of memory in every replica; a map with one position keeps their files and leaves out the rest.
 */
const mapOwnSourcesOnly = {
  name: "map-own-sources-only",
  setup({ onLoad }) {
    const map = Buffer.from('{"version":3,"sources":[""],"mappings":"AAAA"}').toString("base64");
    const comment = `\n//# sourceMappingURL=data:application/json;base64,${map}`;
    onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, ({ path }) => ({
      contents: `${readFileSync(path, "utf8")}${comment}`,
    }));
  },
};

/**
 * What dependencies load stays in memory, used or not. In place of two entries stand the parts that are used: of the
 * Kubernetes client's generated API no class of an object, as none is ever built here; of undici nothing, as requests are sent
 * by node:https (src/cluster/api-agent.ts) and its HTTP parser is WebAssembly, which V8 takes 36 MB for an instant to compile.
 */
const NARROW_ENTRIES = [
  {
    filter: /@kubernetes\/client-node\/dist\/gen\/index\.js$/,
    contents: 'export { createConfiguration } from "./configuration.js"; export * from "./servers.js";',
  },
  { filter: /node_modules\/undici\/index\.js$/, contents: "" },
];

const narrowDependencies = {
  name: "narrow-dependencies",
  setup({ onLoad }) {
    for (const { filter, contents } of NARROW_ENTRIES) {
      onLoad({ filter }, () => ({ contents }));
    }
  },
};

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
  plugins: [narrowDependencies, mapOwnSourcesOnly],
  logLevel: "warning",
});
