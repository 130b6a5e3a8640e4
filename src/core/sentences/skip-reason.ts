/** The sentences that say why an object is left as it is. */
import type { SkipReason } from "../verdicts/skip-reason.ts";

const SKIP_SENTENCES: Readonly<Record<SkipReason, string>> = {
  "unhandled-kind": "pullring handles Pods and the workloads that hold a Pod template, nothing else",
  "unhandled-operation":
    "only creations are handled, and updates of workloads; the imagePullSecrets of a Pod cannot change",
  subresource: "requests for a subresource are never changed",
  "unreadable-object": "the object is missing or does not have the shape of its kind",
  "opted-out": 'the label pullring.dev/inject: "false" asks to leave the object alone',
  "mirror-pod": "a mirror Pod shows a static Pod of a node and cannot be changed",
  "has-controller": "the object belongs to a controller; its Pods are handled when they are made",
  "unchanged-template": "the update leaves the Pod template as it is, or the template cannot change",
  "no-images": "the object names no image",
  "already-served": "a listed credential serves every image",
  "no-credential": "the namespace has no credential to add for the images that need one",
  "mountable-secrets":
    "the ServiceAccount enforces mountable secrets and does not list the credentials that would serve. Fix: add them to its imagePullSecrets",
  "no-service-account":
    "the ServiceAccount of the template does not exist yet; the Pods are handled when they are made",
  "too-large": "the object has no room left for the names that would serve",
};

/** Says why an object is left as it is. */
export function sentenceOfReason(reason: SkipReason): string {
  return SKIP_SENTENCES[reason];
}
