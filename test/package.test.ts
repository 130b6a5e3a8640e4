import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { test } from "node:test";

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly files: readonly string[];
}

const MANIFEST = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;

/** Paths that `npm pack` would put into the package. */
const PACKED = (() => {
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [packed] = JSON.parse(output) as readonly { readonly files: readonly { readonly path: string }[] }[];
  return (packed?.files ?? []).map(({ path }) => path).sort();
})();

/** Files below `folder`, hidden ones apart, as npm leaves none of these out. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll("\\", "/"));
}

test("the package holds the bundle, the completion of the plugin, manifests, docs, licence and README, and nothing else", () => {
  const expected = [
    "LICENSE",
    "README.md",
    "package.json",
    ...filesBelow("dist"),
    ...filesBelow("plugin"),
    ...filesBelow("manifests"),
    ...filesBelow("docs"),
  ].sort();
  assert.deepEqual(PACKED, expected);
  assert.ok(expected.includes("dist/pullring.cjs"), "run npm run build first");
});

test("the package holds no source, test, certificate, key or log", () => {
  const unwanted = PACKED.filter((path) =>
    /^(?:src|test|certs|coverage|node_modules)\/|\.(?:ts|pem|crt|key|log)$/.test(path),
  );
  assert.deepEqual(unwanted, []);
});

test("npx runs it by the name of the package", () => {
  const output = execFileSync("npx", ["--no", "--", "pullring", "--version"], { encoding: "utf8" });
  assert.match(output, /^pullring \d+\.\d+\.\d+\n$/);
});

test("the file that bin names is a script that Node runs", () => {
  const path = MANIFEST.bin.pullring ?? "";
  assert.match(readFileSync(path, "utf8").slice(0, 40), /^#!\/usr\/bin\/env node\n/);
  assert.match(execFileSync(process.execPath, [path, "--version"], { encoding: "utf8" }), /\d+\.\d+\.\d+/);
});

test("no dependency in the bundle prints what it does for DEBUG=*, as that may hold the password of a proxy", () => {
  assert.doesNotMatch(readFileSync("dist/pullring.cjs", "utf8"), /return process\.env\.DEBUG/);
});

/** Where a text of the bundle stands in the sources, as a stack trace with --enable-source-maps says it; lines count from 1. */
function sourceOf(text: string): { readonly file: string; readonly line: number } {
  const before = readFileSync("dist/pullring.cjs", "utf8").split(text)[0]?.split("\n") ?? [];
  const map = new SourceMap(JSON.parse(readFileSync("dist/pullring.cjs.map", "utf8")));
  const entry = map.findEntry(before.length - 1, before.at(-1)?.length ?? 0);
  assert.ok("originalSource" in entry, text);
  return { file: entry.originalSource, line: entry.originalLine + 1 };
}

test("a stack trace of the bundle is read in our sources, and of a dependency in the name of its file", () => {
  const ours = "is in use by another program";
  const { file, line } = sourceOf(ours);
  assert.match(file, /src\/server\/listen\.ts$/);
  assert.ok(readFileSync("src/server/listen.ts", "utf8").split("\n")[line - 1]?.includes(ours));
  const theirs = sourceOf("unidentified alias");
  assert.match(theirs.file, /node_modules\/js-yaml\//);
  assert.equal(theirs.line, 1);
});
