/**
 * The rights of manifests/components/healing, both ways: each is used and no other is tried, and without any of them the log or
 * `/readyz` names exactly the one that is missing.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { missingRight, type Right, rightsOf, textOf } from "../../install/rights.ts";
import { onlyOf, parseManifests } from "../../manifests/manifest.ts";
import { kustomize } from "../../manifests/render.ts";
import { waitUntil } from "../../wait-until.ts";
import type { AuditEvent } from "../control-plane/audit-log.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { apply } from "../webhook/install.ts";
import { createNamespace, type Namespace } from "../webhook/namespace.ts";
import { credentialOf } from "../webhook/objects.ts";
import { type ControllerProcess, createControllerIdentity, startController } from "./controller-process.ts";
import { createOwners, OWNERS } from "./owners.ts";
import { letPodsWait, waitUntilSaid } from "./waiting-pods.ts";

const USER = "system:serviceaccount:pullring:pullring-controller";
const manifests = parseManifests(await kustomize(["healing"]));
const roles = manifests.filter(({ metadata }) => metadata.name === "pullring-healing");
const rights = rightsOf(roles);

describe("the rights of the component healing", () => {
  let plane: ControlPlane;
  let kubeconfig: string;
  let namespace: Namespace;
  let seen: ReadonlySet<string>;
  before(async () => {
    plane = await startControlPlane({ auditLog: true });
    // Nobody answers for it, and it is read all the same.
    await apply(plane, [onlyOf(manifests, "MutatingWebhookConfiguration")]);
    kubeconfig = await createControllerIdentity(plane);
    namespace = await createNamespace(plane.api, "apps");
    await createOwners(plane, namespace);
    await letAllWait();
    await namespace.create("secrets", credentialOf("team", "registry.example"));
    seen = new Set(plane.auditEvents().map(({ auditID }) => auditID));
  });
  after(() => plane?.stop());

  async function letAllWait(): Promise<void> {
    for (const app of OWNERS) await letPodsWait(plane.api, namespace, { labelSelector: `app=${app}`, count: 1 });
  }

  const start = (name: string, isReady?: false): Promise<ControllerProcess> =>
    startController(plane, { kubeconfig, flags: ["--heal=report"], name, ...(isReady === false && { isReady }) });

  test("are all used, and no other is tried", async () => {
    const controller = await start("all");
    for (const app of OWNERS) {
      const [pod] = await namespace.list("pods", `app=${app}`);
      await waitUntilSaid(namespace, String(pod?.metadata.uid), /^PullSecretMissing/);
    }
    await controller.process.end();
    const events = plane.auditEvents().filter(({ user, auditID }) => user.username === USER && !seen.has(auditID));
    assert.deepEqual(
      events.filter(({ responseStatus }) => responseStatus?.code === 403),
      [],
    );
    const used = new Set(events.map(usedRight));
    assert.deepEqual([...used].sort(), rights.map(textOf).sort());
  });

  for (const [position, right] of rights.entries()) {
    test(`without "${textOf(right)}" that right is named`, async () => {
      await apply(plane, [right.without]);
      try {
        await waitForDenial(right);
        await forgetEvents();
        const controller = await start(`without-${position}`, false);
        try {
          const named = missingRight(right);
          const words = await waitUntil(`words about "${named}"`, async () => {
            const text = `${(await controller.admin("/readyz")).text}${controller.process.readLog()}`;
            return text.includes(named) && text;
          });
          const all = new Set(words.match(/missing right: [^",;()\n\\]+/g)?.map((text) => text.trim()));
          assert.deepEqual([...all], [named]);
        } finally {
          await controller.process.end("SIGKILL");
        }
      } finally {
        await apply(plane, [right.role]);
      }
    });
  }

  /** What was said is said again. */
  async function forgetEvents(): Promise<void> {
    await plane.api.expect("DELETE", "/api/v1/namespaces/apps/events");
  }

  /** The API server reads a changed role a moment later. */
  async function waitForDenial({ verb, resource, name, role }: Right): Promise<void> {
    const rules = role.rules as readonly {
      readonly apiGroups: readonly string[];
      readonly resources: readonly string[];
    }[];
    const group = rules.find(({ resources }) => resources.includes(resource))?.apiGroups[0];
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { user: USER, resourceAttributes: { verb, group, version: "v1", resource, name } },
    };
    await waitUntil(`the denial of ${verb} ${resource}`, async () => {
      const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
      const { status } = await plane.api.expect<{ status: { allowed: boolean } }>("POST", path, review);
      return !status.allowed;
    });
  }
});

/** The right that a request needed: only that to the webhook configuration is one to a name. */
function usedRight({ verb, objectRef = {} }: AuditEvent): string {
  const { resource = "" } = objectRef;
  const name = resource === "mutatingwebhookconfigurations" ? objectRef.name : undefined;
  return textOf({ verb, resource, name, namespace: undefined });
}
