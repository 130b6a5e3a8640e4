/** Where the cluster tests' binaries come from: the order of the places, and that no half-finished build is ever used. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { withBuildLock } from "./binaries/build-lock.ts";
import { cacheDirectory } from "./binaries/cache.ts";
import { goModuleOf } from "./binaries/go-module.ts";
import { requireGo } from "./binaries/go-toolchain.ts";

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

  test("come from the cache of any Go version where no Go is installed", async () => {
    const path = cached("go1.26.0");
    const found = await find(["etcd"], withoutGo());
    assert.deepEqual(found, { stdout: `${path}\n`, stderr: "", code: 0 });
  });

  test("are built where no place has them, by one of two processes, and appear all at once", async () => {
    fakeGo(
      "go1.99.0",
      'echo run >>"$XDG_CACHE_HOME/runs"; while [ "$1" != -o ]; do shift; done; sleep 1; echo built >"$2"',
    );
    const [first, second] = await Promise.all([find(["etcd"]), find(["etcd"])]);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stdout, second.stdout);
    assert.equal(execFileSync("cat", [first.stdout.trim()], { encoding: "utf8" }), "built\n");
    assert.equal(execFileSync("cat", [join(directory, "cache", "runs")], { encoding: "utf8" }), "run\n");
    assert.match(`${first.stderr}${second.stderr}`, /Another process builds etcd-v/);
    assert.deepEqual(leftovers(), [basename(dirname(first.stdout.trim()))]);
  });

  test("are not there after a build that failed half-way; the message ends with what Go said", async () => {
    fakeGo(
      "go1.99.0",
      'while [ "$1" != -o ]; do shift; done; echo half >"$2"; echo "no such host" >&2; exit 1',
    );
    const found = await find(["etcd"]);
    assert.equal(found.code, 1);
    assert.match(found.stderr, /go build go\.etcd\.io\S+ ended with status 1:\nno such host\n/);
    assert.deepEqual(leftovers(), []);
  });

  test("need Go, and the message says which and from where", async () => {
    const found = await find(["etcd"], withoutGo());
    assert.equal(found.code, 1);
    assert.match(
      found.stderr,
      /^Go is not installed; Go 1\.26\.0 or newer .*https:\/\/go\.dev\/dl\/ or set KUBEBUILDER_ASSETS/,
    );
  });

  test("need a Go that is new enough, unless Go may fetch a newer one itself", async () => {
    fakeGo("go1.25.9", "exit 1");
    const found = await find(["etcd"]);
    assert.equal(found.code, 1);
    assert.match(found.stderr, /^go1\.25\.9 is too old; etcd needs Go 1\.26\.0 or newer/);
    assert.equal(requireGo(etcd, "go1.27rc1"), "go1.27rc1");
    fakeGo("go1.25.9", "exit 3", "go1.25.9+auto");
    assert.match((await find(["etcd"])).stderr, /ended with status 3/);
  });

  test("are locked by nobody once the holder of the lock was killed", async () => {
    const lock = join(directory, "lock");
    writeFileSync(lock, "");
    utimesSync(lock, new Date(0), new Date(0));
    assert.equal(
      await withBuildLock(
        lock,
        async () => "built",
        () => {},
      ),
      "built",
    );
    assert.equal(existsSync(lock), false);
  });

  /** Puts a `go` first on PATH that answers `go env` itself and runs `script` for everything else; returns its version. */
  function fakeGo(version: string, script: string, toolchain = "local"): string {
    const answer = `case "$1 $2" in "env GOVERSION") echo ${version};; "env GOTOOLCHAIN") echo ${toolchain};; *) ${script};; esac`;
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
    const path = join(
      directory,
      "cache",
      "pullring",
      "binaries",
      basename(cacheDirectory(etcd, goVersion)),
      "etcd",
    );
    executable(path, "exit 0");
    return path;
  }

  function leftovers(): readonly string[] {
    return readdirSync(join(directory, "cache", "pullring", "binaries"));
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
