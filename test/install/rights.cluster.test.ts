/**
 * The rights of the manifests, both ways: each is used, none is missed, and without any of them the log or `/readyz` names
 * exactly the one that is missing. And the FlowSchema: whatever reads credentials is taken by it.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { AuditEvent } from "../e2e/control-plane/audit-log.ts";
import { apply } from "../e2e/webhook/install.ts";
import { createNamespace, type Namespace, namespaceOf } from "../e2e/webhook/namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "../e2e/webhook/objects.ts";
import { type Manifest, parseManifests } from "../manifests/manifest.ts";
import { TLS_SECRET_PATH } from "../manifests/object-paths.ts";
import { kustomize } from "../manifests/render.ts";
import { waitUntil } from "../wait-until.ts";
import { type InstalledService, installService } from "./installed-service.ts";
import { inOwnNetwork, REPLICA_ADDRESSES } from "./own-network.ts";
import { type Replica, startReplica } from "./replica.ts";
import { missingRight, type Right, rightsOf, textOf } from "./rights.ts";

const [ADDRESS] = REPLICA_ADDRESSES;
const USER = "system:serviceaccount:pullring:pullring";

const isOfRights = ({ kind }: Manifest): boolean => /^(Cluster)?Role(Binding)?$/.test(kind);
const base = parseManifests(await kustomize()).filter(isOfRights);
const namespaced = parseManifests(await kustomize(["namespaced"])).filter(isOfRights);
const baseTexts = rightsOf(base).map(textOf);

/** The two ways in which the manifests give pullring its rights, and a namespace whose credentials may be read. */
const VARIANTS = [
  { title: "manifests/base", roles: base, tried: rightsOf(base), flags: [], namespace: "everywhere" },
  {
    title: "components/namespaced",
    roles: namespaced,
    // The rights to certificates are the same.
    tried: rightsOf(namespaced).filter((right) => !baseTexts.includes(textOf(right))),
    flags: ["--namespace=default"],
    namespace: "default",
  },
];

inOwnNetwork(import.meta.url, "pullring uses each of its rights and names a missing one", () => {
  let installed: InstalledService;
  before(async () => {
    installed = await installService();
    await installed.routeTo([ADDRESS]);
  });
  after(() => installed?.plane.stop());

  for (const { title, roles, tried, flags, namespace } of VARIANTS) {
    describe(`the rights of ${title}`, () => {
      before(async () => {
        const role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/pullring-credentials";
        await installed.plane.api.request("DELETE", role);
        await apply(installed.plane, roles);
      });

      test("are all used, no other is tried, and reads of credentials wait for nobody", async (context) => {
        const seen = new Set(installed.plane.auditEvents().map(({ auditID }) => auditID));
        const before = await exemptRequests(installed);
        await forgetCertificates(installed);
        const replica = await start(installed, `all ${namespace}`, flags);
        await replica.waitUntilReady();
        await useEverything(installed, namespace);
        await replica.process.end();
        const events = requestsOf(installed).filter(({ auditID }) => !seen.has(auditID));
        const refused = events.filter(({ responseStatus }) => responseStatus?.code === 403);
        assert.deepEqual(refused, []);
        const used = new Set(events.map((event) => usedRight(event, namespace === "everywhere")));
        assert.deepEqual([...used].sort(), rightsOf(roles).map(textOf).sort());
        const reads = new Set(events.filter(isReadOfCredentials).map(({ auditID }) => auditID)).size;
        context.diagnostic(`${reads} reads of credentials, all exempt`);
        assert.equal((await exemptRequests(installed)) - before, reads);
      });

      for (const [position, right] of tried.entries()) {
        test(`without "${textOf(right)}" that right is named`, async () => {
          await apply(installed.plane, [right.without]);
          try {
            await forgetCertificates(installed);
            await waitForDenial(installed, right);
            const replica = await start(installed, `${namespace} without ${position}`, flags);
            try {
              await assertNamed(installed, replica, missingRight(right));
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
async function assertNamed({ plane }: InstalledService, replica: Replica, named: string): Promise<void> {
  const words = await waitUntil(
    `words about "${named}"`,
    async () => {
      await useOnce(namespaceOf(plane.api, "default"));
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

/** The right that a request of pullring needed; a watch or list that selects one name counts as one of that name. */
function usedRight({ verb, requestURI, objectRef = {} }: AuditEvent, isClusterWide: boolean): string {
  const { resource = "", namespace = "" } = objectRef;
  const selector = new URL(requestURI, "https://server").searchParams.get("fieldSelector") ?? "";
  const selected = objectRef.name ?? /^metadata\.name=(.+)$/.exec(selector)?.[1];
  // A single ServiceAccount is read under a right to all of them; the right to certificates is that of one namespace.
  const name = resource === "serviceaccounts" ? undefined : selected;
  const isOfRole = namespace === "pullring" || (!isClusterWide && namespace !== "");
  return textOf({ verb, resource, name, namespace: isOfRole ? namespace : undefined });
}

function isReadOfCredentials({ verb, objectRef }: AuditEvent): boolean {
  const { resource = "" } = objectRef ?? {};
  return ["secrets", "serviceaccounts"].includes(resource) && ["get", "list", "watch"].includes(verb);
}

/** Requests so far that our FlowSchema sent past the limits of the API server, by its own count. */
async function exemptRequests({ plane }: InstalledService): Promise<number> {
  const { body } = await plane.api.request("GET", "/metrics");
  const counter =
    /^apiserver_flowcontrol_dispatched_requests_total\{flow_schema="pullring",priority_level="exempt"\} (.*)$/m;
  return Number(counter.exec(String(body))?.[1] ?? 0);
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
    await useOnce(namespace);
    return requestsOf(installed).some(
      ({ verb, objectRef }) =>
        verb === "get" && objectRef?.resource === "serviceaccounts" && objectRef.namespace === name,
    );
  });
}

/** A workload of an account that came right before it. */
async function useOnce(namespace: Namespace): Promise<void> {
  const name = `account-${Date.now()}`;
  await namespace.create("serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } });
  const pod = podOf("probe", "unknown.example/app", { serviceAccountName: name });
  // Refused, now and then, as the API server does not know the account yet.
  await namespace.create("pods", pod, "?dryRun=All").catch(() => undefined);
}

/** Without content, certificates have to be written again, which takes all rights to them. */
async function forgetCertificates(installed: InstalledService): Promise<void> {
  await installed.plane.api.request("DELETE", TLS_SECRET_PATH);
  await installed.applySecret();
  await installed.emptyBundles();
}

/** The API server reads a changed role a moment later. */
async function waitForDenial({ plane }: InstalledService, right: Right): Promise<void> {
  const { verb, resource, name, namespace } = right;
  const group = resource === "mutatingwebhookconfigurations" ? "admissionregistration.k8s.io" : "";
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user: USER, resourceAttributes: { verb, group, version: "v1", resource, name, namespace } },
  };
  await waitUntil(`the denial of ${textOf(right)}`, async () => {
    const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    const { status } = await plane.api.expect<{ status: { allowed: boolean } }>("POST", path, review);
    return !status.allowed;
  });
}
