/** Keys of managed certificates are never written to disk: nothing that handles them can reach the file system or a process. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** What could write, by Node or by somebody else. */
const WRITERS = /^(node:)?(fs|fs\/promises|child_process|worker_threads|cluster)$/;

/** Everything that the file imports, directly or by others of ours, as names of modules and addresses of files. */
function reachable(file: URL, seen: Set<string> = new Set()): ReadonlySet<string> {
  seen.add(file.href);
  const found = readFileSync(file, "utf8").matchAll(/(?:from\s+|import\(\s*)"([^"]+)"/g);
  for (const [, name = ""] of found) {
    if (!name.startsWith(".")) {
      seen.add(name);
    } else if (!seen.has(new URL(name, file).href)) {
      reachable(new URL(name, file), seen);
    }
  }
  return seen;
}

const source = new URL("../../../src/", import.meta.url);

for (const [file, isWriter] of [
  ["managed/managed-source", false],
  ["local-source", true],
] as const) {
  test(`${file} reaches ${isWriter ? "a" : "no"} module that writes files`, () => {
    const modules = [...reachable(new URL(`certificates/${file}.ts`, source))];
    assert.ok(modules.includes("selfsigned") && modules.includes("node:crypto"));
    assert.equal(
      modules.some((name) => WRITERS.test(name)),
      isWriter,
    );
  });
}
