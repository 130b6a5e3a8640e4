/**
 * What an update means for the names that pullring added to a template before. They are copies of facts that live elsewhere, so
 * an update that leaves the rest of the template alone puts them back exactly as they were: no update by a person starts, or
 * misses, a rollout because of pullring, and an immutable template stays what it is. An update that changes the template starts
 * a rollout by itself, and then they are taken out and planned again.
 */
import { isObject, isSameJson, type JsonObject } from "../json-value.ts";
import type { InjectionTarget } from "./injection-target.ts";
import { INJECTED_ANNOTATION } from "./markers.ts";

/**
 * The names in the list of `target` that pullring added, by its annotation and those of other versions of the template, and that
 * people have written in none of them.
 */
export function ownNames(target: InjectionTarget, ...versions: readonly InjectionTarget[]): readonly string[] {
  if (target.listed === undefined) return [];
  const all = [target, ...versions];
  const own = new Set(all.flatMap(({ injectedBefore }) => injectedBefore));
  const written = new Set(all.flatMap((version) => [...version.written]));
  return target.listed.filter((name) => own.has(name) && !written.has(name));
}

/** Tells whether `after` differs from what is `stored` in nothing but pullring's own names and annotation. */
export function isSameTemplate(stored: InjectionTarget, after: InjectionTarget): boolean {
  return hasSameNamesOfPeople(stored, after) && isSameJson(withoutOurs(stored.template), withoutOurs(after.template));
}

/** Tells whether people list the same names, in the same order. */
export function hasSameNamesOfPeople(stored: InjectionTarget, after: InjectionTarget): boolean {
  return isSameJson(withoutOwnNames(stored, after).listed ?? [], withoutOwnNames(after, stored).listed ?? []);
}

/** The target as people wrote it, by its annotation and that of another version of the template. */
export function withoutOwnNames(target: InjectionTarget, other: InjectionTarget): InjectionTarget {
  const own = new Set(ownNames(target, other));
  const listed = target.listed?.filter((name) => !own.has(name));
  return { ...target, listed, annotation: undefined, injectedBefore: [] };
}

/** The template without its list and our annotation; what is left empty by that is as good as missing. */
function withoutOurs(template: JsonObject): JsonObject {
  const { metadata, spec, ...others } = template;
  const { annotations, ...otherMetadata } = isObject(metadata) ? metadata : {};
  const { imagePullSecrets: _, ...podSpec } = spec as JsonObject;
  const { [INJECTED_ANNOTATION]: __, ...otherAnnotations } = isObject(annotations) ? annotations : {};
  return { others, otherMetadata, otherAnnotations, podSpec };
}
