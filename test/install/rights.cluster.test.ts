/**
 * The rights of the manifests, both ways: each is used, a verb too many is found, none is missed, and without any of them the
 * log or `/readyz` names exactly the one that is missing.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { AuditEvent } from "../e2e/control-plane/audit-log.ts";
import { apply } from "../e2e/webhook/install.ts";
import { createNamespace, namespaceOf } from "../e2e/webhook/namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "../e2e/webhook/objects.ts";
import { TLS_SECRET_PATH } from "../manifests/object-paths.ts";
import { waitUntil } from "../wait-until.ts";
import {
  type GrantedRight,
  listExcessive,
  listGrantedRights,
  listUnused,
  withoutRight,
} from "./granted-rights.ts";
import { type InstalledService, installService } from "./installed-service.ts";
import { isInOwnNetwork, REPLICA_ADDRESSES, runInOwnNetwork } from "./own-network.ts";
import { type Replica, startReplica } from "./replica.ts";
import { isOfRights, VARIANTS, type Variant } from "./rights-variants.ts";
import { forbiddenOf, USER, usedIn } from "./used-rights.ts";

const [ADDRESS] = REPLICA_ADDRESSES;

if (!isInOwnNetwork()) {
  test("in a network namespace of its own, pullring uses each of its rights and names a missing one", async () => {
    const { code, printed } = await runInOwnNetwork(import.meta.url);
    assert.equal(code, 0, printed);
    const count = VARIANTS.reduce((sum, { tried }) => sum + tried.length + 1, 0);
    assert.match(printed, new RegExp(`^# pass ${count}$`, "m"));
  });
} else {
  let installed: InstalledService;
  before(async () => {
    installed = await installService();
    await installed.routeTo([ADDRESS]);
  });
  after(() => installed?.plane.stop());

  for (const variant of VARIANTS) {
    describe(`the rights of ${variant.title}`, () => {
      before(() => grant(installed, variant));

      test("are all used, no other is tried, and one too many is found", async () => {
        const { manifests } = variant;
        const seen = new Set(installed.plane.auditEvents().map(({ auditID }) => auditID));
        await forgetCertificates(installed);
        const replica = await start(installed, `all ${variant.namespace}`, variant.flags);
        await replica.waitUntilReady();
        await useEverything(installed, variant.namespace);
        await replica.process.end();
        const isNew = ({ auditID }: AuditEvent): boolean => !seen.has(auditID);
        assert.deepEqual(forbiddenOf(installed, isNew), []);
        const used = usedIn(installed, variant.placeOf, isNew);
        assert.deepEqual(listUnused(manifests, used), []);
        const granted = listGrantedRights(manifests).map(({ text }) => text);
        assert.deepEqual(
          used.filter((text) => !granted.includes(text)),
          [],
        );
        for (const excessive of listExcessive(manifests)) {
          assert.deepEqual(listUnused(excessive.manifests, used), [excessive.text]);
        }
      });

      for (const [position, right] of variant.tried.entries()) {
        test(`without "${right.text}" that right is named`, async () => {
          await apply(installed.plane, [withoutRight(right)]);
          try {
            await forgetCertificates(installed);
            await waitForDenial(installed, right);
            const name = `${variant.namespace} without ${position}`;
            const replica = await start(installed, name, variant.flags);
            try {
              await assertNamed(installed, replica, missingRightOf(right));
            } finally {
              await replica.process.end("SIGKILL");
            }
          } finally {
            await apply(installed.plane, [right.role]);
          }
        });
      }
    });
  }
}

/** Waits until the replica tells of this right, and of no other. */
async function assertNamed(installed: InstalledService, replica: Replica, named: string): Promise<void> {
  let words = "";
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
}

/** Leaves pullring the rights of the variant and no others. */
async function grant({ plane }: InstalledService, { manifests }: Variant): Promise<void> {
  await plane.api.request("DELETE", "/apis/rbac.authorization.k8s.io/v1/clusterroles/pullring-credentials");
  await apply(
    plane,
    manifests.filter(({ kind }) => isOfRights(kind)),
  );
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
function missingRightOf({ verb, text }: GrantedRight): string {
  const [object = "", namespace] = text.slice(verb.length + 1).split(" in ");
  const place = namespace === undefined ? "in all namespaces" : `in namespace ${namespace}`;
  const isOneOfCluster = namespace === undefined && object.includes("/");
  return `missing right: ${verb} ${object}${isOneOfCluster ? "" : ` ${place}`}`;
}
