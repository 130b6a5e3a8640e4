/** Stories of objects that are as long as the API server takes them: one that an addition would make too long is stored without it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { PATIENT, startInstalledPlane } from "../webhook/installed-plane.ts";
import { createNamespace } from "../webhook/namespace.ts";
import { credentialOf, deploymentOf, type PodSpecParts, podOf, pullSecretsOf } from "../webhook/objects.ts";
import { tellTwice } from "./twice.ts";

const PRIVATE = "quay.io/acme/web:1";
/** An addition of this name takes far more room than what differs between two objects of the same length. */
const NAME = "q".repeat(250);
const ROOM = 100;
const OPTED_OUT = { labels: { "pullring.dev/inject": "false" } };

/** Makes an object that holds a text of so many letters. */
type Maker = (letters: number) => object;

describe("with pullring, as without it", () => {
  let plane: ControlPlane;
  before(async () => {
    ({ plane } = await startInstalledPlane(PATIENT));
  });
  after(() => plane?.stop());

  let scratched = 0;

  /** The most letters that are stored. */
  async function longestStored(resource: string, make: Maker): Promise<number> {
    const namespace = await createNamespace(plane.api, `scratch-${scratched++}`, OPTED_OUT);
    let [stored, refused] = [0, 2 * 1024 * 1024];
    for (let step = 10; refused - stored > 1; step++) {
      const middle = Math.floor((stored + refused) / 2);
      // As long as the name "web". Nothing is deleted: what is as long as can be has no room for the time of its deletion.
      const object = { ...make(middle), metadata: { name: `w${step}` } };
      const isStored = await namespace.create(resource, object).then(
        () => true,
        () => false,
      );
      [stored, refused] = isStored ? [middle, refused] : [stored, middle];
    }
    return stored;
  }

  for (const letter of ["x", "ü"]) {
    const command = (letters: number): PodSpecParts => ({
      containers: [{ name: "main", image: PRIVATE, command: [letter.repeat(letters)] }],
    });
    const paused = (letters: number, metadata?: object): object => {
      const { spec, ...deployment } = deploymentOf("web", PRIVATE, command(metadata ? 0 : letters)) as {
        readonly spec: { readonly template: object };
      };
      const template = { ...spec.template, ...(metadata && { metadata: { labels: { app: "web" }, ...metadata } }) };
      return { ...deployment, spec: { ...spec, paused: true, template } };
    };
    for (const [title, resource, make] of [
      ["Pod", "pods", (letters) => podOf("web", PRIVATE, command(letters))],
      ["Deployment", "apps/v1/deployments", (letters) => paused(letters)],
      [
        "Deployment's annotations",
        "apps/v1/deployments",
        (letters) => paused(letters, { annotations: { long: letter.repeat(letters) } }),
      ],
    ] as readonly (readonly [string, string, Maker])[]) {
      test(`a ${title} of "${letter}" as long as can be stored`, async () => {
        const letters = (await longestStored(resource, make)) - ROOM;
        const { served, alone } = await tellTwice(plane, async ({ namespace, kubectl }) => {
          await namespace.create("secrets", credentialOf(NAME, "quay.io"));
          const { isDone, stderr } = await kubectl(["create", "-f", "-"], [make(letters)]);
          assert.ok(isDone, stderr.slice(0, 500));
          return [/too large/.test(stderr), ...pullSecretsOf(await namespace.read(resource, "web"))];
        });
        assert.deepEqual([served, alone], [[true], [false]]);
      });
    }
  }

  test("a Deployment whose ServiceAccount lists more than there is room for", async () => {
    const { served, alone } = await tellTwice(plane, async ({ namespace, kubectl }) => {
      await namespace.create("secrets", credentialOf("quay", "quay.io"));
      const imagePullSecrets = Array.from({ length: 800 }, (_, index) => ({ name: String(index).padEnd(250, "n") }));
      const metadata = { name: "long" };
      await namespace.create("serviceaccounts", {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata,
        imagePullSecrets,
      });
      const spec = { serviceAccountName: "long", ...longCommand(1_300_000) };
      const { isDone, stderr } = await kubectl(["create", "-f", "-"], [paused(deploymentOf("web", PRIVATE, spec))]);
      assert.ok(isDone, stderr.slice(0, 500));
      return [/too large/.test(stderr), ...pullSecretsOf(await namespace.read("apps/v1/deployments", "web"))];
    });
    assert.deepEqual([served, alone], [[true], [false]]);
  });

  for (const [title, letters, isPutBack] of [
    ["that has no room for the stored names", 1_305_000, false],
    ["that has room for them", 1_200_000, true],
  ] as const) {
    test(`an update of the annotations of a Deployment ${title}`, async () => {
      const { served, alone } = await tellTwice(plane, async ({ namespace, isServed }) => {
        for (let index = 10; index < 26; index++) {
          await namespace.create("secrets", credentialOf(String(index).padEnd(250, "c"), "quay.io"));
        }
        const deployment = paused(deploymentOf("web", PRIVATE, longCommand(letters)));
        const stored = await namespace.create("apps/v1/deployments", deployment);
        assert.equal(pullSecretsOf(stored).length, isServed ? 16 : 0);
        const put = { ...deployment, metadata: { name: "web", annotations: { long: "x".repeat(262_000) } } };
        const path = `/apis/apps/v1/namespaces/${namespace.name}/deployments/web`;
        const { status } = await plane.api.request("PUT", path, put);
        return [status, pullSecretsOf(await namespace.read("apps/v1/deployments", "web")).length];
      });
      assert.deepEqual(
        [served, alone],
        [
          [200, isPutBack ? 16 : 0],
          [200, 0],
        ],
      );
    });
  }
});

function longCommand(letters: number): PodSpecParts {
  return { containers: [{ name: "main", image: PRIVATE, command: ["x".repeat(letters)] }] };
}

/** Without ReplicaSets and Pods: copies as long as that take time. */
function paused(deployment: object): object {
  const { spec, ...others } = deployment as { readonly spec: object };
  return { ...others, spec: { ...spec, paused: true } };
}
