/** docs/troubleshooting.md against the product: what a section quotes is printed for its set-up, and its remedy is one. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type ExplainedObject, explainRequest } from "../../../src/core/admission/explanation.ts";
import { DIFFERENCES } from "../../../src/core/verdicts/key-difference.ts";
import { credentialOf, podOf, requestOf, viewOf } from "../../core/admission/examples.ts";
import { PASSWORD } from "../../files/secret-manifest.ts";
import { run } from "../run-command.ts";
import type { Run } from "../run-pullring.ts";

const SETUPS = fileURLToPath(new URL("../../fixtures/troubleshooting", import.meta.url));
const PAGE = readFileSync(new URL("../../../docs/troubleshooting.md", import.meta.url), "utf8");
const SECTIONS = new Map(
  PAGE.split(/^(?=## )/m).flatMap((section) => {
    const [, name] = /^<!-- set-up: (.+) -->$/m.exec(section) ?? [];
    return name === undefined ? [] : [[name, section] as const];
  }),
);

function explain(name: string, file: "broken" | "fixed", format: string): Promise<Run> {
  const path = `${SETUPS}/${name}/${file}.yaml`;
  return run(["explain", "-f", path, "--credentials", path, "-o", format]);
}

function linesOf({ stdout, stderr }: Run): readonly string[] {
  return `${stdout}\n${stderr}`
    .split("\n")
    .map((line) => line.trim().replace(/\S+\/(?:broken|fixed)\.yaml/, "workload.yaml"));
}

test("the page has a section for each of the twelve set-ups", () => {
  assert.deepEqual([...SECTIONS.keys()].sort(), readdirSync(SETUPS).sort());
  assert.equal(SECTIONS.size, 12);
});

const ROWS = [...PAGE.matchAll(/^\| `(.+?)` \| `(.+?)` \| `(.+?)` \| `(.+?)` \|$/gm)];

test("the page has a row for each difference of a near miss", () => {
  assert.deepEqual(ROWS.map(([, , , code]) => code).sort(), DIFFERENCES.map(([code]) => code).sort());
});

for (const [, key = "", image = "", code, fix] of ROWS) {
  test(`the page says of the key ${JSON.stringify(key)} and ${image} how it misses`, () => {
    const { images } = explainRequest(requestOf(podOf([image])), () => viewOf([credentialOf("s", key)]));
    assert.deepEqual(images[0]?.nearMiss, { code, credential: "s", registry: key, fix });
  });
}

for (const [name, section] of SECTIONS) {
  const quoted = [...section.matchAll(/^```text\n([\s\S]*?)\n```$/gm)].flatMap(([, text = ""]) => text.split("\n"));

  test(`the page says of the set-up ${name} what is printed for it, and its remedy helps`, async () => {
    for (const word of ["Symptom", "Cause", "Remedy"])
      assert.match(section, new RegExp(`^\\*\\*${word}\\.\\*\\* \\S`, "m"));
    const broken = linesOf(await explain(name, "broken", "table"));
    assert.ok(quoted.length > 0, "something is quoted");
    assert.deepEqual(
      quoted.filter((line) => !broken.includes(line.trim())),
      [],
      `printed is:\n${broken.join("\n")}`,
    );
    const fixed = await explain(name, "fixed", "table");
    assert.equal(fixed.status, 0);
    assert.deepEqual(
      quoted.filter((line) => linesOf(fixed).includes(line.trim())),
      [],
    );
    const { objects } = JSON.parse((await explain(name, "fixed", "json")).stdout) as { objects: ExplainedObject[] };
    assert.ok(
      objects.length > 0 && objects.every(({ images }) => images.every((image) => image.credentials.length > 0)),
    );
  });

  test(`no password of the set-up ${name} is in any format`, async () => {
    for (const format of ["table", "wide", "json", "yaml", "manifest"]) {
      const { stdout, stderr } = await explain(name, "broken", format);
      const words = [PASSWORD, Buffer.from(`puller:${PASSWORD}`).toString("base64").slice(0, -4)];
      assert.deepEqual(
        words.filter((word) => (stdout + stderr).includes(word)),
        [],
      );
    }
  });
}
