import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { SERVE_FLAGS } from "../../src/cli/serve/options.ts";
import { listOf, PASSWORD, podManifest } from "../files/secret-manifest.ts";
import { makeDirectory } from "../files/temporary-directory.ts";
import { PROGRAM, runPullring } from "./run-pullring.ts";

test("tells its version, that of package.json", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  assert.deepEqual(await runPullring(["--version"]), {
    status: 0,
    stdout: `pullring ${version}\n`,
    stderr: "",
  });
});

test("helps in every spelling, and on standard error when nothing is asked", async () => {
  const overview = await runPullring(["--help"]);
  assert.equal(overview.status, 0);
  assert.match(overview.stdout, /\n {2}serve .*\n {2}explain /);
  assert.deepEqual(await runPullring(["help"]), overview);
  assert.deepEqual(await runPullring([]), { status: 2, stdout: "", stderr: overview.stdout });
  const serve = await runPullring(["serve", "--nonsense", "--help"]);
  assert.equal(serve.status, 0);
  assert.deepEqual(await runPullring(["help", "serve"]), serve);
  for (const name of Object.keys(SERVE_FLAGS)) {
    assert.ok(serve.stdout.includes(`--${name}`), name);
  }
});

test("ends with 2 for an unknown command and suggests one", async () => {
  const { status, stderr } = await runPullring(["explian"]);
  assert.deepEqual(
    [status, stderr],
    [2, 'pullring: unknown command "explian"; did you mean explain?\nSee pullring --help\n'],
  );
  assert.equal((await runPullring(["help", "frobnicate"])).status, 2);
});

test("ends with 2 and all faults of credentials and certificate at once", async (t) => {
  const path = join(makeDirectory(t), "a.yaml");
  writeFileSync(path, `a: "${PASSWORD}`);
  const { status, stdout, stderr } = await runPullring([
    ...["serve", "--credentials", path, "--credentials", "/nowhere/at/all"],
    ...["--tls", "files", "--tls-cert-file", "/nowhere/cert", "--tls-key-file", "/nowhere/key"],
  ]);
  assert.deepEqual([status, stdout], [2, ""]);
  const lines = stderr.split("\n");
  assert.match(lines[0] ?? "", /a\.yaml:1: not valid YAML/);
  assert.equal(lines[1], "pullring: /nowhere/at/all: no such file or directory");
  assert.match(lines[2] ?? "", /\/nowhere\/cert/);
  assert.equal(lines[3], "See pullring serve --help");
  assert.ok(!stderr.includes(PASSWORD));
});

test("is quiet when the reader of its output goes away", async () => {
  const args = ["explain", "-f", "-", "--credentials", "/dev/null", "-o", "json"];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: "pipe" });
  const pods = Array.from({ length: 3000 }, (_, index) =>
    podManifest(["default", `pod-${index}`], ["quay.io/a"]),
  );
  child.stdin.on("error", () => undefined).end(listOf(pods));
  child.stdout.once("data", () => child.stdout.destroy());
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  assert.deepEqual([status, stderr], [0, ""]);
});
