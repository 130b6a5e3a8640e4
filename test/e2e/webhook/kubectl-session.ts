/** The real kubectl as a person uses it in namespace `default`: a command that fails ends the test with what it printed. */

import { waitUntil } from "../../wait-until.ts";
import type { KubeObject } from "../control-plane/api-client.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { namespaceOf } from "./namespace.ts";

/** What a command that succeeded printed. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** kubectl, as the administrator. */
export interface Kubectl {
  /** Runs a command, with `input` as JSON for `-f -`. @throws Error when its status is not 0 */
  (args: readonly string[], input?: object): Promise<Printed>;
  /** Waits until at least `count` Pods have the label, and gives them. */
  readonly waitForPods: (labelSelector: string, count: number) => Promise<readonly KubeObject[]>;
}

/** kubectl for a control plane. */
export function kubectlOf(plane: ControlPlane): Kubectl {
  const run = async (args: readonly string[], input?: object): Promise<Printed> => {
    const options = input === undefined ? {} : { input: JSON.stringify(input) };
    const { stdout, stderr, code } = await plane.kubectl(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: status ${code}: ${stderr}`);
    return { stdout, stderr };
  };
  const namespace = namespaceOf(plane.api, "default");
  const waitForPods = (labelSelector: string, count: number): Promise<readonly KubeObject[]> =>
    waitUntil(`${count} Pods with ${labelSelector}`, async () => {
      const pods = await namespace.list("pods", labelSelector);
      return pods.length >= count && pods;
    });
  return Object.assign(run, { waitForPods });
}
