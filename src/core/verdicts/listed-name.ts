/** A name in the list of a workload or a ServiceAccount that helps nobody. core/sentences has the words. */

/** One name of one object. */
export interface ListedName {
  /** `missing`: there is no such Secret; `stale`: pullring added it, and would not add it to the template as it is now. */
  readonly code: "missing" | "stale";
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly secret: string;
}
