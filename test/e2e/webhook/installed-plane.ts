/** A control plane with pullring installed and called: what most cluster tests start from. */
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "../control-plane/control-plane.ts";
import { configureWebhook, createIdentity, type PullringIdentity } from "./install.ts";
import { type Kubectl, kubectlOf } from "./kubectl-session.ts";
import { type Namespace, namespaceOf } from "./namespace.ts";
import { type PullringOptions, type PullringProcess, startPullring } from "./pullring-process.ts";
import { startWatchProxy, type WatchProxy } from "./watch-proxy.ts";

/** Both, how pullring identifies itself, and the hands of a person. */
export interface InstalledPlane {
  readonly plane: ControlPlane;
  readonly pullring: PullringProcess;
  readonly identity: PullringIdentity;
  /** kubectl of the administrator, in namespace `default`. */
  readonly kubectl: Kubectl;
  /** Namespace `default`. */
  readonly namespace: Namespace;
}

/** Choices of a test; all have defaults. */
export interface InstallChoices {
  readonly plane?: ControlPlaneOptions;
  readonly pullring?: Omit<PullringOptions, "kubeconfig">;
  readonly webhook?: { readonly timeoutSeconds: number };
  /** Of the manifests; their rights are granted, their arguments are for the test to give. */
  readonly components?: readonly string[];
}

/**
 * For what is decided and not how soon: a machine that is busy with other things makes no live read run out of its time. The
 * longest that a webhook may take is 30 s.
 */
export const PATIENT: InstallChoices = {
  pullring: { flags: ["--live-read-timeout=29s"] },
  webhook: { timeoutSeconds: 30 },
};

/** Starts and installs. The control plane is stopped again when anything of that fails. */
export async function startInstalledPlane(choices: InstallChoices = {}): Promise<InstalledPlane> {
  const plane = await startControlPlane(choices.plane);
  return install(plane, choices, plane);
}

/** The same, where pullring reaches the API server through a proxy that can disturb its watches. */
export async function startProxiedPlane(
  choices: InstallChoices = {},
): Promise<InstalledPlane & { readonly proxy: WatchProxy }> {
  const plane = await startControlPlane(choices.plane);
  const proxy = await startWatchProxy(plane);
  return { ...(await install(plane, choices, proxy)), proxy };
}

async function install(
  plane: ControlPlane,
  choices: InstallChoices,
  server: { readonly url: string; readonly caFile: string },
): Promise<InstalledPlane> {
  try {
    const identity = await createIdentity(plane, server, choices.components);
    const pullring = await startPullring(plane, { ...choices.pullring, kubeconfig: identity.kubeconfig });
    await configureWebhook(plane, pullring, choices.webhook);
    const [kubectl, namespace] = [kubectlOf(plane), namespaceOf(plane.api, "default")];
    return { plane, pullring, identity, kubectl, namespace };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}
