/** Writes a plan as an RFC 6902 patch: `add` operations by hand, on the list of pull secrets and our annotation alone. */
import jsonPatch, { type AddOperation } from "fast-json-patch";
import { isObject, memberAt, memberOf } from "../json-value.ts";
import { INJECTED_ANNOTATION, type InjectionTarget } from "./injection-target.ts";
import type { Plan } from "./plan.ts";

/** Operations of a JSON patch; all that pullring ever makes are additions. @see RFC 6902 section 4.1 */
export type Patch = readonly AddOperation<unknown>[];

/** Gives the operations that make the plan true; none when it adds nothing. They apply to the object the target was read from. */
export function buildPatch(target: InjectionTarget, plan: Plan): Patch {
  const names = [...plan.fromServiceAccount, ...plan.added];
  if (names.length === 0) {
    return [];
  }
  const references = names.map((name) => ({ name }));
  const path = `${target.pointer}/spec/imagePullSecrets`;
  const additions: Patch =
    target.listed === undefined
      ? [{ op: "add", path, value: references }]
      : references.map((value) => ({ op: "add", path: `${path}/-`, value }));
  return target.isTemplate ? [...additions, annotate(target, names)] : additions;
}

/** Records on a template which names of its list are pullring's. Names that have left the list are forgotten. */
function annotate(target: InjectionTarget, names: readonly string[]): AddOperation<unknown> {
  const kept = target.injectedBefore.filter((name) => target.listed?.includes(name));
  const value = [...new Set([...kept, ...names])].join(",");
  const path = `${target.pointer}/metadata`;
  if (!isObject(memberOf(target.template, "metadata"))) {
    return { op: "add", path, value: { annotations: { [INJECTED_ANNOTATION]: value } } };
  }
  return isObject(memberAt(target.template, ["metadata", "annotations"]))
    ? { op: "add", path: `${path}/annotations/${jsonPatch.escapePathComponent(INJECTED_ANNOTATION)}`, value }
    : { op: "add", path: `${path}/annotations`, value: { [INJECTED_ANNOTATION]: value } };
}
