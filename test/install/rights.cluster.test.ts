/**
 * The rights of the manifests, both ways: each is used, none is missed, and without any of them the log or `/readyz` names
 * exactly the one that is missing.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { AuditEvent } from "../cluster/control-plane/audit-log.ts";
import { waitUntil } from "../cluster/control-plane/wait-until.ts";
import { apply } from "../cluster/webhook/install.ts";
import { createNamespace, namespaceOf } from "../cluster/webhook/namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "../cluster/webhook/objects.ts";
import { parseManifests } from "../manifests/manifest.ts";
import { kustomize } from "../manifests/render.ts";
import { type GrantedRight, listGrantedRights, withoutRight } from "./granted-rights.ts";
import { type InstalledService, installService, TLS_SECRET_PATH } from "./installed-service.ts";
import { isInOwnNetwork, REPLICA_ADDRESSES, runInOwnNetwork } from "./own-network.ts";
import { type Replica, startReplica } from "./replica.ts";
import { forbiddenOf, USER, usedIn } from "./used-rights.ts";

/** Granted, and never asked for: a watch of one name is all that pullring opens. */
const UNUSED = ["list mutatingwebhookconfigurations/pullring"];
/** Without these something works less well, and nothing is told: known faults, and left out below. */
const UNTOLD = ["watch mutatingwebhookconfigurations/pullring"];
const [ADDRESS] = REPLICA_ADDRESSES;
const base = listGrantedRights(parseManifests(await kustomize()));
const told = base.filter(({ text }) => !UNUSED.includes(text) && !UNTOLD.includes(text));

if (!isInOwnNetwork()) {
  test("in a network namespace of its own, pullring uses each of its rights and names a missing one", async () => {
    const { code, printed } = await runInOwnNetwork(import.meta.url);
    assert.equal(code, 0, printed);
    assert.match(printed, new RegExp(`^# pass ${told.length + 2}$`, "m"));
  });
} else {
  describe("the rights of the manifests", () => {
    let installed: InstalledService;
    before(async () => {
      installed = await installService();
      await installed.routeTo([ADDRESS]);
    });
    after(() => installed?.plane.stop());

    test("are all used, and no other is tried", async () => {
      const replica = await start(installed, "all");
      await replica.waitUntilReady();
      await useEverything(installed, "everywhere");
      await replica.process.end();
      assert.deepEqual(forbiddenOf(installed), []);
      const used = usedIn(installed, () => undefined);
      assert.deepEqual([...used, ...UNUSED].sort(), [...new Set(base.map(({ text }) => text))].sort());
    });

    for (const right of told) {
      test(`without "${right.text}" that right is named`, async () => {
        const { plane } = installed;
        await apply(plane, [withoutRight(right)]);
        try {
          await forgetCertificates(installed);
          await waitForDenial(installed, right);
          const replica = await start(installed, `without ${base.indexOf(right)}`);
          const named = missingRightOf(right);
          let words = "";
          try {
            await waitUntil(
              `words about "${named}"`,
              async () => {
                await useOnce(installed);
                words = `${(await replica.readiness())?.text}${replica.process.readLog()}`;
                return words.includes(named);
              },
              { timeoutMs: 30_000, intervalMs: 300 },
            );
            const all = new Set(words.match(/missing right: [^",;()\n\\]+/g)?.map((text) => text.trim()));
            assert.deepEqual([...all], [named]);
          } finally {
            await replica.process.end("SIGKILL");
          }
        } finally {
          await apply(plane, [right.role]);
        }
      });
    }

    test("are as few as the component for chosen namespaces says", async () => {
      const { plane } = installed;
      await plane.api.expect(
        "DELETE",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/pullring-credentials",
      );
      const manifests = parseManifests(await kustomize(["namespaced"]));
      const roles = manifests.filter(({ kind }) => /^(Cluster)?Role(Binding)?$/.test(kind));
      await apply(plane, roles);
      await forgetCertificates(installed);
      const seen = new Set(plane.auditEvents().map(({ auditID }) => auditID));
      const replica = await start(installed, "namespaced", ["--namespace=default"]);
      await replica.waitUntilReady();
      await useEverything(installed, "default");
      await replica.process.end();
      const isNew = ({ auditID }: AuditEvent): boolean => !seen.has(auditID);
      assert.deepEqual(forbiddenOf(installed, isNew), []);
      const used = usedIn(installed, (namespace) => (namespace === "" ? undefined : namespace), isNew);
      assert.deepEqual(
        [...used, ...UNUSED].sort(),
        [...new Set(listGrantedRights(roles).map(({ text }) => text))].sort(),
      );
    });
  });
}

function start(
  { plane, kubeconfig }: InstalledService,
  name: string,
  flags: readonly string[] = [],
): Promise<Replica> {
  const options = { name: `pullring-${name}`, kubeconfig, address: ADDRESS };
  return startReplica(plane, { ...options, flags: ["--drain-grace=0s", "--tls-poll=1s", ...flags] });
}

/** A credential and an account right before their Pods, so that live looks are made, and certificates taken anew. */
async function useEverything(installed: InstalledService, namespaceName: string): Promise<void> {
  const { api } = installed.plane;
  const namespace =
    namespaceName === "default" ? namespaceOf(api, "default") : await createNamespace(api, namespaceName);
  await waitUntil("an injection", async () => {
    const name = `cred-${Date.now()}`;
    await namespace.create("secrets", credentialOf(name, `${name}.example`));
    const pod = await namespace.create("pods", podOf("probe", `${name}.example/app`), "?dryRun=All");
    return pullSecretsOf(pod).includes(name);
  });
  await waitUntil("a look at one ServiceAccount", async () => {
    await useOnce(installed, namespace.name);
    return installed.plane
      .auditEvents()
      .some(
        ({ user, verb, objectRef }) =>
          user.username === USER &&
          verb === "get" &&
          objectRef?.resource === "serviceaccounts" &&
          objectRef.namespace === namespace.name,
      );
  });
}

/** A workload of an account that came right before it. */
async function useOnce({ plane }: InstalledService, namespaceName = "default"): Promise<void> {
  const namespace = namespaceOf(plane.api, namespaceName);
  const account = `account-${Date.now()}`;
  await namespace.create("serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: account },
  });
  const pod = podOf("probe", "unknown.example/app", { serviceAccountName: account });
  await plane.api.request("POST", `/api/v1/namespaces/${namespaceName}/pods?dryRun=All`, pod);
}

/** Without content, certificates have to be written again, which takes all rights to them. */
async function forgetCertificates(installed: InstalledService): Promise<void> {
  await installed.plane.api.request("DELETE", TLS_SECRET_PATH);
  await installed.applySecret();
  await installed.emptyBundles();
}

/** The API server reads a changed role a moment later. */
async function waitForDenial({ plane }: InstalledService, right: GrantedRight): Promise<void> {
  const [object = "", namespace] = right.text.slice(right.verb.length + 1).split(" in ");
  const [resource, name] = object.split("/");
  const group = resource === "mutatingwebhookconfigurations" ? "admissionregistration.k8s.io" : "";
  const resourceAttributes = { verb: right.verb, group, version: "v1", resource, name, namespace };
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user: USER, resourceAttributes },
  };
  await waitUntil(`the denial of ${right.text}`, async () => {
    const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    const { status } = await plane.api.expect<{ status: { allowed: boolean } }>("POST", path, review);
    return !status.allowed;
  });
}

/** The words of pullring for a right. */
function missingRightOf({ verb, resource, text }: GrantedRight): string {
  const [, name] = /\/(\S+)/.exec(text) ?? [];
  if (name === undefined) return `missing right: ${verb} ${resource} in all namespaces`;
  const object = resource === "secrets" ? `Secret pullring/${name}` : `MutatingWebhookConfiguration ${name}`;
  return `missing right: ${verb} ${object}`;
}
