/** The sentences about Pods that wait for an image: for Events and logs. Texts from outside are quoted. */
import { escapeText, quoteText } from "../quoted-text.ts";
import type { HealingReason } from "../verdicts/healing-reason.ts";
import type { Verdict } from "./credential.ts";
import { sentenceOfNearMiss } from "./image.ts";
import { sentenceOfNotServed } from "./object.ts";
import { sentenceOfReason } from "./skip-reason.ts";

/** Longest text from outside in a sentence, in characters. */
const QUOTE_LENGTH = 80;

/** The Pod that is spoken of. */
export interface NamedPod {
  readonly namespace: string;
  readonly name: string;
}

/** What helps where no credential is for an image. */
export const MAKE_CREDENTIAL = "check the image, or make a credential for its registry in this namespace";

/** Says why a Pod is left alone, and what a person can do. */
export function verdictOfHealing(reason: HealingReason, { namespace, name }: NamedPod): Verdict {
  const kubectl = `kubectl -n ${escapeText(namespace)}`;
  switch (reason.code) {
    case "no-credential": {
      const sentence = `no credential of the namespace serves ${quote(reason.image)}`;
      return reason.nearMiss === null
        ? { sentence, remedy: MAKE_CREDENTIAL }
        : { sentence: `${sentence}; ${sentenceOfNearMiss(reason.nearMiss)}`, remedy: null };
    }
    case "has-credential":
      return {
        sentence: `the Pod lists Secret ${quote(reason.secret)}, which is for ${quote(reason.image)}`,
        remedy: "check that its user may pull the image, and that there is such an image",
      };
    case "skipped":
      return { sentence: `pullring would add nothing: ${sentenceOfReason(reason.reason)}`, remedy: null };
    case "opted-out":
      return {
        sentence: `the label pullring.dev/heal: "false" of the ${reason.by} asks to leave the Pod alone`,
        remedy: null,
      };
    case "not-served":
      return { sentence: `a new Pod would not be served: ${sentenceOfNotServed(reason.notServed)}`, remedy: null };
    case "observed":
      return {
        sentence: "a new Pod would not be served: the webhook configuration has pullring observe and change nothing",
        remedy: null,
      };
    case "bare-pod":
      return {
        sentence: `the Pod lacks ${namesOf(reason.secrets)}, and nobody would make it again`,
        remedy: `${kubectl} get pod ${escapeText(name)} -o yaml | kubectl replace --force -f -`,
      };
    case "unknown-owner":
      return {
        sentence: `the Pod lacks ${namesOf(reason.secrets)}, and whether ${nameOwner(reason)} makes it again is not known`,
        remedy: `if it does: ${kubectl} delete pod ${escapeText(name)}`,
      };
    case "owner-gone":
      return { sentence: `${nameOwner(reason)} is gone or about to go`, remedy: null };
    case "stripped":
      return {
        sentence: `a Pod of its owner was evicted to get ${namesOf(reason.secrets)}, and the new one came without: something takes the list away, or pullring did not answer`,
        remedy: `find out what changes the Pods, then ${kubectl} delete pod ${escapeText(name)}`,
      };
    case "job-limit": {
      const job = escapeText(reason.job);
      const suspend = (value: boolean): string => `${kubectl} patch job ${job} -p '{"spec":{"suspend":${value}}}'`;
      return {
        sentence: `the Pod lacks ${namesOf(reason.secrets)}, and one failed Pod more could fail Job ${job}`,
        remedy: `suspend and resume the Job, which counts no failure and makes all of its running Pods again: ${suspend(true)} && ${kubectl} wait job ${job} --for=condition=Suspended && ${suspend(false)}`,
      };
    }
  }
}

/** Says why a Pod was evicted. */
export function sentenceOfEviction(secrets: readonly string[]): string {
  return `evicted, so that its owner makes it again with ${secrets.length === 1 ? "Secret" : "Secrets"} ${listOf(secrets)}, which the image needs`;
}

/** Says what a Pod lacks that could be made again. */
export function sentenceOfMissingNames(secrets: readonly string[]): string {
  return `lacks ${namesOf(secrets)}, and its owner can make it again with that`;
}

/** Most names in one sentence. */
const MAX_NAMES = 3;

function namesOf(secrets: readonly string[]): string {
  return `${namesOfSecrets(secrets)} in its imagePullSecrets`;
}

/** @example namesOfSecrets(["a", "b"]) // 'Secrets "a", "b"' */
export function namesOfSecrets(secrets: readonly string[]): string {
  return `${secrets.length === 1 ? "Secret" : "Secrets"} ${listOf(secrets)}`;
}

function listOf(secrets: readonly string[]): string {
  const more = secrets.length - MAX_NAMES;
  return `${secrets.slice(0, MAX_NAMES).map(quote).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function nameOwner({ kind, owner }: { readonly kind: string; readonly owner: string }): string {
  return `${escapeText(kind)} ${escapeText(owner)}`;
}

function quote(text: string): string {
  return quoteText(text, QUOTE_LENGTH);
}
