/** Stories of credentials that are worth nothing, belong to somebody, or are too many. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { PATIENT, startInstalledPlane } from "../webhook/installed-plane.ts";
import { credentialOf, deploymentOf, podOf, pullSecretsOf, rawCredentialOf, templateOf } from "../webhook/objects.ts";
import { endsAlike, tellTwice } from "./twice.ts";

const LOGIN = { username: "robot", password: "secret" };

describe("with pullring, as without it or better", () => {
  let plane: ControlPlane;
  before(async () => {
    ({ plane } = await startInstalledPlane(PATIENT));
  });
  after(() => plane?.stop());

  for (const entry of ["{}", '{"auth":"Og=="}', '{"username":"","password":""}'] as const) {
    test(`an entry ${entry} hides no good credential, and is not added itself`, async () => {
      const { served, alone } = await tellTwice(plane, async ({ namespace }) => {
        await namespace.create(
          "secrets",
          rawCredentialOf("empty", `{"auths":{"quay.io":${entry},"docker.io":${entry}}}`),
        );
        await namespace.create("secrets", credentialOf("good", "quay.io"));
        await namespace.create("secrets", credentialOf("hub", "https://index.docker.io/v1/"));
        const listed = { imagePullSecrets: [{ name: "empty" }] };
        const pods = [
          podOf("bare", "quay.io/acme/web:1"),
          podOf("hub", "acme/web:1"),
          podOf("own", "quay.io/a", listed),
        ];
        return Promise.all(pods.map(async (pod) => pullSecretsOf(await namespace.create("pods", pod))));
      });
      assert.deepEqual(alone, [[], [], ["empty"]]);
      assert.deepEqual(served, [["good"], ["hub"], ["empty", "good"]]);
    });
  }

  test("the credentials of CI runs stay with their Pods and Jobs", () =>
    endsAlike(plane, async ({ namespace }) => {
      // Owners that are not there would have the garbage collector delete the Secrets.
      const image = "registry.k8s.io/pause:3.10";
      const spec = { suspend: true, template: templateOf("run", image, { restartPolicy: "Never" }) };
      const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "run" }, spec };
      for (const [resource, owner] of [
        ["pods", podOf("run", image)],
        ["batch/v1/jobs", job],
      ] as const) {
        const { apiVersion, kind, metadata } = await namespace.create(resource, owner);
        const secret = credentialOf(`of-a-${kind.toLowerCase()}`, "quay.io") as { metadata: object };
        const ownerReferences = [{ apiVersion, kind, name: "run", uid: metadata.uid }];
        await namespace.create("secrets", { ...secret, metadata: { ...secret.metadata, ownerReferences } });
      }
      return pullSecretsOf(await namespace.create("apps/v1/deployments", deploymentOf("web", "quay.io/acme/web:1")));
    }));

  test("a listed Docker Hub credential stays in use", () =>
    endsAlike(plane, async ({ namespace, kubectl, isServed }) => {
      await namespace.create("secrets", credentialOf("hub", "https://index.docker.io/v1/"));
      const both = JSON.stringify({ auths: { "quay.io": LOGIN, "docker.io": LOGIN } });
      await namespace.create("secrets", rawCredentialOf("both", both));
      const pod = podOf("web", "acme/web:1", {
        initContainers: [{ name: "init", image: "quay.io/acme/init:1" }],
        imagePullSecrets: [{ name: "hub" }],
      });
      const { isDone, stderr } = await kubectl(["create", "-f", "-"], [pod]);
      assert.ok(isDone);
      assert.equal(/"both" was left out/.test(stderr), isServed);
      return pullSecretsOf(await namespace.read("pods", "web"));
    }));

  test("a docker config of 40,000 entries is as if it were not there, and stays where a person lists it", async () => {
    const { served, alone } = await tellTwice(plane, async ({ namespace }) => {
      const keys = ["quay.io", ...Array.from({ length: 40_000 }, (_, index) => index.toString(36))];
      const auths = Object.fromEntries(keys.map((key) => [key, { auth: "dTpw" }]));
      await namespace.create("secrets", rawCredentialOf("a-long-one", JSON.stringify({ auths })));
      await namespace.create("secrets", credentialOf("good", "quay.io"));
      const listed = { imagePullSecrets: [{ name: "a-long-one" }] };
      const pods = [podOf("bare", "quay.io/acme/web:1"), podOf("own", "quay.io/acme/web:1", listed)];
      return Promise.all(pods.map(async (pod) => pullSecretsOf(await namespace.create("pods", pod))));
    });
    assert.deepEqual(alone, [[], ["a-long-one"]]);
    assert.deepEqual(served, [["good"], ["a-long-one", "good"]]);
  });

  test("an image gets its credential beside another that has 20", async () => {
    const { served, alone } = await tellTwice(plane, async ({ namespace }) => {
      for (let number = 10; number < 30; number += 1) {
        await namespace.create("secrets", credentialOf(`c${number}`, "quay.io"));
      }
      await namespace.create("secrets", credentialOf("ghcr", "ghcr.io"));
      const initContainers = [{ name: "init", image: "quay.io/acme/init:1" }];
      return pullSecretsOf(await namespace.create("pods", podOf("web", "ghcr.io/acme/web:1", { initContainers })));
    });
    assert.deepEqual([served.length, served.at(-1), alone], [16, "ghcr", []]);
  });

  test("of 40 credentials that serve 16 are added", async () => {
    const { served } = await tellTwice(plane, async ({ namespace }) => {
      for (let number = 10; number < 50; number += 1) {
        await namespace.create("secrets", credentialOf(`c${number}`, "quay.io"));
      }
      return pullSecretsOf(await namespace.create("pods", podOf("web", "quay.io/acme/web:1")));
    });
    assert.equal(served.length, 16);
  });
});
