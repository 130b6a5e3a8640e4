/** Which field of an object that holds a Pod template has a form that the API server does not take, and what form is right. */
import { isObject, type JsonObject, memberOf, stringOf } from "../json-value.ts";

/** What a value is, in the words of YAML. */
export type ValueForm = "nothing" | "a text" | "a number" | "a boolean" | "a list" | "a mapping";

/** A field of the wrong form. */
export interface UnreadableField {
  readonly code: "unreadable-field";
  /** As in `spec.template.spec.imagePullSecrets[0]`. */
  readonly field: string;
  readonly found: ValueForm;
  readonly expected: ValueForm;
  /** Names of Secrets that were meant, where the field is about them. */
  readonly names: readonly string[];
}

/**
 * Finds the first such field; undefined when there is none.
 * @param path the path from the object to its Pod template
 */
export function findUnreadableField(
  object: JsonObject | undefined,
  path: readonly string[],
): UnreadableField | undefined {
  let value: unknown = object;
  let template: unknown = object;
  for (const [index, name] of [...path, "spec"].entries()) {
    template = value;
    value = memberOf(value, name);
    const field = [...path, "spec"].slice(0, index + 1).join(".");
    if (!isObject(value)) return wrong(field, value, "a mapping");
  }
  const start = path.length === 0 ? "" : `${path.join(".")}.`;
  return (
    findInMetadata(object, "") ??
    findInMetadata(template, start) ??
    findInPullSecrets(memberOf(value, "imagePullSecrets"), `${start}spec.imagePullSecrets`) ??
    ["initContainers", "containers", "ephemeralContainers", "volumes"]
      .map((list) => findInList(memberOf(value, list), `${start}spec.${list}`))
      .find((found) => found !== undefined)
  );
}

/** Finds the first such field of a Secret, a ServiceAccount or a Namespace, in what pullring reads of them beside data. */
export function findUnreadableMember(object: JsonObject): UnreadableField | undefined {
  const list = memberOf(object, "kind") === "ServiceAccount" ? memberOf(object, "imagePullSecrets") : undefined;
  return findInMetadata(object, "") ?? findInPullSecrets(list, "imagePullSecrets");
}

/** Labels and annotations: a value of `true`, `false` or a number in YAML is no text, unless it stands in quotes. */
function findInMetadata(object: unknown, start: string): UnreadableField | undefined {
  const metadata = memberOf(object, "metadata") ?? {};
  if (!isObject(metadata)) return wrong(`${start}metadata`, metadata, "a mapping");
  for (const name of ["labels", "annotations"]) {
    const field = `${start}metadata.${name}`;
    const texts = memberOf(metadata, name) ?? {};
    if (!isObject(texts)) return wrong(field, texts, "a mapping");
    for (const [key, text] of Object.entries(texts)) {
      if (text !== null && typeof text !== "string") return wrong(`${field}[${key}]`, text, "a text");
    }
  }
  return undefined;
}

function findInPullSecrets(list: unknown, field: string): UnreadableField | undefined {
  if (list === undefined || list === null) return undefined;
  if (!Array.isArray(list)) return wrong(field, list, "a list", namesIn([list]));
  for (const [index, reference] of list.entries()) {
    const name = memberOf(reference, "name") ?? "";
    if (reference !== null && !isObject(reference))
      return wrong(`${field}[${index}]`, reference, "a mapping", namesIn(list));
    if (typeof name !== "string") return wrong(`${field}[${index}].name`, name, "a text", namesIn([name].flat()));
  }
  return undefined;
}

function namesIn(values: readonly unknown[]): readonly string[] {
  return values.flatMap((value) => stringOf(value) ?? stringOf(memberOf(value, "name")) ?? []);
}

function findInList(list: unknown, field: string): UnreadableField | undefined {
  if (list === undefined || list === null) return undefined;
  if (!Array.isArray(list)) return wrong(field, list, "a list");
  for (const [index, element] of list.entries()) {
    const place = `${field}[${index}]`;
    if (!isObject(element)) return wrong(place, element, "a mapping");
    const image = memberOf(element, "image") ?? null;
    const isVolume = field.endsWith("volumes");
    const text = isVolume ? (memberOf(image, "reference") ?? null) : image;
    if (text !== null && typeof text !== "string") {
      return wrong(`${place}.image${isVolume ? ".reference" : ""}`, text, "a text");
    }
  }
  return undefined;
}

function wrong(field: string, value: unknown, expected: ValueForm, names: readonly string[] = []): UnreadableField {
  return { code: "unreadable-field", field, found: formOf(value), expected, names };
}

const FORMS: Readonly<Record<string, ValueForm>> = { string: "a text", number: "a number", boolean: "a boolean" };

function formOf(value: unknown): ValueForm {
  if (value === undefined || value === null) return "nothing";
  return Array.isArray(value) ? "a list" : (FORMS[typeof value] ?? "a mapping");
}
