/** The harness of the cluster tests itself: nothing of it is ever left behind, and what it lacks is named. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { waitUntil } from "../wait-until.ts";
import { startControlPlane } from "./control-plane/control-plane.ts";
import { isAlive } from "./control-plane/managed-process.ts";

const runTypeScript = ["--import", "tsx"];

test("a control plane leaves no process and no directory behind when the test stops it", async () => {
  const plane = await startControlPlane();
  const pids = Object.values(plane.processes()).map(({ pid }) => pid);
  await plane.stop();
  assert.deepEqual([pids.length, pids.filter(isAlive), existsSync(plane.directory)], [3, [], false]);
  await plane.stop();
});

test("a control plane whose process ends at its start says why", async () => {
  const start = startControlPlane({ apiServerFlags: ["--no-such-flag"] });
  await assert.rejects(start, /kube-apiserver ended at its start:[\s\S]*unknown flag: --no-such-flag/);
});

test("a control plane leaves no process and no directory behind when the test process is killed", async () => {
  const program = fileURLToPath(new URL("./control-plane/hold-control-plane.ts", import.meta.url));
  const owner = spawn(process.execPath, [...runTypeScript, program], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(owner.stdout), "line")) as [string];
  const { directory, pids } = JSON.parse(line) as { directory: string; pids: readonly number[] };
  assert.equal(pids.every(isAlive) && existsSync(directory), true);
  owner.kill("SIGKILL");
  await waitUntil("the end of all its processes", () => !pids.some(isAlive));
  await waitUntil("the end of its directory", () => !existsSync(directory) && !existsSync(`${directory}.ended`));
});

test("where neither binaries nor Go are, the message says where to get them", () => {
  const program = fileURLToPath(new URL("./binaries/main.ts", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [...runTypeScript, program, "etcd"], {
    env: { PATH: "/nonexistent", XDG_CACHE_HOME: "/nonexistent", KUBEBUILDER_ASSETS: "" },
    encoding: "utf8",
  });
  assert.equal(status, 1);
  assert.match(stderr, /^Go is not installed.*https:\/\/go\.dev\/dl\/ or set KUBEBUILDER_ASSETS/);
});
