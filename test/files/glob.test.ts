import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { expandGlob, isGlob } from "../../src/files/glob.ts";
import { makeDirectory } from "./temporary-directory.ts";

test("gives the paths that a pattern stands for, in order", async (t) => {
  const directory = makeDirectory(t);
  for (const folder of ["a", "b"]) mkdirSync(join(directory, folder));
  for (const name of ["x.yaml", "y.yml", "z+1.yaml", "a/x.yaml", "a/[x].yaml", "b/x.yaml"]) {
    writeFileSync(join(directory, name), "");
  }
  for (const [pattern, paths] of [
    ["*.yaml", ["x.yaml", "z+1.yaml"]],
    ["?.y*ml", ["x.yaml", "y.yml"]],
    ["[x-y].*", ["x.yaml", "y.yml"]],
    ["[^x].*", ["y.yml"]],
    ["z+*", ["z+1.yaml"]],
    ["*/x.yaml", ["a/x.yaml", "b/x.yaml"]],
    ["a/../*.yml", ["y.yml"]],
    ["a//\\[x].*", ["a/[x].yaml"]],
    ["b/*.yml", []],
    ["nowhere/*", []],
    ["[z-a]*", []],
    ["[", []],
  ] as const) {
    assert.deepEqual(
      await expandGlob(`${directory}/${pattern}`),
      paths.map((path) => join(directory, path)),
      pattern,
    );
  }
});

test("gives relative paths for a relative pattern", async () => {
  assert.deepEqual(await expandGlob("test/files/glob.*.ts"), ["test/files/glob.test.ts"]);
  assert.deepEqual(await expandGlob("packag?.json"), ["package.json"]);
  assert.deepEqual(await expandGlob("./packag?.json"), ["package.json"]);
  assert.deepEqual(await expandGlob("test/../packag?.json"), ["package.json"]);
});

test("knows a pattern", () => {
  assert.deepEqual(["a.yaml", "-", "*.yaml", "a?", "[a]"].map(isGlob), [false, false, true, true, true]);
});
