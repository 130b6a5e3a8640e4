/** The sentences about credentials that are shared: for Events, logs and `pullring doctor`. */
import { escapeText, quoteText } from "../quoted-text.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../sharing/copy.ts";
import { SHARE_WITH_ANNOTATION } from "../sharing/share-with.ts";
import type { SharingProblem } from "../verdicts/sharing-problem.ts";
import type { Verdict } from "./credential.ts";
import { sentenceOfSelectorError } from "./label-selector.ts";

/** Longest text from outside in a sentence, in characters. */
const QUOTE_LENGTH = 80;
/** Most namespaces that a sentence names. */
const NAMES_SHOWN = 5;

/** Says where a Secret of an object comes from. @param isThere whether its copy is there */
export function sentenceOfShared(name: string, from: string, isThere: boolean): string {
  return `${escapeText(name)}, shared from ${escapeText(from)}${isThere ? "" : "; its copy is not there yet"}`;
}

/** Says what keeps a shared credential from a namespace, and what a person can do. @param name of the source and its copies */
export function verdictOfSharingProblem(problem: SharingProblem, name: string): Verdict {
  if (problem.code === "unreadable-selector") {
    return {
      sentence: `annotation ${SHARE_WITH_ANNOTATION} is no label selector: ${sentenceOfSelectorError(problem.error)}. No namespace is added or taken away`,
      remedy: "write it as for kubectl get namespaces -l, or * for all namespaces",
    };
  }
  if (problem.code === "copies-missing") {
    const { namespaces } = problem;
    const some = namespaces.slice(0, NAMES_SHOWN).map(escapeText).join(", ");
    const more = namespaces.length > NAMES_SHOWN ? ` and ${namespaces.length - NAMES_SHOWN} more` : "";
    return {
      sentence: `its copy is missing in ${namespaces.length === 1 ? "namespace" : "namespaces"} ${some}${more}, and Pods there wait for it`,
      remedy:
        "see what keeps pullring controller --share: kubectl -n pullring logs deployment/pullring-sharing, and the Events of the Secret",
    };
  }
  const namespace = escapeText(problem.namespace);
  const secret = quoteText(name, QUOTE_LENGTH);
  switch (problem.code) {
    case "name-taken":
      return {
        sentence: `namespace ${namespace} has a Secret ${secret} of its own, which is used there and is left alone`,
        remedy: "share the credential under another name, or delete that Secret",
      };
    case "quota-full":
      return {
        sentence: `namespace ${namespace} gets no copy: its ResourceQuota for Secrets is full`,
        remedy: "delete Secrets there that nobody needs, or raise the quota",
      };
    case "refused":
      return {
        sentence: `namespace ${namespace} gets no copy: an admission policy of the cluster refuses it`,
        remedy: `allow Secrets with the label ${MANAGED_BY_LABEL}: ${MANAGED_BY} there`,
      };
    case "missing-right":
      return {
        sentence: `namespace ${namespace} gets no copy: pullring lacks the right to write Secrets there`,
        remedy: "apply the manifests of the component sharing again",
      };
    case "server-failed":
      return {
        sentence: `namespace ${namespace} gets no copy: the API server fails to write it, as where an admission webhook for Secrets does not answer`,
        remedy: "see which one that is: the log of the API server names it (failed calling webhook)",
      };
    case "contested":
      return {
        sentence: `namespace ${namespace} has its copy changed or deleted by something else again and again; it is put right ever more slowly`,
        remedy: `let that leave Secrets with the label ${MANAGED_BY_LABEL}: ${MANAGED_BY} alone`,
      };
  }
}
