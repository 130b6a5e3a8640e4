/** Careful reading of values that came as JSON from outside: nothing is taken for what it is not. */

/** An object of a JSON document; any member may be missing or of any type. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Tells whether `value` is a JSON object (not null, not an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Gives the member `name` of `value` that is its own; undefined when `value` is no object or has none. */
export function memberOf(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined;
  const member = value[name];
  // Most members asked for are missing, and then there is no need to ask whose they are.
  return member === undefined || Object.hasOwn(value, name) ? member : undefined;
}

/** Gives the member found by following `names` downwards; undefined as soon as one is missing. */
export function memberAt(value: unknown, names: readonly string[]): unknown {
  let member = value;
  for (const name of names) member = memberOf(member, name);
  return member;
}

/** Gives the array found by following `names` downwards; an empty one when there is none. */
export function arrayAt(value: unknown, names: readonly string[]): readonly unknown[] {
  const member = memberAt(value, names);
  return Array.isArray(member) ? member : [];
}

/** Gives `value` when it is a string, else undefined. */
export function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Tells whether two JSON values are equal. A member that is undefined counts as missing; the order of members does not count. */
export function isSameJson(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isSameJson(item, right[index]));
  }
  if (isObject(left) && isObject(right)) {
    const names = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...names].every((name) => isSameJson(memberOf(left, name), memberOf(right, name)));
  }
  return left === right;
}
