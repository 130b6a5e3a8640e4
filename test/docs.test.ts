/** The documents against the repository: what they name is there. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { sentenceOfReason } from "../src/core/sentences/skip-reason.ts";
import { SEVERITIES } from "../src/core/verdicts/installation-finding.ts";
import { SKIP_REASONS } from "../src/core/verdicts/skip-reason.ts";

const DOCUMENTS = ["README.md", "CONTRIBUTING.md", ...readdirSync("docs").map((name) => `docs/${name}`)];
const PACKAGE = JSON.parse(readFileSync("package.json", "utf8")) as Record<
  "scripts" | "dependencies",
  Readonly<Record<string, string>>
>;
const SOURCE = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => readFileSync(`src/${path}`, "utf8"))
  .join("\n");

for (const document of DOCUMENTS) {
  const text = readFileSync(document, "utf8");
  const all = (expression: RegExp): readonly string[] => [
    ...new Set([...text.matchAll(expression)].map(([, found]) => found ?? "")),
  ];

  test(`${document} names files, links and scripts that are there`, () => {
    const files = all(/\b((?:src|test|manifests|docs)\/[\w./-]*\w)/g);
    assert.deepEqual(
      files.filter((path) => !existsSync(path)),
      [],
    );
    const links = all(/\]\(([^)#:]+)(?:#[^)]*)?\)/g);
    assert.deepEqual(
      links.filter((link) => !existsSync(join(dirname(document), link))),
      [],
    );
    const scripts = all(/\bnpm run ([\w:]+)/g);
    assert.deepEqual(
      scripts.filter((script) => PACKAGE.scripts[script] === undefined),
      [],
    );
  });

  test(`${document} names metrics that the code has`, () => {
    const names = all(/\b(pullring_[a-z_]+[a-z])/g);
    assert.deepEqual(
      names.filter((name) => !SOURCE.includes(name)),
      [],
    );
  });
}

test("docs/architecture.md says of each dependency why it is there", () => {
  const [, section = ""] = readFileSync("docs/architecture.md", "utf8").split("## Dependencies");
  const [table = ""] = section.split("\n## ");
  const missing = Object.keys(PACKAGE.dependencies).filter((name) => !table.includes(name));
  assert.deepEqual(missing, []);
});

test("docs/codes.md has each reason with its sentence, and each code of the doctor with its severity", () => {
  const rows = readFileSync("docs/codes.md", "utf8").split("\n");
  const expected = [
    ...SKIP_REASONS.map((reason) => `| \`${reason}\` | ${sentenceOfReason(reason)} |`),
    ...Object.entries(SEVERITIES).map(([code, severity]) => `| \`${code}\` | ${severity} | `),
  ];
  assert.deepEqual(
    expected.filter((row) => !rows.some((line) => line.startsWith(row))),
    [],
  );
});

test("README, docs/codes.md and docs/operations.md name each code", () => {
  const text = ["README.md", "docs/codes.md", "docs/operations.md"]
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  // These two are told in words alone.
  const files = readdirSync("src/core/verdicts").filter(
    (name) => !/^(misplaced-list|unreadable-field)\.ts$/.test(name),
  );
  const source = files.map((name) => readFileSync(`src/core/verdicts/${name}`, "utf8")).join("\n");
  const codes = new Set(
    [...source.matchAll(/\bcode: ((?:"[a-z0-9-]+"(?: \| )?)+)/g)].flatMap(
      ([, all = ""]) => all.match(/[a-z0-9-]+/g) ?? [],
    ),
  );
  assert.ok(codes.size > 100, `${codes.size} codes`);
  assert.deepEqual(
    [...codes].filter((code) => !text.includes(`\`${code}\``)),
    [],
  );
});
