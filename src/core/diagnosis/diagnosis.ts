/**
 * Says of a Pod that is there why it waits for an image and what would help: one verdict, the one that a person has to know
 * first. Pure; everything that it rests on was read before.
 */
import type { ExplainedImage, ExplainedObject } from "../admission/explanation.ts";
import { type Assessment, assessPod, type Unhelped } from "../healing/assessment.ts";
import { findObstacle, type HealingEvidence } from "../healing/decision.ts";
import { controllerOf } from "../healing/owner.ts";
import { findWaitingEphemeral } from "../healing/waiting-images.ts";
import { lookupCredentials } from "../kubelet/keyring.ts";
import { isBeingDeleted } from "../object-metadata.ts";
import { type Finding, findingAt } from "../verdicts/finding.ts";
import type { JudgedCredential } from "../verdicts/judged-credential.ts";
import { findOtherRegistries } from "../verdicts/other-registries.ts";
import type { PodVerdict } from "../verdicts/pod-verdict.ts";
import type { Whereabouts } from "../verdicts/whereabouts.ts";
import { listContainerStates } from "./container-states.ts";

/** What a diagnosis rests on. */
export interface PodEvidence extends Omit<HealingEvidence, "workload"> {
  /** Whether the cluster has a webhook configuration of pullring, as far as is known. */
  readonly isInstalled: boolean;
  /** Whether all credentials of the namespace are known. */
  readonly isKnown: boolean;
  /** What a new Pod would get. */
  readonly explained: ExplainedObject;
  readonly whereabouts: readonly Whereabouts[];
  /** The time, in seconds since 1970. */
  readonly nowSeconds: number;
}

/** Gives the verdict. */
export function diagnosePod(evidence: PodEvidence): PodVerdict {
  if (isBeingDeleted(evidence.pod)) return { code: "being-deleted" };
  const assessment = assessPod(evidence, evidence.view);
  return assessment === null
    ? verdictOfContainers(evidence)
    : (findListedMistake(evidence) ?? judge(assessment, evidence));
}

function judge(assessment: Assessment, evidence: PodEvidence): PodVerdict {
  const { missing: secrets, reason } = assessment;
  if (secrets === undefined) return explainReason(reason, evidence);
  if (!evidence.isInstalled) return { code: "not-installed", secrets };
  const obstacle = findObstacle(evidence, secrets);
  if (obstacle !== undefined) return obstacle;
  // Only where there is one is there no obstacle.
  const { kind, name: owner } = controllerOf(evidence.pod) as NonNullable<ReturnType<typeof controllerOf>>;
  return { code: "replaceable", kind, owner, secrets };
}

/** The kubelet tries nothing at all when one listed Secret is malformed. */
function findListedMistake({ view: { keyring }, explained }: PodEvidence): PodVerdict | undefined {
  for (const secret of explained.imagePullSecrets.listed) {
    const credential = keyring.credentials.get(secret);
    if (credential?.status !== "malformed") continue;
    const [finding] = credential.findings as readonly [Finding];
    return { code: "malformed-listed", secret, finding };
  }
  return undefined;
}

/** Another Pod would not be better off. */
function explainReason(reason: Unhelped, evidence: PodEvidence): PodVerdict {
  if (reason.code === "skipped") return reason;
  if (reason.code === "no-credential") return explainNoCredential(reason, evidence);
  const { image, secret } = reason;
  const { outOfUse } = evidence.explained.images.find((one) => one.image === image && one.outOfUse) ?? {};
  if (outOfUse) return { code: "out-of-use", outOfUse };
  const finding = findLoginFinding(secret, evidence);
  return finding === undefined ? reason : { code: "bad-credential", image, secret, finding };
}

type NoCredential = Extract<Unhelped, { readonly code: "no-credential" }>;

/** What a person wrote comes first: the names of the list, then keys that miss by little, then Secrets of other namespaces. */
function explainNoCredential(unhelped: NoCredential, evidence: PodEvidence): PodVerdict {
  const { isKnown, whereabouts, explained, view } = evidence;
  const reason = { ...unhelped, otherRegistries: findOtherRegistries(view.keyring, [unhelped.image]) };
  if (!isKnown) return { code: "not-known", image: reason.image };
  const ofList = whereabouts.find((place) => !("image" in place));
  if (ofList !== undefined) return { code: "secret-elsewhere", place: ofList };
  if (reason.nearMiss !== null) return reason;
  const meant = explained.warningCodes.find((warning) => warning.code === "unserved-image");
  if (meant !== undefined) {
    return { code: meant.code, image: meant.image, secret: meant.secret, finding: meant.finding };
  }
  const ofImage = whereabouts.find((place) => "image" in place && place.image === reason.image);
  return ofImage === undefined ? reason : { code: "secret-elsewhere", place: ofImage };
}

/** What lets a registry refuse an account. */
const LOGIN_CODES = new Set<Finding["code"]>([
  "token-expired",
  "white-space",
  "auth-disagrees",
  "no-password",
  "no-user",
  "template",
  "encrypted",
]);

function findLoginFinding(secret: string, { view, nowSeconds }: PodEvidence): Finding | undefined {
  const { findings } = view.keyring.credentials.get(secret) as JudgedCredential;
  return findings.map((finding) => findingAt(finding, nowSeconds)).find(({ code }) => LOGIN_CODES.has(code));
}

/** No container waits for what a credential could give to another Pod. */
function verdictOfContainers(evidence: PodEvidence): PodVerdict {
  const { pod } = evidence;
  const states = listContainerStates(pod);
  const named = (reason: string) => states.find((state) => state.state === "waiting" && state.reason === reason);
  const invalid = named("InvalidImageName");
  if (invalid !== undefined) return { code: "invalid-image", container: invalid.container };
  const never = named("ErrImageNeverPull");
  if (never !== undefined) return { code: "never-pulled", container: never.container };
  const name = findWaitingEphemeral(pod);
  const ephemeral = evidence.explained.images.find(({ container }) => container === name);
  if (ephemeral !== undefined) return verdictOfEphemeral(ephemeral, evidence);
  const waiting = states.find(({ state, reason }) => state === "waiting" && reason !== null && !PASSING.has(reason));
  if (waiting !== undefined) {
    return { code: "waits-otherwise", container: waiting.container, reason: String(waiting.reason) };
  }
  return states.every(({ state }) => state === null) ? { code: "not-scheduled" } : { code: "well" };
}

/** The list of the Pod is that of its ephemeral containers as well; only a copy of the Pod has another one. */
function verdictOfEphemeral(
  { container, image, repository, nearMiss }: ExplainedImage,
  evidence: PodEvidence,
): PodVerdict {
  const { explained, view, isInstalled } = evidence;
  const mistake = findListedMistake(evidence);
  if (mistake !== undefined) return mistake;
  const { matches, fallback } = lookupCredentials(view.keyring, String(repository));
  const serving = [...matches, ...fallback].filter(
    ({ credential, isVoid }) => credential.status === "usable" && !isVoid,
  );
  const names = serving.map(({ credential }) => credential.name);
  const listed = names.find((name) => explained.imagePullSecrets.listed.includes(name));
  const [secret] = names;
  if (secret === undefined) return explainReason({ code: "no-credential", image, nearMiss }, evidence);
  if (listed !== undefined) return explainReason({ code: "has-credential", image, secret: listed }, evidence);
  if (!isInstalled) return { code: "not-installed", secrets: [secret] };
  if (explained.notServed !== null) return { code: "not-served", notServed: explained.notServed };
  return { code: "ephemeral-waits", container: String(container), image, secret };
}

/** What every Pod goes through. */
const PASSING = new Set(["ContainerCreating", "PodInitializing"]);
