/** The sentences about objects of the input: why they are not sent to pullring, where their Secrets are, what cannot be read. */
import { escapeText, quoteText } from "../quoted-text.ts";
import type { MisplacedList } from "../verdicts/misplaced-list.ts";
import type { NotServed } from "../verdicts/not-served.ts";
import type { UnreadableField } from "../verdicts/unreadable-field.ts";
import type { Whereabouts } from "../verdicts/whereabouts.ts";
import { createCommand, lineOf, type Verdict, verdictOf } from "./credential.ts";

/** Longest text from outside in a sentence, in characters. */
const QUOTE_LENGTH = 80;

/** Most namespaces that are named. */
const MAX_NAMESPACES = 3;

/** Says why the API server does not ask pullring, and what would make it. */
export function sentenceOfNotServed(notServed: NotServed): string {
  switch (notServed.code) {
    case "namespace-not-served": {
      const place = `namespace ${escapeText(notServed.namespace)}`;
      return notServed.requirement.startsWith("pullring.dev/inject ")
        ? `${place} is left out by its label pullring.dev/inject (${requirement(notServed)}). Fix: change the label to have it served`
        : `${place} is left out: the API server never asks pullring there, as the webhook configuration wants ${requirement(notServed)}. Fix: list the Secrets in the object itself`;
    }
    case "object-not-served":
      return `the API server does not ask pullring about this object, as the webhook configuration wants ${requirement(notServed)}`;
    case "kind-not-served":
      return "the webhook configuration has no rule for this kind; its Pods are served when they are made";
  }
}

function requirement({ requirement: text }: { readonly requirement: string }): string {
  return escapeText(text);
}

/** Says where a Secret is, and what to do unless it comes by itself, in one text. */
export function sentenceOfWhereabouts(whereabouts: Whereabouts): string {
  return lineOf(verdictOfWhereabouts(whereabouts));
}

/** Says where a Secret is, and what to do unless it comes by itself. */
export function verdictOfWhereabouts(whereabouts: Whereabouts): Verdict {
  const secret = quote(whereabouts.secret);
  const isOfAccount = "listedBy" in whereabouts;
  const listed = isOfAccount ? `Secret ${secret}, which the ServiceAccount lists,` : `listed Secret ${secret}`;
  const namespace = escapeText(whereabouts.namespace);
  switch (whereabouts.code) {
    case "missing": {
      const { elsewhere } = whereabouts;
      if (elsewhere.length === 0) {
        return {
          sentence: `${listed} does not exist in namespace ${namespace}, and the kubelet goes on without it`,
          remedy: `make it there, or correct the name${isOfAccount ? " in the ServiceAccount" : ""}`,
        };
      }
      return {
        sentence: `${listed} does not exist in namespace ${namespace}; there ${elsewhere.length === 1 ? "is one in another namespace" : "are some in other namespaces"} (${namesOf(elsewhere)}), but ${OWN_NAMESPACE}`,
        remedy: copyInto(namespace),
      };
    }
    case "made-later":
      return {
        sentence: `${listed} is not there yet: ${article(whereabouts.by)} ${whereabouts.by} will make it in namespace ${namespace}`,
        remedy: null,
      };
    case "unread-type":
      return {
        sentence: `${listed} is of type ${quote(whereabouts.type)}, which the kubelet does not read`,
        remedy: `make a credential and list it in its place: ${createCommand({ namespace })}`,
      };
    case "goes-away": {
      const { sentence, remedy } = verdictOf(whereabouts.reason);
      return { sentence: `${listed} will not stay: ${sentence}`, remedy: remedy ?? MAKE_AGAIN };
    }
    case "never-added": {
      const { sentence, remedy } = verdictOf(whereabouts.reason);
      return {
        sentence: `Secret ${secret} is for ${quote(whereabouts.image)}, but pullring does not add it (${sentence})`,
        remedy: remedy ?? MAKE_AGAIN,
      };
    }
    case "serves-elsewhere":
      return {
        sentence: `Secret ${secret} of another namespace (${escapeText(whereabouts.elsewhere)}) is for ${quote(whereabouts.image)}, but ${OWN_NAMESPACE}`,
        remedy: copyInto(namespace),
      };
  }
}

const MAKE_AGAIN = "make another Secret for it";
const OWN_NAMESPACE = "the kubelet looks in the Pod's own namespace alone";

function copyInto(namespace: string): string {
  return `make the Secret in namespace ${namespace} as well`;
}

function namesOf(namespaces: readonly string[]): string {
  const more = namespaces.length - MAX_NAMESPACES;
  const named = namespaces.slice(0, MAX_NAMESPACES).map(escapeText).join(", ");
  return more <= 0 ? named : `${named} and ${more} more`;
}

function article(word: string): string {
  return /^[AEIOU]/.test(word) ? "an" : "a";
}

/** Says where a list stands, and where it belongs. */
export function sentenceOfMisplaced({ field, rightField }: MisplacedList): string {
  return `${field} has no effect; it belongs at ${rightField}`;
}

/** Says which field cannot be read, and its right form. */
export function sentenceOfUnreadable({ field, found, expected, names }: UnreadableField): string {
  const shown = quoteText(field, QUOTE_LENGTH * 2).slice(1, -1);
  const what = found === "nothing" ? `${shown} is missing` : `${shown} is ${found}, where ${expected} belongs`;
  const isScalar = found === "a boolean" || found === "a number";
  if (/metadata\.(?:labels|annotations)\[/.test(field) && isScalar) return `${what}; write the value in quotes`;
  if (!/imagePullSecrets(?:$|\[\d+\])/.test(field)) return `${what}; the API server refuses the object`;
  const [, index] = /imagePullSecrets\[(\d+)\]$/.exec(field) ?? [];
  const cause = index !== undefined && found === "a text" ? `${what}: imagePullSecrets are no strings` : what;
  const references = (names.length === 0 ? ["NAME"] : names.slice(0, 5)).map(
    (name) => `{name: ${quoteText(name, QUOTE_LENGTH).slice(1, -1)}}`,
  );
  return `${cause}; write imagePullSecrets: [${references.join(", ")}]`;
}

function quote(text: string): string {
  return quoteText(text, QUOTE_LENGTH);
}
