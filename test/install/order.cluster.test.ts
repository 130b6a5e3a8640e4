/** Every order of installing and uninstalling with replicas that run meanwhile: each ends in working, and none blocks anybody. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { apply, createIdentity } from "../e2e/webhook/install.ts";
import { namespaceOf } from "../e2e/webhook/namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "../e2e/webhook/objects.ts";
import { onlyOf, repositoryRoot } from "../manifests/manifest.ts";
import { CONFIGURATION_PATH, TLS_SECRET_PATH } from "../manifests/object-paths.ts";
import { waitUntil } from "../wait-until.ts";
import { type InstalledService, installService } from "./installed-service.ts";
import { inOwnNetwork, REPLICA_ADDRESSES } from "./own-network.ts";
import { type Replica, startReplica } from "./replica.ts";

const installYaml = fileURLToPath(new URL("manifests/install.yaml", repositoryRoot));
const ADDRESSES = REPLICA_ADDRESSES.slice(0, 2);

inOwnNetwork(import.meta.url, "pullring survives every order of installation", () => {
  describe("pullring", () => {
    let installed: InstalledService;
    let replicas: readonly Replica[] = [];
    before(async () => {
      installed = await installService();
      await namespaceOf(installed.plane.api, "default").create("secrets", credentialOf("cred", "r.example"));
    });
    after(() => installed?.plane.stop());

    /** Names in the list of a Pod that is made now; a request that is refused ends the test. */
    const injected = async (): Promise<string> => {
      const { api } = installed.plane;
      const pod = await namespaceOf(api, "default").create("pods", podOf("probe", "r.example/app"), "?dryRun=All");
      return pullSecretsOf(pod).join();
    };
    const startBoth = async (): Promise<void> => {
      const { plane, kubeconfig } = installed;
      const flags = ["--drain-grace=0s", "--tls-poll=1s"];
      replicas = await Promise.all(
        ADDRESSES.map((address) => startReplica(plane, { name: `at-${address}`, kubeconfig, address, flags })),
      );
    };
    /** Starts both, waits until they are ready, and has the Service lead to them. */
    const startAndRoute = async (): Promise<void> => {
      await startBoth();
      await Promise.all(replicas.map((replica) => replica.waitUntilReady()));
      await installed.routeTo(ADDRESSES);
    };
    const waitForInjection = () => waitUntil("an injection", async () => (await injected()) === "cred");
    const endBoth = (): Promise<readonly unknown[]> => Promise.all(replicas.map(({ process }) => process.end()));
    /** Waits until each replica gives a reason with these words for not being ready. */
    const eachSays = (words: string): Promise<unknown> =>
      waitUntil(`"${words}" of each replica`, async () => {
        const answers = await Promise.all(replicas.map((replica) => replica.readiness()));
        return answers.every((answer) => answer?.status === 503 && answer.text.includes(words));
      });

    test("waits for its Secret, and is ready before its configuration, when its Pods come first", async () => {
      const { api } = installed.plane;
      await api.expect("DELETE", CONFIGURATION_PATH);
      await api.expect("DELETE", TLS_SECRET_PATH);
      await startBoth();
      await eachSays("Secret pullring/pullring-tls");
      assert.equal(await injected(), "");
      await installed.applySecret();
      await Promise.all(replicas.map((replica) => replica.waitUntilReady()));
      await installed.routeTo(ADDRESSES);
      assert.equal(await injected(), "");
      await apply(installed.plane, [onlyOf(installed.manifests, "MutatingWebhookConfiguration")]);
      await waitForInjection();
    });

    test("holds up nobody while its configuration is there and its Pods are not", async () => {
      await endBoth();
      await installed.routeTo([]);
      await waitUntil("a Pod as it was written", async () => (await injected()) === "");
      await startAndRoute();
      await waitForInjection();
    });

    test("agrees on one certificate when two Pods start at once and there has never been any", async () => {
      await endBoth();
      await installed.plane.api.expect("DELETE", TLS_SECRET_PATH);
      await installed.applySecret();
      await installed.emptyBundles();
      await startBoth();
      await Promise.all(replicas.map((replica) => replica.waitUntilReady()));
      for (const address of ADDRESSES) {
        await installed.routeTo([address]);
        await waitUntil(`an injection by ${address}`, async () => (await injected()) === "cred");
      }
    });

    test("blocks nothing and goes quietly when it is uninstalled while it runs", async () => {
      await installed.routeTo(ADDRESSES);
      await installed.plane.kubectl(["delete", "--ignore-not-found", "-f", installYaml]);
      assert.equal(await injected(), "");
      assert.deepEqual(await endBoth(), [
        { code: 0, signal: null },
        { code: 0, signal: null },
      ]);
    });

    test("works again after it was installed again", async () => {
      await installed.plane.kubectl(["apply", "-f", installYaml]);
      await createIdentity(installed.plane);
      await startAndRoute();
      await waitForInjection();
    });
  });
});
