/** Stories of the ways in which people and tools update what stands in git: none ends otherwise because of pullring. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { PATIENT, startInstalledPlane } from "../webhook/installed-plane.ts";
import type { Namespace } from "../webhook/namespace.ts";
import { credentialOf, pullSecretsOf, templateOf } from "../webhook/objects.ts";
import { endsAlike } from "./twice.ts";

const PRIVATE = "quay.io/acme/web:1";
const APPLY = "application/apply-patch+yaml";
const MERGE = "application/merge-patch+json";

/** A handled kind with a template at its `spec`. */
interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Its resource. */
  readonly plural: string;
  readonly spec?: object;
}

const KINDS: readonly Kind[] = [
  // A Deployment's controller writes to it as well.
  { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments", spec: { paused: true, replicas: 0 } },
  { apiVersion: "apps/v1", kind: "StatefulSet", plural: "statefulsets", spec: { serviceName: "web" } },
  { apiVersion: "apps/v1", kind: "DaemonSet", plural: "daemonsets" },
  { apiVersion: "apps/v1", kind: "ReplicaSet", plural: "replicasets" },
];

describe("with pullring, as without it", () => {
  let plane: ControlPlane;
  before(async () => {
    ({ plane } = await startInstalledPlane(PATIENT));
  });
  after(() => plane?.stop());

  /** Sends a request about the object `web`; gives its status. */
  async function send(
    { name }: Namespace,
    { apiVersion, plural }: Kind,
    [method, body, contentType, query = ""]: readonly [string, object, string?, string?],
  ): Promise<number> {
    const path = `/apis/${apiVersion}/namespaces/${name}/${plural}/web${query}`;
    return (await plane.api.request(method, path, body, contentType ? { contentType } : {})).status;
  }

  for (const kind of KINDS) {
    test(`a ${kind.kind} keeps its template through every way of applying it again`, () =>
      endsAlike(plane, async ({ namespace }) => {
        await namespace.create("secrets", credentialOf("h0", "quay.io"));
        const { apiVersion, plural } = kind;
        const template = templateOf("web", PRIVATE);
        const spec = { selector: { matchLabels: { app: "web" } }, template, ...kind.spec };
        const object = { apiVersion, kind: kind.kind, metadata: { name: "web" }, spec };
        const resource = `${apiVersion}/${plural}`;
        const stored = await namespace.create(resource, object);
        await namespace.create("secrets", credentialOf("h1", "quay.io"));
        const list = (imagePullSecrets: unknown): object => ({ spec: { template: { spec: { imagePullSecrets } } } });
        const statuses: number[] = [];
        for (const update of [
          ["PUT", object],
          ["PATCH", { spec }, MERGE],
          ["PATCH", list(null), MERGE],
          ["PATCH", list([]), MERGE],
          ["PATCH", [{ op: "replace", path: "/spec/template", value: template }], "application/json-patch+json"],
          ["PATCH", object, APPLY, "?fieldManager=one&force=true"],
          ["PATCH", object, APPLY, "?fieldManager=two"],
        ] as const) {
          statuses.push(await send(namespace, kind, update));
        }
        assert.deepEqual((await namespace.read(resource, "web")).spec, stored.spec);
        return statuses;
      }));
  }

  test("a suspended Job takes as many annotations, and keeps its list", () =>
    endsAlike(plane, async ({ namespace }) => {
      await namespace.create("secrets", credentialOf("quay", "quay.io"));
      const kind = { apiVersion: "batch/v1", kind: "Job", plural: "jobs" };
      const jobOf = (annotations: object): object => {
        const template = templateOf("web", PRIVATE, { restartPolicy: "Never" }) as { readonly metadata: object };
        const filled = { ...template, metadata: { ...template.metadata, annotations } };
        const selector = { matchLabels: { app: "web" } };
        const spec = { suspend: true, manualSelector: true, selector, template: filled };
        return { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name: "web" }, spec };
      };
      const stored = await namespace.create("batch/v1/jobs", jobOf({}));
      const long = "x".repeat(256 * 1024 - "long".length);
      const status = await send(namespace, kind, ["PUT", jobOf({ long })]);
      assert.deepEqual(pullSecretsOf(await namespace.read("batch/v1/jobs", "web")), pullSecretsOf(stored));
      return status;
    }));
});
