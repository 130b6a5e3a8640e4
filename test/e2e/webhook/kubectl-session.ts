/** kubectl as a person uses it in namespace `default`: a command that fails ends the test with what it printed. */
import { waitUntil } from "../../wait-until.ts";
import type { KubeObject } from "../control-plane/api-client.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import type { Printed } from "../control-plane/kubectl.ts";
import { namespaceOf } from "./namespace.ts";

/** kubectl, as the administrator. */
export interface Kubectl {
  /** Runs a command, with `input` as JSON for `-f -`. @throws Error when its status is not 0 */
  (args: readonly string[], input?: object): Promise<Printed>;
  /** Waits until at least `count` Pods have the label, and gives them. */
  readonly waitForPods: (labelSelector: string, count: number) => Promise<readonly KubeObject[]>;
}

/** kubectl for a control plane. */
export function kubectlOf(plane: ControlPlane): Kubectl {
  const run = (args: readonly string[], input?: object): Promise<Printed> => plane.kubectl(args, input);
  const waitForPods = (labelSelector: string, count: number): Promise<readonly KubeObject[]> =>
    waitUntil(`${count} Pods with ${labelSelector}`, async () => {
      const pods = await namespaceOf(plane.api, "default").list("pods", labelSelector);
      return pods.length >= count && pods;
    });
  return Object.assign(run, { waitForPods });
}
