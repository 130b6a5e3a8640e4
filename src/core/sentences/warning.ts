/** The sentences of warnings. Each fits into one as Kubernetes shows it, whatever texts from outside are in it. */
import { quoteText } from "../quoted-text.ts";
import type { Warning } from "../verdicts/warning.ts";
import { wordsOf } from "./credential.ts";

/** Says a warning; in less than 120 characters, as Kubernetes advises. */
export function sentenceOfWarning(warning: Warning): string {
  switch (warning.code) {
    case "unreadable-image": {
      const [scheme] = /^[a-z]{1,8}:\/\//i.exec(warning.image) ?? [];
      const blank = /\s/.test(warning.image) ? "; take out the blank" : "";
      const remedy = scheme === undefined ? blank : `; leave out ${scheme}`;
      return fit(["image ", ` cannot be pulled: ${warning.error}${remedy}`], warning.image);
    }
    case "malformed-listed":
      return fit(["listed Secret ", " is malformed, so the kubelet cannot pull any image"], warning.secret);
    case "unserved-image": {
      const others = warning.others > 0 ? ` (and ${warning.others} more)` : "";
      const { phrase } = wordsOf(warning.finding);
      return fit(["no credential for ", "; Secret ", ` ${phrase}${others}`], warning.image, warning.secret);
    }
    case "tried-before":
      return fit(["Secret ", " was added and is now tried before or instead of ", ""], warning.secret, warning.served);
    case "near-miss": {
      const { credential, fix } = warning.nearMiss;
      return fit(["no credential for ", "; Secret ", " would need the key ", ""], warning.image, credential, fix);
    }
    case "conflict": {
      const { secret, indexKey, listed } = warning;
      return fit(["Secret ", " was left out: its key ", " would put ", " out of use"], secret, indexKey, listed);
    }
    case "too-many":
      return `${warning.serving} credentials serve; ${warning.added} of them were added, the most an object gets`;
    case "canary":
      return CANARY_SENTENCE;
    case "too-large":
      return "the object is too large for the imagePullSecrets that it needs; they were left out";
  }
}

/** What `pullring doctor` looks for. */
export const CANARY_SENTENCE = "pullring was asked about this dry run, and this is its answer";

/** Longest warning, in characters. */
const MAX_WARNING = 119;

/** Puts texts from outside between the pieces of a sentence, the longer ones cut so that all of it fits into a warning. */
function fit(pieces: readonly string[], ...texts: readonly string[]): string {
  let left = MAX_WARNING - pieces.join("").length;
  const shortestFirst = texts
    .map((text, index) => ({ text, index, length: quoteText(text, MAX_WARNING).length }))
    .sort((a, b) => a.length - b.length);
  const shown: string[] = [];
  for (const [place, { text, index }] of shortestFirst.entries()) {
    const quoted = quoteText(text, Math.floor(left / (texts.length - place)));
    left -= quoted.length;
    shown[index] = quoted;
  }
  return pieces.map((piece, index) => piece + (shown[index] ?? "")).join("");
}
