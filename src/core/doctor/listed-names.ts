/** Names in the lists of workloads that help nobody: Secrets that are not there, and names of pullring's own that are needed no more. */
import { type InjectionTarget, readInjectionTarget } from "../admission/injection-target.ts";
import type { NamespaceView } from "../admission/namespace-view.ts";
import { planInjection } from "../admission/plan.ts";
import type { GroupKind } from "../admission/pod-template.ts";
import { ownNames, withoutOwnNames } from "../admission/template-update.ts";
import { AppError } from "../app-error.ts";
import type { JsonObject } from "../json-value.ts";
import type { ListedName } from "../verdicts/listed-name.ts";

/** A stored object. */
export interface StoredObject {
  readonly kind: GroupKind;
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonObject;
}

/**
 * Finds them in the list of a stored workload. A name that is both is told as missing.
 * @param hasSecret whether there is such a Secret in the namespace; undefined when that is not known
 */
export function findListedNames(
  { kind, namespace, name, object }: StoredObject,
  viewOf: (serviceAccountName: string) => NamespaceView,
  hasSecret: ((secret: string) => boolean) | undefined,
): readonly ListedName[] {
  const target = readInjectionTarget(object, kind);
  const listed = target?.listed ?? [];
  if (target === undefined || listed.length === 0) return [];
  const missing = new Set(hasSecret === undefined ? [] : listed.filter((secret) => !hasSecret(secret)));
  const stale = findStale(target, viewOf(target.serviceAccountName)).filter((secret) => !missing.has(secret));
  const place = { kind: kind.kind, namespace, name };
  return [
    ...[...missing].map((secret) => ({ code: "missing", ...place, secret }) as const),
    ...stale.map((secret) => ({ code: "stale", ...place, secret }) as const),
  ];
}

function findStale(target: InjectionTarget, view: NamespaceView): readonly string[] {
  const own = ownNames(target);
  if (own.length === 0) return [];
  try {
    const { fromServiceAccount, added } = planInjection(withoutOwnNames(target, target), view);
    const needed = new Set([...fromServiceAccount, ...added]);
    return own.filter((secret) => !needed.has(secret));
  } catch (error) {
    // What is too much work to plan is left alone by the webhook as well.
    if (error instanceof AppError) return [];
    throw error;
  }
}
