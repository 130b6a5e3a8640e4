/** What the go.mod files of the tests' binaries have to agree on. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MODULES } from "./go-module.ts";

function readGoMod(module: string): string {
  return readFileSync(new URL(`./${module}/go.mod`, import.meta.url), "utf8");
}

test("the node is of the version of its control plane", () => {
  const versionIn = (module: string) => /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(readGoMod(module))?.[1];
  assert.match(versionIn("kubernetes") ?? "", /^v1\./);
  assert.equal(versionIn("kubernetes-node"), versionIn("kubernetes"));
});

for (const { name, packages } of MODULES) {
  test(`go.mod of ${name} names what is built of it`, () => {
    const goMod = readGoMod(name);
    for (const path of Object.values(packages)) {
      assert.ok(path.startsWith("pullring.dev/") || new RegExp(`^(tool|\\t)\\s*${path}$`, "m").test(goMod), path);
    }
  });
}
