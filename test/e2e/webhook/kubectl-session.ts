/** kubectl as a person uses it in namespace `default`: a command that fails ends the test with what it printed. */
import type { KubeObject } from "../control-plane/api-client.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { namespaceOf } from "./namespace.ts";

/** kubectl, as the administrator. */
export interface Kubectl {
  /** Runs a command, with `input` as JSON for `-f -`. @throws Error when its status is not 0 */
  (args: readonly string[], input?: object): ReturnType<ControlPlane["kubectl"]>;
  /** Waits until at least `count` Pods have the label, and gives them. */
  readonly waitForPods: (labelSelector: string, count: number) => Promise<readonly KubeObject[]>;
}

export function kubectlOf(plane: ControlPlane): Kubectl {
  const run = (args: readonly string[], input?: object) => plane.kubectl(args, input);
  return Object.assign(run, { waitForPods: namespaceOf(plane.api, "default").waitForPods });
}
