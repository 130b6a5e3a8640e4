/** Explains the decision for one request in the public format of `pullring explain -o json`. Names there are never changed. */
import { memberAt, stringOf } from "../json-value.ts";
import type { Keyring } from "../kubelet/keyring.ts";
import { sentenceOfWarning } from "../sentences/warning.ts";
import { isCandidateFor, type JudgedCredential } from "../verdicts/judged-credential.ts";
import { findNearMiss, type NearMiss } from "../verdicts/near-miss.ts";
import type { NotServed } from "../verdicts/not-served.ts";
import { findOtherRegistries, type OtherRegistries } from "../verdicts/other-registries.ts";
import { findOutOfUse, type OutOfUse } from "../verdicts/out-of-use.ts";
import type { SkipReason } from "../verdicts/skip-reason.ts";
import type { Warning } from "../verdicts/warning.ts";
import { type Decision, decide, leaveAlone } from "./decision.ts";
import type { AdmissionRequest } from "./filter-request.ts";
import type { InjectionTarget } from "./injection-target.ts";
import type { NamespaceView, ViewOf } from "./namespace-view.ts";
import type { Patch } from "./patch.ts";
import { lookUpImages, type PlannedImage, positionsOf, triedEntries } from "./trial.ts";

/** One image of an explained object. */
export interface ExplainedImage {
  /** Name of the container; null for an image volume. */
  readonly container: string | null;
  /** JSON pointer of the image in the object. */
  readonly path: string;
  readonly image: string;
  readonly repository: string | null;
  readonly error: string | null;
  /**
   * Distinct names of the Secrets that the kubelet would try with the list as it is in the end, in its order. Empty when that
   * list names a malformed Secret, as the kubelet then tries none.
   */
  readonly credentials: readonly string[];
  /** The credential that comes closest; null when one of the namespace serves the image, or when none is near. */
  readonly nearMiss: NearMiss | null;
  /** A credential that the kubelet would use, were it not for another one; null when there is none. */
  readonly outOfUse: OutOfUse | null;
}

/** One explained object. */
export interface ExplainedObject {
  readonly kind: string;
  readonly namespace: string;
  /** The generateName where the object has no name yet; "" when it has neither. */
  readonly name: string;
  /** Of the request: CREATE, or UPDATE for an object that exists. */
  readonly operation: string;
  readonly decision: Decision["outcome"];
  readonly reason: SkipReason | NotServed["code"] | null;
  /** Why the API server does not ask pullring, with what selects; null when it does. */
  readonly notServed: NotServed | null;
  readonly imagePullSecrets: {
    /** Names in the object. */
    readonly listed: readonly string[];
    /** Names that the patch copies from the ServiceAccount. */
    readonly serviceAccount: readonly string[];
    /** Names of the needed credentials that the patch adds. */
    readonly added: readonly string[];
    /** Names that pullring added before and that the patch takes out. */
    readonly removed: readonly string[];
    /** The object's list after the patch. */
    readonly result: readonly string[];
    /** The list of the Pod in the end: `result`, or the ServiceAccount's names where the API server completes an empty list. */
    readonly effective: readonly string[];
  };
  readonly images: readonly ExplainedImage[];
  /** What the credentials of the namespace are for; null unless none is for an image that needs one. */
  readonly otherRegistries: OtherRegistries | null;
  readonly patch: Patch;
  /** In words. */
  readonly warnings: readonly string[];
  /** The same as codes with parameters. */
  readonly warningCodes: readonly Warning[];
}

/**
 * These say more than that no webhook is called: such requests are never sent, whatever the configuration says, or are refused
 * before.
 */
const STRONGER_REASONS = new Set<unknown>([
  "unhandled-kind",
  "unhandled-operation",
  "subresource",
  "unreadable-object",
] satisfies SkipReason[]);

/**
 * Explains what is done for `request`. Requests that are left alone show what the kubelet would try without pullring.
 * @param whyNotServed says why the API server does not ask pullring; undefined when it does
 */
export function explainRequest(
  request: AdmissionRequest,
  viewOf: ViewOf,
  whyNotServed: (request: AdmissionRequest) => NotServed | undefined = () => undefined,
): ExplainedObject {
  const decided = decide(request, viewOf);
  const notServed = STRONGER_REASONS.has(decided.reason) ? null : (whyNotServed(request) ?? null);
  // An object that opts out is not sent either; its own reason is the one that helps.
  const isLeft = notServed !== null && (notServed.code !== "object-not-served" || decided.reason !== "opted-out");
  const decision = isLeft ? leaveAlone(decided.target, notServed.code) : decided;
  const { target, plan } = decision;
  const explained = {
    kind: request.kind.kind,
    namespace: request.namespace,
    name: request.name || nameOf(request.object),
    operation: request.operation,
    decision: decision.outcome,
    reason: decision.reason,
    notServed: isLeft ? notServed : null,
    patch: decision.patch,
    warnings: decision.warnings.map(sentenceOfWarning),
    warningCodes: decision.warnings,
  };
  if (target === null) return { ...explained, imagePullSecrets: NO_LISTS, images: [], otherRegistries: null };
  const view = viewOf(request.namespace, target.serviceAccountName);
  const { names, injected } = decision;
  const copied = plan?.fromServiceAccount ?? [];
  // The API server completes an empty list alone.
  const effective = names.length === 0 ? (view.serviceAccount?.imagePullSecrets ?? []) : names;
  return {
    ...explained,
    imagePullSecrets: {
      listed: target.listed ?? [],
      serviceAccount: injected.filter((name) => copied.includes(name)),
      added: injected.filter((name) => !copied.includes(name)),
      removed: decision.removed,
      result: names,
      effective,
    },
    images: explainImages(target, plan?.images ?? lookUpImages(target.images, view.keyring), {
      effective,
      keyring: view.keyring,
      warned: decision.warnings.find((warning) => warning.code === "near-miss"),
    }),
    otherRegistries:
      decision.reason === "no-credential" && plan !== null && plan.unserved.length > 0
        ? findOtherRegistries(
            view.keyring,
            plan.unserved.map(({ image }) => image),
          )
        : null,
  };
}

/** Explains what the kubelet tries for the images of an object by the list that it has, whatever pullring would do with it. */
export function explainStored(target: InjectionTarget, { keyring }: NamespaceView): readonly ExplainedImage[] {
  const { images, listed: effective = [] } = target;
  return explainImages(target, lookUpImages(images, keyring), { effective, keyring, warned: undefined });
}

const NO_LISTS: ExplainedObject["imagePullSecrets"] = {
  listed: [],
  serviceAccount: [],
  added: [],
  removed: [],
  result: [],
  effective: [],
};

interface Circumstances {
  readonly effective: readonly string[];
  readonly keyring: Keyring<JudgedCredential>;
  /** The decision has looked for the near miss of an image already. */
  readonly warned: (Warning & { readonly code: "near-miss" }) | undefined;
}

function explainImages(
  { pointer: start }: InjectionTarget,
  images: readonly PlannedImage[],
  { effective, keyring, warned }: Circumstances,
): readonly ExplainedImage[] {
  const positions = positionsOf(effective);
  const isBroken = effective.some((name) => keyring.credentials.get(name)?.status === "malformed");
  const isCandidate = isCandidateFor(positions, keyring);
  return images.map(({ container, pointer, image, repository, error, lookup }) => {
    const entries = isBroken ? [] : triedEntries(lookup, positions);
    const credentials = [...new Set(entries.map(({ credential }) => credential.name))];
    const nearMiss =
      warned?.image === image ? warned.nearMiss : findNearMiss(keyring, { repository, lookup }, isCandidate);
    return {
      container,
      path: `${start}/spec${pointer}`,
      image,
      repository,
      error,
      credentials,
      nearMiss: nearMiss ?? null,
      outOfUse: findOutOfUse(lookup, entries, isCandidate) ?? null,
    };
  });
}

function nameOf(object: AdmissionRequest["object"]): string {
  const name = stringOf(memberAt(object, ["metadata", "name"])) ?? "";
  return name || (stringOf(memberAt(object, ["metadata", "generateName"])) ?? "");
}
