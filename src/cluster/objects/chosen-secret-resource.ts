/**
 * Secrets of which some are not chosen as credentials, by their labels, while credentials are shared: the name of every one has to
 * be known, as the kubelet reads the namespace's own Secret and not the shared one of that name.
 */
import { labelsOf } from "../../core/admission/webhook-selection.ts";
import { type LabelSelector, matchesSelector } from "../../core/labels/label-selector.ts";
import { SHARED_FROM_ANNOTATION, sharedFrom } from "../../core/sharing/copy.ts";
import { pickMembers } from "./json-pick.ts";
import { type IndexedCredential, secretResource } from "./secret-resource.ts";
import type { WatchedResource } from "./watched-resource.ts";

const MARKS = {
  metadata: { name: "value", labels: "short-texts", annotations: { [SHARED_FROM_ANNOTATION]: "value" } },
} as const;

/** The Secrets of one type; of those that `selector` does not match only the name is kept. Copies of shared ones are always chosen. */
export function chosenSecretResource(type: string, selector: LabelSelector): WatchedResource<IndexedCredential> {
  const resource = secretResource(type);
  return {
    ...resource,
    read: (bytes, known) => {
      const observed = resource.read(bytes, known);
      if (observed === undefined) return undefined;
      const secret = pickMembers(bytes, MARKS);
      const isChosen = matchesSelector(selector, labelsOf(secret)) || sharedFrom(secret) !== undefined;
      return isChosen ? observed : { ...observed, value: notChosen(observed.value) };
    },
  };
}

function notChosen({ name, type, version }: IndexedCredential): IndexedCredential {
  const reason = { code: "not-chosen" } as const;
  return { name, type, status: "ignored", reason, registries: [], voidRegistries: [], findings: [], version };
}
