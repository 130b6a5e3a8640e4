/**
 * Managed certificates on a real API server, with the rights of the manifests and no other: what is written there, that
 * applying the manifests again empties nothing, that damage is repaired, and that the API server's own handshakes survive rotation.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Manifest, onlyOf, parseManifests } from "../manifests/manifest.ts";
import { CONFIGURATION_PATH, TLS_SECRET_PATH } from "../manifests/object-paths.ts";
import { kustomize } from "../manifests/render.ts";
import { waitUntil } from "../wait-until.ts";
import type { KubeObject } from "./control-plane/api-client.ts";
import { type ControlPlane, startControlPlane } from "./control-plane/control-plane.ts";
import { apply, createIdentity } from "./webhook/install.ts";
import { type ManagedReplica, startManagedReplica } from "./webhook/managed-replica.ts";

describe("managed certificates on a real API server", () => {
  let plane: ControlPlane;
  let kubeconfig: string;
  let manifests: readonly Manifest[];
  const ended = new AbortController();
  const replicas: ManagedReplica[] = [];

  before(async () => {
    plane = await startControlPlane();
    ({ kubeconfig } = await createIdentity(plane));
    const rendered = parseManifests(await kustomize());
    const configuration = onlyOf(rendered, "MutatingWebhookConfiguration");
    const secret = rendered.find(({ kind }) => kind === "Secret");
    assert.ok(secret !== undefined);
    manifests = [secret, configuration];
    await apply(plane, manifests);
    const started = [1, 2, 3].map(() => startManagedReplica(kubeconfig, ended.signal));
    replicas.push(...(await Promise.all(started)));
  });
  after(async () => {
    ended.abort();
    await Promise.all(replicas.map((replica) => replica.ended));
    await plane?.stop();
  });

  const secretData = async () =>
    (await plane.api.expect<KubeObject & { data?: Record<string, string> }>("GET", TLS_SECRET_PATH)).data ?? {};
  const webhook = async () => {
    const found = await plane.api.expect<{ webhooks: { clientConfig: { caBundle?: string } }[] }>(
      "GET",
      CONFIGURATION_PATH,
    );
    return found.webhooks[0];
  };
  const caBundle = async () => (await webhook())?.clientConfig.caBundle ?? "";
  const setCaBundle = (value: string) =>
    plane.api.expect(
      "PATCH",
      CONFIGURATION_PATH,
      [{ op: "replace", path: "/webhooks/0/clientConfig/caBundle", value }],
      { contentType: "application/json-patch+json" },
    );

  /** The state of a quiet moment; rotation goes on all the time. */
  const agreed = () =>
    waitUntil("the caBundle of the Secret", async () => {
      const [data, applied] = [await secretData(), await caBundle()];
      return applied !== "" && data["ca.crt"] === applied ? { data, applied } : undefined;
    });

  test("three replicas that start at once fill Secret and caBundle, with the rights of the manifests", async () => {
    const { data } = await agreed();
    assert.deepEqual(Object.keys(data).sort(), ["ca.crt", "ca.key"]);
    assert.deepEqual(
      replicas.map(({ certificates }) => certificates.notReady()),
      [undefined, undefined, undefined],
    );
  });

  const ways: readonly (readonly [string, readonly string[]])[] = [
    ["client-side", ["apply", "-f", "-"]],
    ["server-side", ["apply", "--server-side", "--force-conflicts", "-f", "-"]],
  ];
  for (const [way, args] of ways) {
    test(`applying the manifests again, ${way}, empties neither`, async () => {
      await agreed();
      for (let time = 0; time < 2; time += 1) {
        await plane.kubectl(args, { apiVersion: "v1", kind: "List", items: manifests });
        assert.notDeepEqual(await secretData(), {});
        assert.notEqual(await caBundle(), "");
      }
    });
  }

  test("an emptied caBundle is written again, and what others changed meanwhile stays", async () => {
    await agreed();
    const change = { metadata: { labels: { "example.com/edited": "yes" } } };
    await plane.api.expect("PATCH", CONFIGURATION_PATH, change);
    await setCaBundle("");
    await waitUntil("the caBundle", async () => (await caBundle()) !== "", { intervalMs: 5 });
    const found = await plane.api.expect("GET", CONFIGURATION_PATH);
    assert.equal(found.metadata.labels?.["example.com/edited"], "yes");
  });

  test("a Secret that is deleted is missed, not created; applied again it is filled from memory", async () => {
    await agreed();
    await plane.api.expect("DELETE", TLS_SECRET_PATH);
    await sleep(1_000);
    assert.equal((await plane.api.request("GET", TLS_SECRET_PATH)).status, 404);
    const serving = replicas.map(({ certificates }) => certificates.current()?.cert);
    assert.equal(serving.includes(undefined), false);
    await apply(plane, manifests);
    await waitUntil("the content of the Secret", async () => Object.keys(await secretData()).length === 2);
  });

  test("a Secret of garbage is written again, and its other keys and labels stay", async () => {
    await agreed();
    const garbage = Buffer.from("garbage").toString("base64");
    await plane.api.expect("PATCH", TLS_SECRET_PATH, {
      metadata: { labels: { "example.com/kept": "yes" } },
      data: { "ca.crt": garbage, "ca.key": garbage, note: garbage },
    });
    await waitUntil("the end of the garbage", async () => {
      const data = await secretData();
      return data["ca.crt"] !== garbage && data["ca.key"] !== garbage;
    });
    assert.equal((await secretData()).note, garbage);
    const { metadata } = await plane.api.expect("GET", TLS_SECRET_PATH);
    assert.equal(metadata.labels?.["example.com/kept"], "yes");
  });

  test("the API server loses no call while leaves and CAs rotate under it", async () => {
    await agreed();
    // Fail, so that a lost handshake is a refused request; a URL instead of the Service, which nothing here routes.
    const [target] = replicas;
    const webhooks = [
      {
        name: "inject.pullring.dev",
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        failurePolicy: "Fail",
        timeoutSeconds: 10,
        clientConfig: { url: target?.url, caBundle: await caBundle() },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["CREATE"] }],
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "default" } },
      },
    ];
    await plane.api.expect("PATCH", CONFIGURATION_PATH, { webhooks });
    await sleep(1_000);
    const cas = new Set<string>();
    const before = target?.leaves() ?? 0;
    const deadline = performance.now() + 240_000;
    let created = 0;
    while ((target?.leaves() ?? 0) - before < 8 || cas.size < 4) {
      assert.ok(performance.now() < deadline, `${target?.leaves()} leaves, ${cas.size} CAs`);
      const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "call-" } };
      await plane.api.expect("POST", "/api/v1/namespaces/default/configmaps?dryRun=All", body);
      created += 1;
      cas.add((await secretData())["ca.crt"] ?? "");
    }
    assert.equal(target?.calls(), created);
    assert.ok((target?.handshakes() ?? 0) >= created, `${target?.handshakes()} handshakes`);
  });
});
