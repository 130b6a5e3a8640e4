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
 * What dependencies load stays in memory, used or not. In place of these files stand the parts of them that are used:
 * - of the Kubernetes client's generated API no class of an object, as none is ever built here;
 * - of undici nothing: requests are sent by node:http (src/cluster/api/connection-pool.ts), and its HTTP parser is WebAssembly, which
 *   takes V8 36 MB for an instant to compile;
 * - of express's parsers of bodies nothing, as no body gets to express (src/server/https-server.ts);
 * - of the table of all media types those that we answer with.
 */
const NARROWED_FILES = [
  {
    filter: /@kubernetes\/client-node\/dist\/gen\/index\.js$/,
    narrow: () => 'export { createConfiguration } from "./configuration.js"; export * from "./servers.js";',
  },
  { filter: /node_modules\/undici\/index\.js$/, narrow: () => "" },
  { filter: /node_modules\/body-parser\/index\.js$/, narrow: () => "" },
  {
    filter: /node_modules\/mime-db\/db\.json$/,
    narrow: (text) => {
      const types = JSON.parse(text);
      const used = ["application/json", "text/html", "text/plain"].map((type) => [type, types[type]]);
      return `module.exports = ${JSON.stringify(Object.fromEntries(used))};`;
    },
  },
];

const narrowDependencies = {
  name: "narrow-dependencies",
  setup({ onLoad }) {
    for (const { filter, narrow } of NARROWED_FILES) {
      onLoad({ filter }, ({ path }) => ({ contents: narrow(readFileSync(path, "utf8")), loader: "js" }));
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
  define: {
    PULLRING_VERSION: JSON.stringify(version),
    // The place of package.json matters only where the program runs from its sources.
    "import.meta.url": "undefined",
    // What dependencies print for DEBUG=* may hold the password of a proxy.
    "process.env.DEBUG": "undefined",
  },
  plugins: [narrowDependencies, mapOwnSourcesOnly],
  logLevel: "warning",
});
