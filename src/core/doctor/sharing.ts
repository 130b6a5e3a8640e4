/** What is not right with shared credentials: those that nobody can get, and namespaces that do not have their copy. */
import { isServedNamespace, type Webhook } from "../admission/webhook-selection.ts";
import type { Labels } from "../labels/label-selector.ts";
import { type Reach, reaches } from "../sharing/share-with.ts";
import type { SharingProblem } from "../verdicts/sharing-problem.ts";

/** What there is of sharing. */
export interface SharingFacts {
  readonly sharedNamespace: string;
  /** Credentials of the shared namespace that say for whom they are, without those that are never added. */
  readonly sources: readonly { readonly name: string; readonly reach: Reach }[];
  /** Namespaces, without those that are on their way out. */
  readonly namespaces: readonly { readonly name: string; readonly labels: Labels }[];
  /** What a namespace has under a name. */
  secretOf(namespace: string, name: string): "copy" | "own" | "none";
  readonly webhooks: readonly Webhook[];
}

/** A problem of one shared credential. */
export type SharingFinding = SharingProblem & { readonly secret: string };

/** Judges each source; none where every namespace has what it should have. */
export function judgeSharing(facts: SharingFacts): readonly SharingFinding[] {
  const { sharedNamespace, sources, webhooks } = facts;
  const served = facts.namespaces.filter(
    ({ name, labels }) => name !== sharedNamespace && isServedNamespace(name, labels, webhooks),
  );
  return sources.flatMap(({ name: secret, reach }): readonly SharingFinding[] => {
    if (reach.error !== null) return [{ code: "unreadable-selector", secret, error: reach.error }];
    const wanted = served.filter(({ labels }) => reaches(reach, labels)).map(({ name }) => name);
    const missing = wanted.filter((namespace) => facts.secretOf(namespace, secret) === "none");
    const taken = wanted.filter((namespace) => facts.secretOf(namespace, secret) === "own");
    return [
      ...(missing.length > 0 ? [{ code: "copies-missing", secret, namespaces: missing } as const] : []),
      ...taken.map((namespace) => ({ code: "name-taken", secret, namespace }) as const),
    ];
  });
}
