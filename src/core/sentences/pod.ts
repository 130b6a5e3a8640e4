/** The sentences about a Pod that is there: why it waits for its image, and what would help. Texts from outside are quoted. */
import { escapeText, quoteText } from "../quoted-text.ts";
import type { PodVerdict } from "../verdicts/pod-verdict.ts";
import { type Verdict, verdictOf } from "./credential.ts";
import { MAKE_CREDENTIAL, namesOfSecrets, verdictOfHealing } from "./healing.ts";
import { sentenceOfOtherRegistries, verdictOfNearMiss, verdictOfOutOfUse } from "./image.ts";
import { verdictOfWhereabouts } from "./object.ts";

/** Longest text from outside in a sentence, in characters. */
const QUOTE_LENGTH = 80;

/** What is spoken of: a Pod, or a workload of which Pods wait. */
export interface Subject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Names of the Pods that wait, the one that the verdict is about first; the Pod itself. */
  readonly pods: readonly string[];
}

/** When a Secret came. */
export interface Arrival {
  readonly secret: string;
  /** Measured from the Pod's creation; negative where the Secret was there before. */
  readonly afterSeconds: number;
  /** Measured back from now. */
  readonly agoSeconds: number;
}

/**
 * Within this time after its Secret came, a kubelet tries again to pull an image, in seconds.
 * @see kubernetes pkg/kubelet/kubelet.go MaxContainerBackOff (5 minutes), and a tenth for jitter and the sync of the Pod
 */
const RETRY_SECONDS = 330;

/** Says what is the matter, and what to do. @param arrival of the Secret that the Pod lacks or has; null where it is not known */
export function verdictOfPod(verdict: PodVerdict, subject: Subject, arrival: Arrival | null): Verdict {
  const isExpected = verdict.code === "has-credential" && isAwaited(arrival);
  const words = wordsOf(verdict, subject);
  const { sentence, remedy } = isExpected ? { ...words, remedy: WAIT } : words;
  const came = ("secrets" in verdict || isExpected) && arrival !== null ? `; ${sentenceOfArrival(arrival)}` : "";
  const others = subject.pods.length - 1;
  const who = subject.kind === "Pod" ? "" : `Pod ${escapeText(String(subject.pods[0]))}: `;
  const more = others > 0 ? ` (${others} more ${others === 1 ? "Pod waits" : "Pods wait"})` : "";
  return { sentence: `${subject.pods.length === 0 ? "" : who}${sentence}${came}${more}`, remedy };
}

function wordsOf(verdict: PodVerdict, subject: Subject): Verdict {
  const { namespace, name, pods } = subject;
  const pod = String(pods[0]);
  const kubectl = `kubectl -n ${escapeText(namespace)}`;
  switch (verdict.code) {
    case "replaceable": {
      const { kind, owner, secrets } = verdict;
      const sentence = `its list lacks ${namesOfSecrets(secrets)} and cannot change; ${escapeText(kind)} ${escapeText(owner)} makes another Pod with it`;
      const remedy = ROLLING.has(subject.kind)
        ? `${kubectl} rollout restart ${subject.kind.toLowerCase()} ${escapeText(name)}`
        : `${kubectl} delete pod ${pods.slice(0, MAX_PODS).map(escapeText).join(" ")}`;
      return { sentence, remedy };
    }
    case "not-installed":
      return {
        sentence: `its list lacks ${namesOfSecrets(verdict.secrets)}, and the cluster has no webhook configuration of pullring, so that another Pod would lack it as well`,
        remedy: "install pullring, or list the Secret in the object that the Pod is made of",
      };
    case "not-known":
      return {
        sentence: `whether a credential serves ${quote(verdict.image)} is not known, as the Secrets of namespace ${escapeText(namespace)} could not be read`,
        remedy: `ask again with the right to list secrets in namespace ${escapeText(namespace)}`,
      };
    case "malformed-listed": {
      const { sentence, remedy } = verdictOf(verdict.finding, { namespace, name: verdict.secret });
      return {
        sentence: `the kubelet pulls no image of the Pod, as it cannot read the listed Secret ${quote(verdict.secret)}: ${sentence}`,
        remedy,
      };
    }
    case "bad-credential": {
      const { sentence, remedy } = verdictOf(verdict.finding, { namespace, name: verdict.secret });
      return { sentence: `Secret ${quote(verdict.secret)} is for ${quote(verdict.image)}, but ${sentence}`, remedy };
    }
    case "unserved-image": {
      const { sentence, remedy } = verdictOf(verdict.finding, { namespace, name: verdict.secret });
      return {
        sentence: `no credential of the namespace serves ${quote(verdict.image)}; Secret ${quote(verdict.secret)} may be meant for it, but ${sentence}`,
        remedy,
      };
    }
    case "secret-elsewhere":
      return verdictOfWhereabouts(verdict.place);
    case "out-of-use":
      return verdictOfOutOfUse(verdict.outOfUse);
    case "invalid-image":
      return {
        sentence: `the image of container ${quote(verdict.container)} is not a valid reference`,
        remedy: "correct the image",
      };
    case "never-pulled":
      return {
        sentence: `imagePullPolicy Never keeps the kubelet from pulling the image of container ${quote(verdict.container)}, and the node does not have it`,
        remedy: "take another imagePullPolicy, or load the image on the node",
      };
    case "ephemeral-waits": {
      const { container, image, secret } = verdict;
      const [copied, copy] = [escapeText(pod), escapeText(`${pod}-debug`)];
      return {
        sentence: `ephemeral container ${quote(container)} waits for ${quote(image)}; the list of its Pod lacks Secret ${quote(secret)} and cannot change`,
        remedy: `debug a copy, which has the Secret: ${kubectl} debug ${copied} -it --copy-to=${copy} --image=${escapeText(image)}`,
      };
    }
    case "waits-otherwise":
      return {
        sentence: `no container waits for its image; container ${quote(verdict.container)} waits with ${quote(verdict.reason)}`,
        remedy: `${kubectl} describe pod ${escapeText(pod)}`,
      };
    case "not-scheduled":
      return {
        sentence: "no node has begun with the Pod, so that no image was pulled yet",
        remedy: `${kubectl} describe pod ${escapeText(pod)}`,
      };
    case "pods-not-known":
      return {
        sentence: "whether Pods of it wait for an image is not known, as they could not be read",
        remedy: `ask again with the right to list pods, and replicasets or jobs, in namespace ${escapeText(namespace)}`,
      };
    case "being-deleted":
      return { sentence: "the Pod is being deleted", remedy: null };
    case "well":
      return {
        sentence: subject.kind === "Pod" ? "no container waits for its image" : "no Pod waits for an image",
        remedy: null,
      };
    case "no-credential": {
      const { image, nearMiss, otherRegistries } = verdict;
      const sentence = `no credential of the namespace serves ${quote(image)}`;
      const closest = nearMiss === null ? null : verdictOfNearMiss(nearMiss);
      return {
        sentence: `${sentence}; ${closest?.sentence ?? sentenceOfOtherRegistries(otherRegistries)}`,
        remedy: closest === null ? MAKE_CREDENTIAL : closest.remedy,
      };
    }
    case "has-credential": {
      const { sentence } = verdictOfHealing(verdict, { namespace, name: pod });
      const place = `${subject.kind.toLowerCase()}/${escapeText(name)} -n ${escapeText(namespace)}`;
      return { sentence, remedy: `ask the registry what is wrong with it: pullring explain ${place} --try` };
    }
    default:
      return verdictOfHealing(verdict, { namespace, name: pod });
  }
}

/** Kinds that make all of their Pods again on request, a few at a time. A StatefulSet gets stuck behind a Pod that waits. */
const ROLLING = new Set(["Deployment", "DaemonSet"]);

/** Most Pods in one command. */
const MAX_PODS = 20;

/** A Pod that names a Secret before it is there gets better by itself. */
function isAwaited(arrival: Arrival | null): boolean {
  return arrival !== null && arrival.afterSeconds > 0 && arrival.agoSeconds < RETRY_SECONDS;
}

const WAIT = "wait: the kubelet tries again within 5 minutes after the Secret came";

function sentenceOfArrival({ secret, afterSeconds }: Arrival): string {
  // The API server writes whole seconds.
  if (afterSeconds === 0) return `Secret ${quote(secret)} came in the same second`;
  return afterSeconds < 0
    ? `Secret ${quote(secret)} was there before it, so pullring was not asked then, or the Secret has changed since`
    : `Secret ${quote(secret)} came ${formatSeconds(afterSeconds)} after it`;
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;

/** @example formatSeconds(40) // "40 s" */
function formatSeconds(seconds: number): string {
  const [unit, length] = UNITS.find((candidate) => seconds >= 2 * candidate[1]) ?? ["s", 1];
  return `${Math.floor(seconds / length)} ${unit}`;
}

function quote(text: string): string {
  return quoteText(text, QUOTE_LENGTH);
}
