/**
 * The rights of the manifests, both ways: each is used, none is missed, and without any of them the log or `/readyz` names
 * exactly the one that is missing.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { AuditEvent } from "../e2e/control-plane/audit-log.ts";
import { apply } from "../e2e/webhook/install.ts";
import { createNamespace, namespaceOf } from "../e2e/webhook/namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "../e2e/webhook/objects.ts";
import { type Manifest, parseManifests } from "../manifests/manifest.ts";
import { TLS_SECRET_PATH } from "../manifests/object-paths.ts";
import { kustomize } from "../manifests/render.ts";
import { waitUntil } from "../wait-until.ts";
import { type InstalledService, installService } from "./installed-service.ts";
import { inOwnNetwork, REPLICA_ADDRESSES } from "./own-network.ts";
import { type Replica, startReplica } from "./replica.ts";
import { type GrantedRight, listGrantedRights, rightOf, withoutRight } from "./rights.ts";

const [ADDRESS] = REPLICA_ADDRESSES;
const USER = "system:serviceaccount:pullring:pullring";

/** One of the two ways in which the manifests give pullring its rights. */
interface Variant {
  readonly title: string;
  readonly roles: readonly Manifest[];
  /** Rights that are taken away in turn. */
  readonly tried: readonly GrantedRight[];
  readonly flags: readonly string[];
  /** A namespace whose credentials may be read. */
  readonly namespace: string;
  /** The namespace of the rule that allows a request in a namespace. */
  readonly placeOf: (namespace: string) => string | undefined;
}

const isOfRights = ({ kind }: Manifest): boolean => /^(Cluster)?Role(Binding)?$/.test(kind);
const base = parseManifests(await kustomize()).filter(isOfRights);
const namespaced = parseManifests(await kustomize(["namespaced"])).filter(isOfRights);
const baseRights = listGrantedRights(base);
const VARIANTS: readonly Variant[] = [
  {
    title: "manifests/base",
    roles: base,
    tried: baseRights,
    flags: [],
    namespace: "everywhere",
    placeOf: () => undefined,
  },
  {
    title: "components/namespaced",
    roles: namespaced,
    // The rights to certificates are the same.
    tried: listGrantedRights(namespaced).filter(({ text }) => !baseRights.some((one) => one.text === text)),
    flags: ["--namespace=default"],
    namespace: "default",
    placeOf: (namespace) => (namespace === "" ? undefined : namespace),
  },
];

inOwnNetwork(import.meta.url, "pullring uses each of its rights and names a missing one", () => {
  let installed: InstalledService;
  before(async () => {
    installed = await installService();
    await installed.routeTo([ADDRESS]);
  });
  after(() => installed?.plane.stop());

  for (const variant of VARIANTS) {
    describe(`the rights of ${variant.title}`, () => {
      before(async () => {
        const role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/pullring-credentials";
        await installed.plane.api.request("DELETE", role);
        await apply(installed.plane, variant.roles);
      });

      test("are all used, and no other is tried", async () => {
        const seen = new Set(installed.plane.auditEvents().map(({ auditID }) => auditID));
        await forgetCertificates(installed);
        const replica = await start(installed, `all ${variant.namespace}`, variant.flags);
        await replica.waitUntilReady();
        await useEverything(installed, variant.namespace);
        await replica.process.end();
        const events = requestsOf(installed).filter(({ auditID }) => !seen.has(auditID));
        assert.deepEqual(
          events.filter(({ responseStatus }) => responseStatus?.code === 403),
          [],
        );
        const used = new Set(events.map((event) => rightOf(event, variant.placeOf)));
        const granted = new Set(listGrantedRights(variant.roles).map(({ text }) => text));
        assert.deepEqual([...used].sort(), [...granted].sort());
      });

      for (const [position, right] of variant.tried.entries()) {
        test(`without "${right.text}" that right is named`, async () => {
          await apply(installed.plane, [withoutRight(right)]);
          try {
            await forgetCertificates(installed);
            await waitForDenial(installed, right);
            const replica = await start(installed, `${variant.namespace} without ${position}`, variant.flags);
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
});

/** Waits until the replica names this right, and no other. */
async function assertNamed(installed: InstalledService, replica: Replica, named: string): Promise<void> {
  const words = await waitUntil(
    `words about "${named}"`,
    async () => {
      await useOnce(installed);
      const text = `${(await replica.readiness())?.text}${replica.process.readLog()}`;
      return text.includes(named) && text;
    },
    { timeoutMs: 30_000, intervalMs: 300 },
  );
  const all = new Set(words.match(/missing right: [^",;()\n\\]+/g)?.map((text) => text.trim()));
  assert.deepEqual([...all], [named]);
}

function start({ plane, kubeconfig }: InstalledService, name: string, flags: readonly string[]): Promise<Replica> {
  const options = { name: `pullring-${name}`, kubeconfig, address: ADDRESS };
  return startReplica(plane, { ...options, flags: ["--drain-grace=0s", "--tls-poll=1s", ...flags] });
}

/** What pullring asked the API server for. */
function requestsOf({ plane }: InstalledService): readonly AuditEvent[] {
  return plane.auditEvents().filter(({ user }) => user.username === USER);
}

/** A credential and an account right before their Pods, so that live reads are made, and certificates taken again. */
async function useEverything(installed: InstalledService, name: string): Promise<void> {
  const { api } = installed.plane;
  const namespace = name === "default" ? namespaceOf(api, name) : await createNamespace(api, name);
  await waitUntil("an injection", async () => {
    const credential = `cred-${Date.now()}`;
    await namespace.create("secrets", credentialOf(credential, `${credential}.example`));
    const pod = await namespace.create("pods", podOf("probe", `${credential}.example/app`), "?dryRun=All");
    return pullSecretsOf(pod).includes(credential);
  });
  await waitUntil("a read of one ServiceAccount", async () => {
    await useOnce(installed, name);
    return requestsOf(installed).some(
      ({ verb, objectRef }) =>
        verb === "get" && objectRef?.resource === "serviceaccounts" && objectRef.namespace === name,
    );
  });
}

/** A workload of an account that came right before it. */
async function useOnce({ plane }: InstalledService, namespace = "default"): Promise<void> {
  const name = `account-${Date.now()}`;
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } };
  await namespaceOf(plane.api, namespace).create("serviceaccounts", account);
  const pod = podOf("probe", "unknown.example/app", { serviceAccountName: name });
  await plane.api.request("POST", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
}

/** Without content, certificates have to be written again, which takes all rights to them. */
async function forgetCertificates(installed: InstalledService): Promise<void> {
  await installed.plane.api.request("DELETE", TLS_SECRET_PATH);
  await installed.applySecret();
  await installed.emptyBundles();
}

/** The API server reads a changed role a moment later. */
async function waitForDenial({ plane }: InstalledService, right: GrantedRight): Promise<void> {
  const { verb, resource, name, namespace, text } = right;
  const group = resource === "mutatingwebhookconfigurations" ? "admissionregistration.k8s.io" : "";
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user: USER, resourceAttributes: { verb, group, version: "v1", resource, name, namespace } },
  };
  await waitUntil(`the denial of ${text}`, async () => {
    const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    const { status } = await plane.api.expect<{ status: { allowed: boolean } }>("POST", path, review);
    return !status.allowed;
  });
}

/** The words of pullring for a right. */
function missingRightOf({ verb, resource, name, namespace }: GrantedRight): string {
  const object = name === undefined ? resource : `${resource}/${name}`;
  if (namespace !== undefined) return `missing right: ${verb} ${object} in namespace ${namespace}`;
  return `missing right: ${verb} ${object}${name === undefined ? " in all namespaces" : ""}`;
}
