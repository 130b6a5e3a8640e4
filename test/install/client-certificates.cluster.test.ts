/** The component `client-certificates` with a real API server that shows a certificate, shows none, or shows a wrong one. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createNamespace, type Namespace } from "../e2e/webhook/namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "../e2e/webhook/objects.ts";
import { argumentsOf } from "../manifests/manifest.ts";
import { type IssuedCertificate, issue, makeCa } from "../server/client-certificates.ts";
import { send } from "../server/running-server.ts";
import { waitUntil } from "../wait-until.ts";
import { type InstalledService, installService } from "./installed-service.ts";
import { inOwnNetwork, REPLICA_ADDRESSES } from "./own-network.ts";
import { type Replica, startReplica, WEBHOOK_PORT } from "./replica.ts";

const [ADDRESS] = REPLICA_ADDRESSES;

inOwnNetwork(import.meta.url, "pullring answers API servers with a certificate alone", () => {
  describe("pullring with the component client-certificates", () => {
    let installed: InstalledService;
    let admission: AdmissionKubeconfig;
    let replica: Replica;
    let authority: IssuedCertificate;
    let stranger: IssuedCertificate;
    let namespace: Namespace;
    let pods = 0;
    const directory = mkdtempSync(join(tmpdir(), "pullring-test-"));

    before(async () => {
      authority = await makeCa("cluster clients");
      stranger = await issue(await makeCa("others"), "kube-apiserver");
      admission = writeAdmissionKubeconfig(directory);
      admission.showAs(await issue(authority, "kube-apiserver"));
      installed = await installService(["client-certificates"], admission.apiServerFlags);
      const caFile = join(directory, "ca.crt");
      writeFileSync(caFile, authority.cert);
      const flags = [
        ...argumentsOf(installed.manifests)
          .filter((flag) => flag.startsWith("--client-"))
          .map((flag) => flag.replace("/client-ca/ca.crt", caFile)),
        "--client-allowed-names=kube-apiserver",
      ];
      assert.equal(flags.length, 2);
      const { plane, kubeconfig } = installed;
      await installed.routeTo([ADDRESS]);
      replica = await startReplica(plane, { name: "gated", kubeconfig, address: ADDRESS, flags });
      await replica.waitUntilReady();
      namespace = await createNamespace(plane.api, "gated");
      await namespace.create("secrets", credentialOf("testquay", "quay.io"));
    });
    after(async () => {
      await installed?.plane.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    /** Names in the list of a Pod that is created now. */
    async function createPod(): Promise<readonly string[]> {
      pods += 1;
      return pullSecretsOf(await namespace.create("pods", podOf(`web-${pods}`, "quay.io/acme/web:1")));
    }

    test("an API server with a certificate gets its Pods injected", async () => {
      await waitUntil("an injected Pod", async () => (await createPod()).includes("testquay"));
      for (let count = 0; count < 20; count++) assert.deepEqual(await createPod(), ["testquay"]);
      assert.deepEqual(rejections(), []);
    });

    test("another client is refused with and without a certificate of its own", async () => {
      const [bundle = ""] = await installed.readBundles();
      const ca = Buffer.from(bundle, "base64").toString();
      const scheduler = await issue(authority, "kube-scheduler");
      const statuses: number[] = [];
      for (const client of [{}, stranger, scheduler]) {
        const agent = new Agent({ ca, servername: "pullring.pullring.svc", ...client });
        const { status, text } = await send(agent, WEBHOOK_PORT, { body: "{}", host: ADDRESS });
        agent.destroy();
        statuses.push(status);
        assert.match(text, /client certificate/);
      }
      assert.deepEqual(statuses, [401, 403, 403]);
    });

    test("Pods of an API server without a certificate, or with a wrong one, are stored without Secret", async () => {
      for (const client of [undefined, stranger]) {
        admission.showAs(client);
        await installed.plane.restartApiServer();
        await waitForConfigurations();
        for (let count = 0; count < 5; count++) assert.deepEqual(await createPod(), []);
      }
      const reasons = rejections();
      assert.ok(reasons.includes("no-certificate"));
      assert.ok(reasons.filter((reason) => reason === "untrusted-certificate").length > 1);
    });

    test("with the certificate it is as before", async () => {
      admission.showAs(await issue(authority, "kube-apiserver"));
      await installed.plane.restartApiServer();
      await waitUntil("an injected Pod", async () => (await createPod()).includes("testquay"));
    });

    /** The reason of each refusal so far. */
    function rejections(): readonly string[] {
      const lines = replica.process.readLog().matchAll(/"reason":"([a-z-]+)".*"msg":"Rejected a client"/g);
      return [...lines].map(([, reason]) => reason ?? "");
    }

    /** An API server that has just started calls a webhook only once it has read the configurations: until it was refused. */
    async function waitForConfigurations(): Promise<void> {
      const before = rejections().length;
      await waitUntil("a refused call", async () => {
        await createPod();
        return rejections().length > before;
      });
    }
  });
});

/** What the API server is started with; who it shows itself as can be changed between two starts. */
interface AdmissionKubeconfig {
  readonly apiServerFlags: readonly string[];
  /** undefined: it shows no certificate. */
  showAs(client: IssuedCertificate | undefined): void;
}

/**
 * Configures the client certificate of the API server towards webhooks as docs/security.md says, by files in `directory`: an admission
 * configuration whose kubeconfig names a user for the Service of pullring. Without a certificate at first.
 */
function writeAdmissionKubeconfig(directory: string): AdmissionKubeconfig {
  const path = (name: string): string => join(directory, name);
  const write = (name: string, content: object): void => writeFileSync(path(name), JSON.stringify(content));
  write("admission.yaml", {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AdmissionConfiguration",
    plugins: [
      {
        name: "MutatingAdmissionWebhook",
        configuration: {
          apiVersion: "apiserver.config.k8s.io/v1",
          kind: "WebhookAdmissionConfiguration",
          kubeConfigFile: path("webhooks.kubeconfig"),
        },
      },
    ],
  });
  const showAs: AdmissionKubeconfig["showAs"] = (client) => {
    const files = { "client-certificate": path("client.crt"), "client-key": path("client.key") };
    if (client !== undefined) {
      writeFileSync(files["client-certificate"], client.cert);
      writeFileSync(files["client-key"], client.key, { mode: 0o600 });
    }
    const users = client === undefined ? [] : [{ name: "pullring.pullring.svc", user: files }];
    write("webhooks.kubeconfig", { apiVersion: "v1", kind: "Config", users });
  };
  showAs(undefined);
  return { apiServerFlags: [`--admission-control-config-file=${path("admission.yaml")}`], showAs };
}
