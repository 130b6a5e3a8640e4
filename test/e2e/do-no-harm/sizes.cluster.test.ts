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
});
