/** Where the cluster tests' binaries come from: the order of the places, and that no half-finished build is ever used. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inputsName } from "./binaries/build.ts";
import { goModuleOf } from "./binaries/go-module.ts";

const main = fileURLToPath(new URL("./binaries/main.ts", import.meta.url));
const etcd = goModuleOf("etcd");

describe("the binaries of the cluster tests", () => {
  let directory: string;
  let environment: NodeJS.ProcessEnv;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "pullring-binaries-"));
    environment = { ...process.env, XDG_CACHE_HOME: join(directory, "cache"), KUBEBUILDER_ASSETS: "" };
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test("come from KUBEBUILDER_ASSETS before all else", async () => {
    const assets = join(directory, "assets");
    executable(join(assets, "etcd"), "exit 0");
    cached("go0.0.0");
    const found = await find(["etcd"], { ...environment, KUBEBUILDER_ASSETS: assets });
    assert.deepEqual(found, { stdout: `${join(assets, "etcd")}\n`, stderr: "", code: 0 });
  });

  test("come from the cache where KUBEBUILDER_ASSETS lacks them", async () => {
    mkdirSync(join(directory, "assets"));
    const path = cached(fakeGo("go1.99.0", "exit 1"));
    const found = await find(["etcd"], { ...environment, KUBEBUILDER_ASSETS: join(directory, "assets") });
    assert.deepEqual(found, { stdout: `${path}\n`, stderr: "", code: 0 });
  });

  test("are built where no place has them, by one of two processes, and appear all at once", async () => {
    fakeGo(
      "go1.99.0",
      'echo run >>"$XDG_CACHE_HOME/runs"; while [ "$1" != -o ]; do shift; done; mkdir -p "$(dirname "$2")"; sleep 1; echo built >"$2"',
    );
    const [first, second] = await Promise.all([find(["etcd"]), find(["etcd"])]);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stdout, second.stdout);
    assert.equal(execFileSync("cat", [first.stdout.trim()], { encoding: "utf8" }), "built\n");
    assert.equal(execFileSync("cat", [join(directory, "cache", "runs")], { encoding: "utf8" }), "run\n");
    assert.deepEqual(leftovers(), [basename(dirname(first.stdout.trim()))]);
  });

  test("are not there after a build that failed half-way; the message ends with what Go said", async () => {
    fakeGo(
      "go1.99.0",
      'while [ "$1" != -o ]; do shift; done; mkdir -p "$(dirname "$2")"; echo half >"$2"; echo "no such host" >&2; exit 1',
    );
    const found = await find(["etcd"]);
    assert.equal(found.code, 1);
    assert.match(found.stderr, /^go build of etcd ended with status 1:\nno such host\n/m);
    assert.deepEqual(leftovers(), []);
  });

  test("need Go, and the message says from where", async () => {
    const found = await find(["etcd"], withoutGo());
    assert.equal(found.code, 1);
    assert.match(found.stderr, /^Go is not installed.*https:\/\/go\.dev\/dl\/ or set KUBEBUILDER_ASSETS/);
  });

  /** Puts a `go` first on PATH that answers `go env` itself and runs `script` for everything else; returns its version. */
  function fakeGo(version: string, script: string): string {
    const answer = `case "$1" in env) echo ${version};; *) ${script};; esac`;
    executable(join(directory, "bin", "go"), answer);
    environment = { ...environment, PATH: `${join(directory, "bin")}:${process.env.PATH}` };
    return version;
  }

  function withoutGo(): NodeJS.ProcessEnv {
    mkdirSync(join(directory, "empty"), { recursive: true });
    return { ...environment, PATH: join(directory, "empty") };
  }

  /** Puts an etcd into the cache as `goVersion` would have built it, and returns its path. */
  function cached(goVersion: string): string {
    const name = `${inputsName(etcd)}-${goVersion}`;
    const path = join(directory, "cache", "pullring", "binaries", name, "etcd");
    executable(path, "exit 0");
    return path;
  }

  function leftovers(): readonly string[] {
    const entries = readdirSync(join(directory, "cache", "pullring", "binaries"));
    return entries.filter((entry) => !entry.endsWith(".lock"));
  }

  async function find(
    names: readonly string[],
    env: NodeJS.ProcessEnv = environment,
  ): Promise<{ readonly stdout: string; readonly stderr: string; readonly code: unknown }> {
    const child = spawn(process.execPath, ["--import", "tsx", main, ...names], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        output[stream] += text;
      });
    }
    const [code] = (await once(child, "close")) as unknown[];
    return { ...output, code };
  }
});

function executable(path: string, script: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}
