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
import { type ControllerProcess, createControllerIdentity, startController } from "../webhook/controller-process.ts";
import { ENDPOINT_SLICES, endpointSliceOf } from "../webhook/endpoint-slice.ts";
import { apply } from "../webhook/install.ts";
import { createNamespace, type Namespace } from "../webhook/namespace.ts";
import { credentialOf } from "../webhook/objects.ts";
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
    // Nobody answers for it, so that each new Pod comes without its Secret and there is always something to do.
    await apply(plane, [onlyOf(manifests, "MutatingWebhookConfiguration")]);
    kubeconfig = await createControllerIdentity(plane);
    namespace = await createNamespace(plane.api, "apps");
    await createOwners(plane, namespace);
    await plane.api.expect("POST", ENDPOINT_SLICES, endpointSliceOf());
    await letAllWait();
    await namespace.create("secrets", credentialOf("team", "registry.example"));
    seen = new Set(plane.auditEvents().map(({ auditID }) => auditID));
  });
  after(() => plane?.stop());

  /** Gives the uids of the Pods. */
  async function letAllWait(): Promise<readonly string[]> {
    const uids: string[] = [];
    for (const app of OWNERS) {
      // A Pod that was evicted a moment ago may be gone before its status is written.
      const pods = await waitUntil(`waiting Pods of ${app}`, () =>
        letPodsWait(plane.api, namespace, { labelSelector: `app=${app}`, count: 1 }).catch(() => undefined),
      );
      uids.push(...pods.map(({ metadata }) => metadata.uid));
    }
    return uids;
  }

  const start = (name: string, isReady?: false): Promise<ControllerProcess> =>
    startController(plane, {
      kubeconfig,
      flags: ["--heal", "--heal-interval=100ms"],
      name,
      ...(isReady === false && { isReady }),
    });

  test("are all used, and no other is tried", async () => {
    const uids = await letAllWait();
    const controller = await start("all");
    for (const uid of uids) await waitUntilSaid(namespace, uid, /^EvictedForPullSecret/);
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
        await letAllWait();
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
  async function waitForDenial({ verb, resource, name, namespace, role }: Right): Promise<void> {
    const [plural, subresource] = resource.split("/");
    const rules = role.rules as readonly {
      readonly apiGroups: readonly string[];
      readonly resources: readonly string[];
    }[];
    const group = rules.find(({ resources }) => resources.includes(resource))?.apiGroups[0];
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: USER,
        resourceAttributes: { verb, group, version: "v1", resource: plural, subresource, name, namespace },
      },
    };
    await waitUntil(`the denial of ${verb} ${resource}`, async () => {
      const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
      const { status } = await plane.api.expect<{ status: { allowed: boolean } }>("POST", path, review);
      return !status.allowed;
    });
  }
});

/** The right that a request needed: only that to the webhook configuration is one to a name, that to the endpoints one of a Role. */
function usedRight({ verb, objectRef = {} }: AuditEvent): string {
  const { resource: plural = "", subresource } = objectRef;
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
  const name = resource === "mutatingwebhookconfigurations" ? objectRef.name : undefined;
  return textOf({ verb, resource, name, namespace: resource === "endpointslices" ? "pullring" : undefined });
}
