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
