/**
 * The law "do no harm" as a test: a story is told twice, in a namespace that pullring serves and in one that is left alone, and
 * the ends are compared.
 */
import assert from "node:assert/strict";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { createNamespace, type Namespace } from "../webhook/namespace.ts";

/** What a story has: a namespace, and whether pullring serves it. */
export interface Scene {
  readonly plane: ControlPlane;
  readonly namespace: Namespace;
  readonly isServed: boolean;
  /** Runs kubectl in the namespace, with manifests for `-f -`; tells whether it succeeded and what it said. */
  readonly kubectl: (
    args: readonly string[],
    manifests?: readonly object[],
  ) => Promise<{ readonly isDone: boolean; readonly stderr: string }>;
}

let told = 0;

export async function tellTwice<T>(
  plane: ControlPlane,
  story: (scene: Scene) => Promise<T>,
): Promise<{ readonly served: T; readonly alone: T }> {
  told += 1;
  const tell = async (name: string, labels: Readonly<Record<string, string>>): Promise<T> => {
    const namespace = await createNamespace(plane.api, `${name}-${told}`, { labels });
    return story({
      plane,
      namespace,
      isServed: name === "served",
      kubectl: (args, items) =>
        plane.kubectl(["-n", namespace.name, ...args], items && { apiVersion: "v1", kind: "List", items }).then(
          ({ stderr }) => ({ isDone: true, stderr }),
          (error) => ({ isDone: false, stderr: String(error) }),
        ),
    });
  };
  const alone = await tell("alone", { "pullring.dev/inject": "false" });
  return { served: await tell("served", {}), alone };
}

export async function endsAlike<T>(plane: ControlPlane, story: (scene: Scene) => Promise<T>): Promise<void> {
  const { served, alone } = await tellTwice(plane, story);
  assert.deepEqual(served, alone);
}
