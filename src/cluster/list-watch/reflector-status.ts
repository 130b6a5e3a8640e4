/** What a reflector tells of itself: for readiness, logs and measurements. It holds nothing of an object. */

/** What can be told of a reflector. */
export interface ReflectorStatus {
  readonly label: string;
  readonly namespace: string | undefined;
  /** Whether there was a complete list. */
  readonly isSynced: boolean;
  /** What stands in the way now; undefined: nothing. */
  readonly problem: string | undefined;
  readonly version: number;
  readonly lists: number;
  readonly watches: number;
}

/** Why reflectors are not ready: what has not been listed once, and what stands in the way; undefined when all are. */
export function reasonNotReady(reflectors: readonly ReflectorStatus[]): string | undefined {
  const waiting = reflectors.filter(({ isSynced }) => !isSynced);
  return joinReasons(
    waiting.map(({ problem, ...status }) => {
      return `${describeScope(status)} not listed yet${problem === undefined ? "" : ` (${problem})`}`;
    }),
  );
}

/** What keeps reflectors that are ready from following changes. */
export function listProblems(reflectors: readonly ReflectorStatus[]): readonly string[] {
  return reflectors.flatMap(({ isSynced, problem, ...status }) =>
    isSynced && problem !== undefined ? [`${describeScope(status)} not followed (${problem})`] : [],
  );
}

function describeScope({ label, namespace }: Pick<ReflectorStatus, "label" | "namespace">): string {
  return namespace === undefined ? label : `${label} in namespace ${namespace}`;
}

/** One line of several reasons; undefined when there are none. */
export function joinReasons(reasons: readonly string[]): string | undefined {
  return reasons.length === 0 ? undefined : reasons.join("; ");
}
