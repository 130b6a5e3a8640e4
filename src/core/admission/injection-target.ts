/** What a decision is about: the Pod spec of a handled object with its images and its list of pull secrets. */
import { arrayAt, isObject, type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";
import { INJECTED_ANNOTATION } from "./markers.ts";
import { listPodImages, type PodImage } from "./pod-images.ts";
import { type GroupKind, templatePath } from "./pod-template.ts";
import { writtenNames } from "./written-names.ts";

const PATH_OF_INJECTED = ["metadata", "annotations", INJECTED_ANNOTATION];

/** A Pod or a Pod template that may need credentials. */
export interface InjectionTarget {
  readonly isTemplate: boolean;
  /** JSON pointer of the Pod or template: "" for a Pod, `/spec/template` for a Deployment. */
  readonly pointer: string;
  /** The Pod or template itself. */
  readonly template: JsonObject;
  readonly images: readonly PodImage[];
  /** Names in `imagePullSecrets`, in order, empty and double ones included; undefined when there is no such list. */
  readonly listed: readonly string[] | undefined;
  /** Text of our annotation; undefined when there is none. */
  readonly annotation: string | undefined;
  /** Names that pullring added before, by the annotation, and that nobody has written since. */
  readonly injectedBefore: readonly string[];
  /** Names that people applied in a template. */
  readonly written: ReadonlySet<string>;
  /** `default` where none is named. */
  readonly serviceAccountName: string;
  /** Whether the object belongs to a controller, as a Pod of a ReplicaSet does. */
  readonly hasController: boolean;
}

/** The owner reference of the controller of `object`; undefined when it has none. */
export function controllerReferenceOf(object: JsonObject | undefined): unknown {
  return arrayAt(object, ["metadata", "ownerReferences"]).find((owner) => memberOf(owner, "controller") === true);
}

/** Tells whether no person wrote into the list of `target`: it is empty, or all in it is pullring's own. */
export function isOwnList({ listed = [], injectedBefore }: InjectionTarget): boolean {
  const own = new Set(injectedBefore);
  return listed.every((name) => own.has(name));
}

/**
 * Reads the target of an object, whether or not it is to be handled; undefined when the kind has no Pod template or when
 * anything that a plan needs has the wrong type.
 */
export function readInjectionTarget(object: JsonObject | undefined, kind: GroupKind): InjectionTarget | undefined {
  const path = templatePath(kind);
  const template = path === undefined ? undefined : memberAt(object, path);
  const podSpec = memberOf(template, "spec");
  if (path === undefined || !isObject(template) || !isObject(podSpec) || !hasReadableMetadata(template)) {
    return undefined;
  }
  const images = listPodImages(podSpec);
  const listed = readListed(memberOf(podSpec, "imagePullSecrets"));
  if (images === undefined || listed === null) return undefined;
  const annotation = stringOf(memberAt(template, PATH_OF_INJECTED));
  const isTemplate = path.length > 0;
  const written = new Set(isTemplate && listed !== undefined ? writtenNames(object, path) : []);
  return {
    isTemplate,
    pointer: path.length === 0 ? "" : `/${path.join("/")}`,
    template,
    images,
    listed,
    annotation,
    injectedBefore: (annotation ?? "").split(",").filter((name) => name !== "" && !written.has(name)),
    written,
    serviceAccountName: readServiceAccountName(podSpec),
    hasController: controllerReferenceOf(object) !== undefined,
  };
}

/** The older field `serviceAccount` counts where the newer one is empty. @see kubernetes pkg/apis/core/v1/conversion.go */
function readServiceAccountName(podSpec: JsonObject): string {
  const name = stringOf(memberOf(podSpec, "serviceAccountName"));
  return name || stringOf(memberOf(podSpec, "serviceAccount")) || "default";
}

/** Metadata and annotations have to be objects or be missing, for an annotation to be added to them. */
function hasReadableMetadata(template: JsonObject): boolean {
  const metadata = memberOf(template, "metadata") ?? {};
  return isObject(metadata) && isObject(memberOf(metadata, "annotations") ?? {});
}

/**
 * The names of a list of references, read as Go reads them (null is a reference without a name); undefined when there is no
 * list, null when it is something else.
 */
function readListed(list: unknown): readonly string[] | undefined | null {
  if (list === undefined || list === null) return undefined;
  const names = Array.isArray(list) ? list.map(readName) : [undefined];
  return names.every((name) => name !== undefined) ? names : null;
}

function readName(reference: unknown): string | undefined {
  if (reference === null) return "";
  const name = isObject(reference) ? (memberOf(reference, "name") ?? "") : undefined;
  return stringOf(name);
}
