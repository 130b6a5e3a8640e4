/**
 * What a decision is about: the Pod spec of a handled object with its images and its list of pull secrets. Filtering tells
 * whether a request is left alone, and why; it needs no credential.
 */

import { isObject, type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";
import type { AdmissionRequest } from "./admission-request.ts";
import { isOptedOut } from "./markers.ts";
import { listPodImages, type PodImage } from "./pod-images.ts";
import { type GroupKind, templatePath } from "./pod-template.ts";
import type { SkipReason } from "./skip-reason.ts";

/** Annotation on a Pod template: the names that pullring added to its list, joined by commas. Its Pods inherit it. */
export const INJECTED_ANNOTATION = "pullring.dev/injected";

const PATH_OF_INJECTED = ["metadata", "annotations", INJECTED_ANNOTATION];

/** Annotation of the Pods that show static Pods of a node. */
const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

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
  /** Names that pullring added before, by the annotation. */
  readonly injectedBefore: readonly string[];
  /** `default` where none is named. */
  readonly serviceAccountName: string;
}

/** Tells whether no person wrote into the list of `target`: it is empty, or all in it is pullring's own. */
export function isOwnList({ listed = [], injectedBefore }: InjectionTarget): boolean {
  return listed.every((name) => injectedBefore.includes(name));
}

/** The outcome of filtering: what to decide about, or why the request is left alone. */
export type FilterResult =
  | { readonly target: InjectionTarget; readonly reason: null }
  | { readonly target: InjectionTarget | null; readonly reason: SkipReason };

/** Finds the target of `request`, and why the request is left alone whatever credentials there are. */
export function filterRequest(request: AdmissionRequest): FilterResult {
  const target = readInjectionTarget(request.object, request.kind) ?? null;
  const reason = reasonToSkip(request, target);
  // Without a target there is always a reason.
  return target === null || reason !== undefined
    ? { target, reason: reason ?? "unreadable-object" }
    : { target, reason: null };
}

function reasonToSkip(request: AdmissionRequest, target: InjectionTarget | null): SkipReason | undefined {
  const { kind, operation, object, oldObject } = request;
  const path = templatePath(kind);
  if (request.subResource !== "") {
    return "subresource";
  }
  if (path === undefined) {
    return "unhandled-kind";
  }
  const isPod = path.length === 0;
  if (operation !== "CREATE" && (isPod || operation !== "UPDATE")) {
    return "unhandled-operation";
  }
  if (object === undefined || target === null) {
    return "unreadable-object";
  }
  const reason = isPod ? reasonToSkipPod(object) : reasonToSkipWorkload(object, target);
  if (reason !== undefined) {
    return reason;
  }
  if (operation === "UPDATE" && !changesPulls(target, readInjectionTarget(oldObject, kind))) {
    return "unchanged-images";
  }
  return target.images.length === 0 ? "no-images" : undefined;
}

function reasonToSkipPod(pod: JsonObject): SkipReason | undefined {
  if (memberAt(pod, ["metadata", "annotations", MIRROR_ANNOTATION]) !== undefined) {
    return "mirror-pod";
  }
  return isOptedOut(pod) ? "opted-out" : undefined;
}

/** The Pods of a template carry its labels, so a template that opts out speaks for them. */
function reasonToSkipWorkload(workload: JsonObject, { template }: InjectionTarget): SkipReason | undefined {
  const owners = memberAt(workload, ["metadata", "ownerReferences"]);
  if (Array.isArray(owners) && owners.some((owner) => memberOf(owner, "controller") === true)) {
    return "has-controller";
  }
  return isOptedOut(workload) || isOptedOut(template) ? "opted-out" : undefined;
}

/** Tells whether the update changes an image or a listed name. Only then does it start a rollout by itself. */
function changesPulls(target: InjectionTarget, before: InjectionTarget | undefined): boolean {
  const images = (of: InjectionTarget): readonly string[] => of.images.map(({ image }) => image);
  return (
    before !== undefined &&
    !(sameTexts(images(target), images(before)) && sameTexts(target.listed ?? [], before.listed ?? []))
  );
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, position) => text === right[position]);
}

/**
 * Reads the target of an object, whether or not it is to be handled; undefined when the kind has no Pod template or when
 * anything that a plan needs has the wrong type.
 */
export function readInjectionTarget(
  object: JsonObject | undefined,
  kind: GroupKind,
): InjectionTarget | undefined {
  const path = templatePath(kind);
  const template = path === undefined ? undefined : memberAt(object, path);
  const podSpec = memberOf(template, "spec");
  if (path === undefined || !isObject(template) || !isObject(podSpec) || !hasReadableMetadata(template)) {
    return undefined;
  }
  const images = listPodImages(podSpec);
  const listed = readListed(memberOf(podSpec, "imagePullSecrets"));
  if (images === undefined || listed === null) {
    return undefined;
  }
  const injected = stringOf(memberAt(template, PATH_OF_INJECTED)) ?? "";
  return {
    isTemplate: path.length > 0,
    pointer: path.length === 0 ? "" : `/${path.join("/")}`,
    template,
    images,
    listed,
    injectedBefore: injected === "" ? [] : injected.split(",").filter((name) => name !== ""),
    serviceAccountName: readServiceAccountName(podSpec),
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

/** The names of a list of references; undefined when there is none, null when it is none. */
function readListed(list: unknown): readonly string[] | undefined | null {
  if (list === undefined || list === null) {
    return undefined;
  }
  if (!Array.isArray(list) || !list.every(isReference)) {
    return null;
  }
  return list.map((reference) => stringOf(memberOf(reference, "name")) ?? "");
}

function isReference(reference: unknown): boolean {
  return isObject(reference) && ["string", "undefined"].includes(typeof memberOf(reference, "name"));
}
