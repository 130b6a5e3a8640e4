/** The closed set of reasons for which pullring leaves an object as it is, in words for logs, audit annotations and metrics. */

const SENTENCES = {
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
  "no-credential": "no credential of the namespace serves the images that are left",
  "mountable-secrets":
    "the ServiceAccount enforces mountable secrets and does not list the credentials that would serve",
  "no-service-account":
    "the ServiceAccount of the template does not exist yet; the Pods are handled when they are made",
  "too-large": "the object has no room left for the names that would serve",
};

/** Why an object is skipped. */
export type SkipReason = keyof typeof SENTENCES;

/** Each reason with a sentence that explains it to a person. */
export const SKIP_REASONS: Readonly<Record<SkipReason, string>> = SENTENCES;
