/** The rules that every workflow and the image's recipe keep, read from their text. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { load } from "js-yaml";
import { readRepositoryFile, repositoryRoot } from "./manifest.ts";

interface Workflow {
  readonly permissions: unknown;
  readonly concurrency: { readonly group: string };
  readonly jobs: Readonly<Record<string, { readonly permissions: unknown; readonly "timeout-minutes": number }>>;
}

const files = readdirSync(new URL(".github/workflows/", repositoryRoot));

test("there are workflows", () => {
  assert.deepEqual(files.sort(), ["ci.yml", "release.yml"]);
});

for (const file of files) {
  const text = readRepositoryFile(`.github/workflows/${file}`);

  test(`${file} pins every action to a commit and names its version beside it`, () => {
    const uses = text.split("\n").filter((line) => line.includes("uses:"));
    assert.ok(uses.length > 0);
    for (const line of uses) assert.match(line, /uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test(`${file} gives no permission by default, and names a job's own`, () => {
    const workflow = load(text) as Workflow;
    assert.deepEqual(workflow.permissions, {});
    assert.ok(workflow.concurrency.group.length > 0);
    for (const [name, job] of Object.entries(workflow.jobs)) {
      assert.ok(job.permissions, name);
      assert.ok(job["timeout-minutes"] > 0, name);
    }
  });
}

test("a release gives each base image of the recipe by digest", () => {
  const bases = [...readRepositoryFile("Dockerfile").matchAll(/^ARG (\w*_IMAGE)=/gm)].map(([, name]) => name);
  assert.deepEqual(bases, ["BUILD_IMAGE", "RUNTIME_IMAGE"]);
  const release = readRepositoryFile(".github/workflows/release.yml");
  for (const base of bases) assert.ok(release.includes(`${base}=\${{ steps.bases.outputs.${base} }}`), base);
});

test("the image of another architecture is made without running anything there", () => {
  const dockerfile = readRepositoryFile("Dockerfile");
  const [buildStage, finalStage, ...others] = dockerfile.split(/^FROM /m).slice(1);
  assert.deepEqual(others, []);
  assert.match(buildStage ?? "", /^--platform=\$BUILDPLATFORM /);
  assert.doesNotMatch(finalStage ?? "", /^(RUN|ADD) |^--platform/m);
});
