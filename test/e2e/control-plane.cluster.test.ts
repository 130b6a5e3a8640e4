/** The harness of the cluster tests itself: what it starts is a real control plane, and nothing of it is ever left behind. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { waitUntil } from "../wait-until.ts";
import type { KubeObject } from "./control-plane/api-client.ts";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { isAlive } from "./control-plane/is-alive.ts";
import { startControlPlane } from "./control-plane/start-control-plane.ts";

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "quay.io/acme/web:1" }] },
    },
  },
};

describe("a control plane", () => {
  let plane: ControlPlane;
  before(async () => {
    plane = await startControlPlane({ auditLog: true, users: [{ name: "alice", groups: ["acme", "dev"] }] });
  });
  after(() => plane.stop());

  test("starts with the ServiceAccount of namespace default, in a directory of its owner alone", async () => {
    const account = await plane.api.expect("GET", "/api/v1/namespaces/default/serviceaccounts/default");
    assert.equal(account.metadata.name, "default");
    assert.equal(statSync(plane.directory).mode & 0o077, 0);
  });

  test("creates the Pod of a Deployment that kubectl applied; it stays Pending", async () => {
    const applied = await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify(deployment) });
    assert.deepEqual(applied, { stdout: "deployment.apps/web created\n", stderr: "", code: 0 });
    const pod = await waitUntil("the Pod of Deployment web", async () => {
      const path = "/api/v1/namespaces/default/pods?labelSelector=app%3Dweb";
      const list = await plane.api.expect<{ items: readonly KubeObject[] }>("GET", path);
      return list.items[0];
    });
    assert.match(pod.metadata.name, /^web-/);
    assert.equal((pod.status as { phase: string }).phase, "Pending");
  });

  test("returns kubectl's error and status instead of throwing", async () => {
    const result = await plane.kubectl(["get", "configmap", "missing"]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /configmaps "missing" not found/);
  });

  test("decides by RBAC for impersonated users, static tokens and ServiceAccount tokens", async () => {
    const impersonated = await plane.kubectl(["auth", "can-i", "list", "secrets"], { as: "nobody" });
    assert.equal(impersonated.stdout, "no\n");
    const kubeconfig = plane.kubeconfigFor({ token: plane.userToken("alice") });
    const alice = await plane.kubectl(["auth", "whoami", "-o", "jsonpath={.status.userInfo}"], {
      kubeconfig,
    });
    assert.deepEqual((JSON.parse(alice.stdout) as { groups: readonly string[] }).groups, [
      "acme",
      "dev",
      "system:authenticated",
    ]);
    const token = await plane.serviceAccountToken("default", "default");
    const refused = await plane.api.request("GET", "/api/v1/secrets", undefined, { token });
    assert.equal(refused.status, 403);
  });

  test("accepts a ServiceAccount token of a few seconds, and refuses it when it has expired", async () => {
    const token = await plane.serviceAccountToken("default", "default", { expirationSeconds: 2 });
    const status = async () =>
      (await plane.api.request("GET", "/api/v1/secrets", undefined, { token })).status;
    assert.equal(await status(), 403);
    await waitUntil("the expiry of the token", async () => (await status()) === 401);
  });

  test("creates 2,000 objects from 16 concurrent workers", async () => {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < 2_000) {
        const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `map-${next++}` } };
        await plane.api.expect("POST", "/api/v1/namespaces/kube-public/configmaps", body);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    const path = "/api/v1/namespaces/kube-public/configmaps";
    const list = await plane.api.expect<{ items: readonly KubeObject[] }>("GET", path);
    assert.equal(list.items.filter((item) => item.metadata.name.startsWith("map-")).length, 2_000);
  });

  test("writes every request to the audit log", async () => {
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "audited" } };
    await plane.api.expect("POST", "/api/v1/namespaces/default/configmaps", body);
    const event = await waitUntil("the audit event", () =>
      plane.auditEvents().find((candidate) => candidate.objectRef?.name === "audited"),
    );
    assert.equal(event.verb, "create");
    assert.equal(event.responseStatus?.code, 201);
  });

  test("answers nothing that needs etcd while etcd is paused, and goes on when it is resumed", async () => {
    const path = "/api/v1/namespaces/default/configmaps/audited";
    plane.pauseEtcd();
    try {
      const signal = AbortSignal.timeout(1_000);
      await assert.rejects(plane.api.request("GET", path, undefined, { signal }), { name: "AbortError" });
    } finally {
      plane.resumeEtcd();
    }
    assert.equal((await plane.api.request("GET", path)).status, 200);
  });

  test("answers a list and a watch from a compacted revision with 410 once no cache has it", async () => {
    const { metadata } = await plane.api.expect("GET", "/api/v1/namespaces/default");
    const list = `/api/v1/configmaps?resourceVersion=${metadata.resourceVersion}&resourceVersionMatch=Exact`;
    const watch = `/api/v1/configmaps?watch=1&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=1`;
    assert.equal((await plane.api.request("GET", list)).status, 200);
    const revision = await plane.compactEtcd();
    await plane.restartApiServer({ signal: "SIGKILL" });
    assert.ok(revision > Number(metadata.resourceVersion));
    assert.equal((await plane.api.request("GET", list)).status, 410);
    const event = await plane.api.expect<{ type: string; object: { code: number } }>("GET", watch);
    assert.deepEqual([event.type, event.object.code], ["ERROR", 410]);
  });

  test("keeps its address, its objects and its certificate when the API server is killed and restarted", async () => {
    const { pid } = plane.processes().apiServer;
    const certificate = readFileSync(plane.caFile, "utf8");
    await plane.restartApiServer({ signal: "SIGKILL" });
    assert.notEqual(plane.processes().apiServer.pid, pid);
    assert.equal(readFileSync(plane.caFile, "utf8"), certificate);
    const found = await plane.api.request("GET", "/apis/apps/v1/namespaces/default/deployments/web");
    assert.equal(found.status, 200);
  });

  test("serves a certificate of another CA after a restart that asks for it", async () => {
    const certificate = readFileSync(plane.caFile, "utf8");
    await plane.restartApiServer({ newCertificate: true });
    assert.notEqual(readFileSync(plane.caFile, "utf8"), certificate);
    const scaled = await plane.kubectl(["scale", "deployment/web", "--replicas=2"]);
    assert.equal(scaled.code, 0, scaled.stderr);
    await waitUntil("the second Pod", async () => {
      const pods = await plane.kubectl(["get", "pods", "-l", "app=web", "-o", "name"]);
      return pods.stdout.split("\n").filter((line) => line !== "").length === 2;
    });
  });
});

describe("the end of a control plane", () => {
  test("leaves no process and no directory behind when the test stops it", async () => {
    const plane = await startControlPlane();
    const { etcd, apiServer, controllerManager } = plane.processes();
    await plane.stop();
    assert.deepEqual(
      [etcd, apiServer, controllerManager].map(({ pid }) => isAlive(pid)),
      [false, false, false],
    );
    assert.equal(existsSync(plane.directory), false);
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
    assert.equal(pids.every(isAlive), true);
    assert.equal(existsSync(directory), true);
    owner.kill("SIGKILL");
    await waitUntil("the end of all its processes", () => !pids.some(isAlive));
    await waitUntil(
      "the end of its directory",
      () => !existsSync(directory) && !existsSync(`${directory}.ended`),
    );
  });
});
