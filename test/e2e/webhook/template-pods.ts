/** The Pods that controllers make of many templates at once. */

import { waitUntil } from "../../wait-until.ts";
import type { KubeObject } from "../control-plane/api-client.ts";
import type { Namespace } from "./namespace.ts";

/** Longer than a controller's back-off after a Pod that was refused. */
const TIMEOUT_MS = 180_000;

/** Waits for `count` Pods with a controller in the namespace, and gives all of them. */
export function waitForTemplatePods(namespace: Namespace, count: number): Promise<readonly KubeObject[]> {
  return waitUntil(
    `${count} Pods of controllers in ${namespace.name}`,
    async () => {
      const pods = await namespace.list("pods");
      const made = pods.filter(({ metadata }) => metadata.ownerReferences !== undefined);
      return made.length >= count && made;
    },
    { timeoutMs: TIMEOUT_MS, intervalMs: 250 },
  );
}
