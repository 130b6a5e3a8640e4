/** The harness of the cluster tests itself: what it starts is a real control plane, and nothing of it is ever left behind. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { waitUntil } from "../wait-until.ts";
import { type ControlPlane, startControlPlane } from "./control-plane/control-plane.ts";
import { isAlive } from "./control-plane/managed-process.ts";

describe("a control plane", () => {
  let plane: ControlPlane;
  before(async () => {
    plane = await startControlPlane();
  });
  after(() => plane?.stop());

  test("keeps its files in a directory of its owner alone", () => {
    assert.equal(statSync(plane.directory).mode & 0o077, 0);
  });

  test("accepts a ServiceAccount token of a few seconds, and refuses it when it has expired", async () => {
    const token = await plane.serviceAccountToken("default", "default", 2);
    const status = async () => (await plane.api.request("GET", "/api/v1/secrets", undefined, { token })).status;
    assert.equal(await status(), 403);
    await waitUntil("the expiry of the token", async () => (await status()) === 401);
  });

  test("answers a list and a watch from a compacted revision with 410 once no cache has it", async () => {
    const { metadata } = await plane.api.expect("GET", "/api/v1/namespaces/default");
    const list = `/api/v1/configmaps?resourceVersion=${metadata.resourceVersion}&resourceVersionMatch=Exact`;
    const watch = `/api/v1/configmaps?watch=1&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=1`;
    assert.equal((await plane.api.request("GET", list)).status, 200);
    await plane.compactEtcd();
    await plane.restartApiServer({ signal: "SIGKILL" });
    assert.equal((await plane.api.request("GET", list)).status, 410);
    const event = await plane.api.expect<{ type: string; object: { code: number } }>("GET", watch);
    assert.deepEqual([event.type, event.object.code], ["ERROR", 410]);
  });

  test("keeps its certificate over a restart, and serves one of another CA after one that asks for it", async () => {
    const certificate = readFileSync(plane.caFile, "utf8");
    await plane.restartApiServer({ signal: "SIGKILL" });
    assert.equal(readFileSync(plane.caFile, "utf8"), certificate);
    await plane.restartApiServer({ newCertificate: true });
    assert.notEqual(readFileSync(plane.caFile, "utf8"), certificate);
  });
});

describe("the end of a control plane", () => {
  test("leaves no process and no directory behind when the test stops it", async () => {
    const plane = await startControlPlane();
    const pids = Object.values(plane.processes()).map(({ pid }) => pid);
    await plane.stop();
    assert.deepEqual([pids.length, pids.filter(isAlive), existsSync(plane.directory)], [3, [], false]);
    await plane.stop();
  });

  test("leaves nothing behind when a process ends at its start, and says why", async () => {
    const start = startControlPlane({ apiServerFlags: ["--no-such-flag"] });
    await assert.rejects(start, /kube-apiserver ended at its start:[\s\S]*unknown flag: --no-such-flag/);
  });

  test("leaves no process and no directory behind when the test process is killed", async () => {
    const program = fileURLToPath(new URL("./control-plane/hold-control-plane.ts", import.meta.url));
    const owner = spawn(process.execPath, ["--import", "tsx", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface(owner.stdout), "line")) as [string];
    const { directory, pids } = JSON.parse(line) as { directory: string; pids: readonly number[] };
    assert.equal(pids.every(isAlive) && existsSync(directory), true);
    owner.kill("SIGKILL");
    await waitUntil("the end of all its processes", () => !pids.some(isAlive));
    await waitUntil("the end of its directory", () => !existsSync(directory) && !existsSync(`${directory}.ended`));
  });
});
