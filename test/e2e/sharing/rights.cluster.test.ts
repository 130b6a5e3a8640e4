/**
 * The rights of the controller of manifests/components/sharing, both ways: each is used and no other is tried, and without any of
 * them the log or `/readyz` names exactly the one that is missing.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { missingRight, type Right, rightsOf, textOf } from "../../install/rights.ts";
import { parseManifests } from "../../manifests/manifest.ts";
import { kustomize } from "../../manifests/render.ts";
import { waitUntil } from "../../wait-until.ts";
import type { ApiClient } from "../control-plane/api-client.ts";
import type { AuditEvent } from "../control-plane/audit-log.ts";
import { apply } from "../webhook/install.ts";
import type { Namespace } from "../webhook/namespace.ts";
import {
  createNamespaces,
  payloadOf,
  type SharedPlane,
  setLabels,
  sharedCredential,
  startSharedPlane,
  waitForCopy,
  waitForNone,
} from "./shared-plane.ts";

const USER = "system:serviceaccount:pullring:pullring-sharing";
const roles = parseManifests(await kustomize(["sharing"])).filter(
  ({ metadata }) => metadata.name === "pullring-sharing",
);
const rights = rightsOf(roles);

describe("the rights of the component sharing", () => {
  let bed: SharedPlane;
  let api: ApiClient;
  let team: Namespace;
  let taken: Namespace;
  let seen: ReadonlySet<string>;
  before(async () => {
    bed = await startSharedPlane();
    api = bed.api;
    [team, taken] = (await createNamespaces(api, ["team", "taken"], { team: "a" })) as [Namespace, Namespace];
    await taken.create("secrets", { ...sharedCredential("hub", "x"), metadata: { name: "hub" } });
    seen = new Set(bed.plane.auditEvents().map(({ auditID }) => auditID));
  });
  after(() => bed?.plane.stop());

  /** Something to create, to replace, to remove and to tell of; what cannot be done in a while is left. */
  async function work(): Promise<void> {
    const round = Math.random().toString(36).slice(2, 8);
    await bed.shared.remove("secrets", "hub").catch(() => undefined);
    await bed.shared.create("secrets", sharedCredential("hub", "team=a"));
    await setLabels(api, team, { team: "a" });
    const waits = { timeoutMs: 4_000 };
    await waitForCopy(api, team, "hub", undefined, waits).catch(() => undefined);
    await bed.shared.patch("secrets", "hub", { data: payloadOf(round) });
    await waitForCopy(api, team, "hub", round, waits).catch(() => undefined);
    await setLabels(api, team, { team: null });
    await waitForNone(api, team, "hub", waits).catch(() => undefined);
  }

  test("are all used, and no other is tried", async () => {
    const controller = await bed.start("all");
    await work();
    await waitUntil("an Event", async () => (await bed.shared.list("events")).length > 0);
    await controller.process.end();
    const events = bed.plane.auditEvents().filter(({ user, auditID }) => user.username === USER && !seen.has(auditID));
    assert.deepEqual(
      events.filter(({ responseStatus }) => responseStatus?.code === 403),
      [],
    );
    assert.deepEqual([...new Set(events.map(usedRight))].sort(), rights.map(textOf).sort());
  });

  for (const [position, right] of rights.entries()) {
    test(`without "${textOf(right)}" that right is named`, async () => {
      await apply(bed.plane, [right.without]);
      try {
        await waitForDenial(right);
        await api.expect("DELETE", "/api/v1/namespaces/pullring-shared/events");
        const controller = await bed.start(`without-${position}`, [], false);
        try {
          const named = missingRight(right);
          const words = await waitUntil(
            `words about "${named}"`,
            async () => {
              await work();
              const text = `${(await controller.admin("/readyz")).text}${controller.process.readLog()}`;
              return text.includes(named) && text;
            },
            { timeoutMs: 120_000 },
          );
          const all = new Set(words.match(/missing right: [^",;()\n\\]+/g)?.map((text) => text.trim()));
          assert.deepEqual([...all], [named]);
        } finally {
          await controller.process.end("SIGKILL");
        }
      } finally {
        await apply(bed.plane, [right.role]);
      }
    });
  }

  /** The API server reads a changed role a moment later. */
  async function waitForDenial({ verb, resource, name, namespace }: Right): Promise<void> {
    const group = resource === "mutatingwebhookconfigurations" ? "admissionregistration.k8s.io" : "";
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { user: USER, resourceAttributes: { verb, group, version: "v1", resource, name, namespace } },
    };
    await waitUntil(`the denial of ${verb} ${resource}`, async () => {
      const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
      const { status } = await api.expect<{ status: { allowed: boolean } }>("POST", path, review);
      return !status.allowed;
    });
  }
});

/** The right that a request needed: only that to the webhook configuration is one to a name, that to Events one of a Role. */
function usedRight({ verb, objectRef = {} }: AuditEvent): string {
  const { resource = "" } = objectRef;
  const name = resource === "mutatingwebhookconfigurations" ? objectRef.name : undefined;
  return textOf({ verb, resource, name, namespace: resource === "events" ? "pullring-shared" : undefined });
}
