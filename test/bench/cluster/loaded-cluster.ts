/** One control plane for all sections that need a cluster: filled once, with the identity that pullring's manifests give it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "../../e2e/control-plane/control-plane.ts";
import { startControlPlane } from "../../e2e/control-plane/start-control-plane.ts";
import { createIdentity, type PullringIdentity } from "../../e2e/webhook/install.ts";
import { credentialOf } from "../../e2e/webhook/objects.ts";
import { type ClusterSize, fillCluster } from "./fill-cluster.ts";
import { type Memory, startMeasured } from "./measured-pullring.ts";

/** A filled control plane. */
export interface LoadedCluster {
  readonly plane: ControlPlane;
  readonly identity: PullringIdentity;
  readonly size: ClusterSize;
  /** Of a pullring that was ready before anything was in the cluster. */
  readonly emptyMemory: Memory;
}

/** The size that the goals name. */
export const FULL_SIZE: ClusterSize = { namespaces: 10_000, credentialsPerNamespace: 5 };
/** Enough to see that a section works. */
export const BRIEF_SIZE: ClusterSize = { namespaces: 100, credentialsPerNamespace: 5 };

/** The namespace whose credential serves the images of the recorded reviews, and of the Pods that sections create. */
export const SERVED_NAMESPACE = "ns-42";
/** Registry of those images. */
export const SERVED_REGISTRY = "10.99.0.1:15000";

/** By then V8 has given back what starting needed. */
const SETTLE_MS = 5_000;
/** Only the controller that makes ServiceAccounts: nothing else is of use here, and its work would be what is measured. */
const CONTROLLER_FLAGS = ["--controllers=serviceaccount-controller"];

/** Starts and fills one. The control plane is stopped again when anything of that fails. */
export async function startLoadedCluster(size: ClusterSize): Promise<LoadedCluster> {
  const plane = await startControlPlane({ controllerManagerFlags: CONTROLLER_FLAGS });
  try {
    const identity = await createIdentity(plane);
    const empty = await startMeasured(plane, identity.kubeconfig, false);
    await sleep(SETTLE_MS);
    const emptyMemory = empty.memory();
    await empty.stop();
    const startedAt = performance.now();
    await fillCluster(plane.api, size);
    const body = credentialOf("served", SERVED_REGISTRY);
    await plane.api.expect("POST", `/api/v1/namespaces/${SERVED_NAMESPACE}/secrets`, body);
    const { namespaces, credentialsPerNamespace } = size;
    console.log(
      `\nA cluster of ${namespaces} namespaces with ${namespaces * credentialsPerNamespace} credentials, filled in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
    );
    return { plane, identity, size, emptyMemory };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}
