// Bundles the command line into the one file that `bin` in package.json names. It runs without node_modules.
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));

/**
 * Stack traces are read in our own sources. Node 24 takes a source map apart when it starts, and the positions in dependencies
 * would take 60 MB in every replica, for which the row "resident memory, empty cluster" of docs/performance.md has no room. A map
 * with the position of the first line keeps the names of their files and leaves out the rest. Functions at the top of a module
 * need one too, as esbuild puts them before all else of their file.
 */
const mapOwnSourcesOnly = {
  name: "map-own-sources-only",
  setup({ onLoad }) {
    const mapOf = (code) => {
      const lines = code
        .split("\n")
        .map((line, index) => (index === 0 || /^(?:async )?function\b/.test(line) ? "AAAA" : ""));
      return Buffer.from(JSON.stringify({ version: 3, sources: [""], mappings: lines.join(";") })).toString("base64");
    };
    onLoad({ filter: /[\\/]node_modules[\\/].*\.(?:[cm]?js|json)$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const code = path.endsWith(".json") ? `module.exports = ${text}` : text;
      return { contents: `${code}\n//# sourceMappingURL=data:application/json;base64,${mapOf(code)}` };
    });
  },
};

/**
 * Files of the Kubernetes client that stay in memory unused, for which the same row has no room either:
 * - a class for each kind of object there is, 9 MiB; none is ever made here;
 * - undici with its HTTP parser in WebAssembly, 6 MiB; requests are sent by node:https (src/cluster/api).
 */
const UNUSED_FILES = [
  {
    filter: /@kubernetes\/client-node\/dist\/gen\/index\.js$/,
    contents: 'export { createConfiguration } from "./configuration.js"; export * from "./servers.js";',
  },
  { filter: /node_modules\/undici\/index\.js$/, contents: "" },
];

const leaveOutUnusedFiles = {
  name: "leave-out-unused-files",
  setup({ onLoad }) {
    for (const { filter, contents } of UNUSED_FILES) {
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
  define: {
    PULLRING_VERSION: JSON.stringify(version),
    // The place of package.json matters only where the program runs from its sources.
    "import.meta.url": "undefined",
    // What dependencies print for DEBUG=* may hold the password of a proxy.
    "process.env.DEBUG": "undefined",
  },
  plugins: [leaveOutUnusedFiles, mapOwnSourcesOnly],
  logLevel: "warning",
});
chmodSync(new URL("./dist/pullring.cjs", import.meta.url), 0o755);
