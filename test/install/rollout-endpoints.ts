/** Keeps the endpoints of the Service as the endpoint slice controller does: after every change of a Pod, a while later. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "./endpoint-slice.ts";
import type { InstalledService } from "./installed-service.ts";
import type { RolloutPod } from "./rollout-pods.ts";

/** From a change of a Pod to its endpoints at the API server, in turn, in milliseconds: a busy cluster's. */
const DELAYS_MS = [1_000, 1_700, 1_300, 2_000];

/** What the controller writes of a Pod: one that is being deleted is not ready, whether it serves or not. */
function endpointOf(pod: RolloutPod): Endpoint {
  const [serving, terminating] = [pod.isReady(), pod.isTerminating()];
  return { addresses: [pod.address], conditions: { ready: serving && !terminating, serving, terminating } };
}

/** Makes the listener; it writes the state of each change, in their order. `settled` waits for all writes so far. */
export function keepEndpoints(writeEndpoints: InstalledService["writeEndpoints"]): {
  readonly onChange: (pods: readonly RolloutPod[]) => void;
  readonly settled: () => Promise<void>;
} {
  let count = 0;
  let writes: Promise<void> = Promise.resolve();
  return {
    onChange: (pods) => {
      const delay = sleep(DELAYS_MS[count++ % DELAYS_MS.length]);
      const before = writes;
      const endpoints = pods.map(endpointOf);
      writes = (async () => {
        await Promise.all([before, delay]);
        await writeEndpoints(endpoints);
      })();
    },
    settled: () => writes,
  };
}
