import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type ManifestFile, readManifestFiles } from "../../src/files/manifest-files.ts";
import { makeDirectory } from "./temporary-directory.ts";

async function readAll(path: string, isRecursive = false): Promise<readonly ManifestFile[]> {
  const files: ManifestFile[] = [];
  for await (const file of readManifestFiles([path], isRecursive)) files.push(file);
  return files;
}

test("reads UTF-8, with and without a byte order mark, and UTF-16 of both orders", async (t) => {
  const directory = makeDirectory(t);
  const text = "\ufeffkind: Sch\u00f6n\n";
  const little = Buffer.from(text, "utf16le");
  const encodings = [Buffer.from(text), Buffer.from(text.slice(1)), little, Buffer.from(little).swap16()];
  for (const [index, bytes] of encodings.entries()) {
    const path = join(directory, `${index}`);
    writeFileSync(path, bytes);
    assert.deepEqual(await readAll(path), [{ path, objects: [{ kind: "Sch\u00f6n" }], errors: [], notes: [] }]);
  }
  writeFileSync(join(directory, "bare"), little.subarray(2));
  assert.equal((await readAll(join(directory, "bare")))[0]?.errors[0]?.reason, "not a text; save it as UTF-8");
});

test("reads the manifests of a directory, those below it only where it is asked to, and says where there are none", async (t) => {
  const directory = makeDirectory(t);
  for (const folder of ["b", "b/c", "empty"]) mkdirSync(join(directory, folder));
  for (const name of ["a.yml", "b/x.yaml", "b/c/y.json", "c.json", "d.txt"]) {
    writeFileSync(join(directory, name), `{"kind": "${name}"}`);
  }
  const kinds = (files: readonly ManifestFile[]): readonly unknown[] =>
    files.flatMap(({ objects }) => objects.map(({ kind }) => kind));
  assert.deepEqual(kinds(await readAll(directory)), ["a.yml", "c.json"]);
  assert.deepEqual(kinds(await readAll(directory, true)), ["a.yml", "b/c/y.json", "b/x.yaml", "c.json"]);
  const reason = "the directory has no manifest (*.yaml, *.yml or *.json)";
  const path = join(directory, "empty");
  assert.deepEqual(await readAll(path), [
    { path, objects: [], errors: [{ path, line: null, reason: `${reason}; -R reads those below it` }], notes: [] },
  ]);
  assert.equal((await readAll(path, true))[0]?.errors[0]?.reason, reason);
});

test("reads what a pattern stands for, as kubectl does where the shell has left it, but a file of that name first", async (t) => {
  const directory = makeDirectory(t);
  for (const name of ["a.yaml", "b.yaml", "[a].yaml"]) writeFileSync(join(directory, name), `{"kind": "${name}"}`);
  const kindsOf = async (pattern: string): Promise<readonly unknown[]> =>
    (await readAll(join(directory, pattern))).flatMap(({ objects }) => objects.map(({ kind }) => kind));
  assert.deepEqual(await kindsOf("?.yaml"), ["a.yaml", "b.yaml"]);
  assert.deepEqual(await kindsOf("[a].yaml"), ["[a].yaml"]);
  const path = join(directory, "*.json");
  assert.deepEqual(await readAll(path), [
    { path, objects: [], errors: [{ path, line: null, reason: "no such file or directory" }], notes: [] },
  ]);
});

test("what is broken in a .json file is called JSON", async (t) => {
  const directory = makeDirectory(t);
  for (const [name, format] of [
    ["a.json", "JSON"],
    ["a.yaml", "YAML"],
  ]) {
    const path = join(directory, String(name));
    writeFileSync(path, '{"kind": ');
    assert.match(String((await readAll(path))[0]?.errors[0]?.reason), new RegExp(`^not valid ${format}: `));
  }
});
