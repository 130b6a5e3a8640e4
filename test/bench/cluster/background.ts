/** Keeps processes out of the way of what is measured: on core 1, and there behind everything else. */
import { readdirSync } from "node:fs";
import { setPriority } from "node:os";
import type { ControlPlane } from "../../e2e/control-plane/control-plane.ts";
import { pin } from "../target.ts";

/** Least urgent, of -20 to 19. */
const NICE = 19;

/** Puts the processes of the control plane, and this one, behind the load on core 1. Threads that they start follow. */
export function moveToBackground(plane: ControlPlane): void {
  const { etcd, apiServer, controllerManager } = plane.processes();
  for (const pid of [etcd.pid, apiServer.pid, controllerManager.pid, process.pid]) {
    pin(pid, 1);
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      setPriority(Number(thread), NICE);
    }
  }
}
