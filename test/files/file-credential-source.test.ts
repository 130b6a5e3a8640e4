import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError } from "../../src/core/app-error.ts";
import { type FileCredentialSource, openFileCredentialSource } from "../../src/files/file-credential-source.ts";
import { type Clock, SYSTEM_CLOCK } from "../../src/telemetry/clock.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { waitUntil } from "../wait-until.ts";
import { listOf, PASSWORD, secretManifest } from "./secret-manifest.ts";
import { makeDirectory } from "./temporary-directory.ts";

/** Polls 25 times as often as usual. */
const clock: Clock = { ...SYSTEM_CLOCK, delay: (delayMs, signal) => SYSTEM_CLOCK.delay(delayMs / 25, signal) };

async function follow(t: TestContext, paths: readonly string[]) {
  const log: string[] = [];
  const logger = createLogger({ level: "debug", version: "0", destination: { write: (line) => log.push(line) } });
  const source = await openFileCredentialSource({ paths, defaultNamespace: "default", logger, clock });
  const ending = new AbortController();
  const running = source.run(ending.signal);
  t.after(async () => {
    ending.abort();
    await running;
    assert.ok(!log.join("").includes(PASSWORD), "no password is logged");
  });
  return { source, log };
}

function registriesOf(source: FileCredentialSource): readonly string[] {
  return [...source.view("default", "default").keyring.credentials.values()].flatMap(({ registries }) => registries);
}

const secretFor = (registry: string, name = "one"): string =>
  JSON.stringify(secretManifest(["default", name], [registry]));

test("takes an edit, a new file and a deleted file of a directory", async (t) => {
  const directory = makeDirectory(t);
  writeFileSync(join(directory, "a.json"), secretFor("a.io"));
  writeFileSync(join(directory, "notes.txt"), "not: [a manifest");
  mkdirSync(join(directory, "below.yaml"));
  const { source, log } = await follow(t, [directory]);
  assert.deepEqual(registriesOf(source), ["a.io"]);
  writeFileSync(join(directory, "a.json"), secretFor("b.io"));
  await waitUntil("the edit", () => registriesOf(source)[0] === "b.io");
  writeFileSync(join(directory, "z.yml"), secretFor("z.io", "two"));
  await waitUntil("the new file", () => registriesOf(source).length === 2);
  rmSync(join(directory, "a.json"));
  await waitUntil("the deleted file", () => registriesOf(source).length === 1);
  assert.deepEqual(registriesOf(source), ["z.io"]);
  assert.equal(log.filter((line) => line.includes("Reloaded credentials")).length, 3);
});

test("keeps the last good state of a broken file, and logs file, line and reason once", async (t) => {
  const path = join(makeDirectory(t), "a.yaml");
  writeFileSync(path, secretFor("a.io"));
  const { source, log } = await follow(t, [path]);
  const errors = (): readonly string[] => log.filter((line) => line.includes("Kept the last good"));
  writeFileSync(path, `kind: Secret\ndata: "${PASSWORD}\nx: [`);
  await waitUntil("the error", () => errors().length > 0);
  assert.equal(source.problem(), `${path}:3: not valid YAML: deficient indentation`);
  await sleep(60);
  assert.equal(errors().length, 1);
  const { line, reason, path: logged } = JSON.parse(errors()[0] ?? "") as Record<string, unknown>;
  assert.deepEqual([logged, line, reason], [path, 3, "not valid YAML: deficient indentation"]);
  assert.deepEqual(registriesOf(source), ["a.io"]);
  writeFileSync(path, secretFor("fixed.io"));
  await waitUntil("the fixed file", () => registriesOf(source)[0] === "fixed.io");
  assert.equal(source.problem(), undefined);
});

test("keeps the last state when a path argument vanishes, and takes it up again", async (t) => {
  const directory = join(makeDirectory(t), "mounted");
  mkdirSync(directory);
  writeFileSync(join(directory, "a.json"), secretFor("a.io"));
  const { source, log } = await follow(t, [directory]);
  renameSync(directory, `${directory}.away`);
  await waitUntil("the error", () => log.some((line) => line.includes("no such file or directory")));
  assert.deepEqual(registriesOf(source), ["a.io"]);
  writeFileSync(join(`${directory}.away`, "a.json"), secretFor("b.io"));
  renameSync(`${directory}.away`, directory);
  await waitUntil("the path that is back", () => registriesOf(source)[0] === "b.io");
});

test("follows swapped symbolic links, as the kubelet updates mounted Secrets", async (t) => {
  const directory = makeDirectory(t);
  for (const [version, registry] of Object.entries({ "..1": "a.io", "..2": "b.io" })) {
    mkdirSync(join(directory, version));
    writeFileSync(join(directory, version, "secret.yaml"), secretFor(registry));
  }
  symlinkSync("..1", join(directory, "..data"));
  symlinkSync("..data/secret.yaml", join(directory, "secret.yaml"));
  const { source } = await follow(t, [directory]);
  assert.deepEqual(registriesOf(source), ["a.io"]);
  symlinkSync("..2", join(directory, "..data_tmp"));
  renameSync(join(directory, "..data_tmp"), join(directory, "..data"));
  await waitUntil("the swapped link", () => registriesOf(source)[0] === "b.io");
});

test("refuses to start with broken files and names every error", async (t) => {
  const directory = makeDirectory(t);
  const broken = join(directory, "broken.yaml");
  const nameless = join(directory, "nameless.json");
  writeFileSync(broken, `a: "${PASSWORD}`);
  writeFileSync(nameless, listOf([{ apiVersion: "v1", kind: "Secret", metadata: {} }, 1]));
  const missing = join(directory, "missing.yaml");
  await assert.rejects(follow(t, [broken, nameless, missing]), (error: unknown) => {
    assert.ok(error instanceof ConfigError);
    assert.deepEqual(error.errors, [
      `${broken}:1: not valid YAML: unexpected end of the stream within a double quoted scalar`,
      `${nameless}:1: item 2 of document 1 is not an object`,
      `${nameless}: a Secret has no name`,
      `${missing}: no such file or directory`,
    ]);
    return true;
  });
});

test("warns of a Secret that two files describe", async (t) => {
  const directory = makeDirectory(t);
  writeFileSync(join(directory, "1.json"), secretFor("a.io"));
  writeFileSync(join(directory, "2.json"), secretFor("b.io"));
  const { source, log } = await follow(t, [directory]);
  assert.deepEqual(registriesOf(source), ["b.io"]);
  assert.ok(log.some((line) => line.includes("Replaced an object of the same name") && line.includes("2.json")));
  assert.deepEqual(source.count(), { credentials: 1, malformed: 0 });
});
