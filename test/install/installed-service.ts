/**
 * A control plane with everything of manifests/base but the Deployment: namespace, rights, Secret, Service and webhook
 * configuration as they are. Which addresses stand behind the Service is the test's choice. It starts no pullring.
 */
import { type ControlPlane, startControlPlane } from "../e2e/control-plane/control-plane.ts";
import { apply, createIdentity } from "../e2e/webhook/install.ts";
import { type Manifest, onlyOf, parseManifests } from "../manifests/manifest.ts";
import { CONFIGURATION_PATH } from "../manifests/object-paths.ts";
import { kustomize } from "../manifests/render.ts";
import { WEBHOOK_PORT } from "./replica.ts";

/** A Pod as an EndpointSlice names it. */
export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready: boolean; readonly serving?: boolean; readonly terminating?: boolean };
}

/** What a test of the installation works with. */
export interface InstalledService {
  readonly plane: ControlPlane;
  /** Kubeconfig of pullring's ServiceAccount. */
  readonly kubeconfig: string;
  /** Everything that was rendered, the Deployment too. */
  readonly manifests: readonly Manifest[];
  /** Has the Service lead to these addresses and no others, all ready. */
  routeTo(addresses: readonly string[]): Promise<void>;
  /** Writes the endpoints of the Service as they are. */
  writeEndpoints(endpoints: readonly Endpoint[]): Promise<void>;
  /** Applies the Secret of the manifests again, as a person does after it was deleted. */
  applySecret(): Promise<void>;
  /** The caBundle of each webhook, base64; "" where there is none. */
  readBundles(): Promise<readonly string[]>;
  /** Removes the caBundle of each webhook. */
  emptyBundles(): Promise<void>;
}

/** Starts and installs, with further flags of the API server. The control plane is stopped again when anything of that fails. */
export async function installService(
  components: readonly string[] = [],
  apiServerFlags: readonly string[] = [],
): Promise<InstalledService> {
  const manifests = parseManifests(await kustomize(components));
  const plane = await startControlPlane({
    auditLog: true,
    apiServerFlags: ["--enable-aggregator-routing=true", ...apiServerFlags],
  });
  try {
    const { kubeconfig } = await createIdentity(plane);
    const secret = onlyOf(manifests, "Secret");
    const ours = [secret, onlyOf(manifests, "Service"), onlyOf(manifests, "MutatingWebhookConfiguration")];
    await apply(plane, ours);
    const writeEndpoints = async (endpoints: readonly Endpoint[]): Promise<void> => {
      const slice = {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "test", labels: { "kubernetes.io/service-name": "pullring" } },
        addressType: "IPv4",
        endpoints,
        ports: [{ name: "https", port: WEBHOOK_PORT, protocol: "TCP" }],
      };
      // Applied, so that it is made where it is not, as after the namespace was removed.
      const path = "/apis/discovery.k8s.io/v1/namespaces/pullring/endpointslices/test?fieldManager=test&force=true";
      await plane.api.expect("PATCH", path, slice, { contentType: "application/apply-patch+yaml" });
    };
    await writeEndpoints([]);
    return {
      plane,
      kubeconfig,
      manifests,
      routeTo: (addresses) =>
        writeEndpoints(addresses.map((address) => ({ addresses: [address], conditions: { ready: true } }))),
      writeEndpoints,
      applySecret: () => apply(plane, [secret]),
      readBundles: async () => (await readWebhooks(plane)).map(({ clientConfig }) => clientConfig.caBundle ?? ""),
      emptyBundles: async () => {
        const webhooks = (await readWebhooks(plane)).map((webhook) => {
          const { caBundle: _, ...clientConfig } = webhook.clientConfig;
          return { ...webhook, clientConfig };
        });
        await plane.api.expect("PATCH", CONFIGURATION_PATH, { webhooks });
      },
    };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

async function readWebhooks({ api }: ControlPlane): Promise<readonly { clientConfig: { caBundle?: string } }[]> {
  return (await api.expect<{ webhooks: [] }>("GET", CONFIGURATION_PATH)).webhooks;
}
