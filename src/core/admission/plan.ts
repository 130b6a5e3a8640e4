/**
 * Plans what is added to the list of a target: the credentials that the kubelet would try for images which no listed
 * credential serves, and the ServiceAccount's names where the list is not a person's.
 */
import type { KeyringEntry, Lookup } from "../kubelet/keyring.ts";
import type { SkipReason } from "../verdicts/skip-reason.ts";
import { type InjectionTarget, isOwnList } from "./injection-target.ts";
import type { NamespaceView } from "./namespace-view.ts";
import { PLAIN_SERVICE_ACCOUNT, type ServiceAccount } from "./service-account.ts";
import { isServed, lookUpImages, narrow, type PlannedImage, positionsOf, triedEntries } from "./trial.ts";

/** What is done to a list, and the lists that the response and its explanation speak of. */
export interface Plan {
  /** Why nothing is added; null when something is. */
  readonly reason: SkipReason | null;
  /** Names that the Pod has without pullring: those listed, or those that the API server copies from the ServiceAccount. */
  readonly effective: readonly string[];
  /** Names to copy from the ServiceAccount; they go before `added`. */
  readonly fromServiceAccount: readonly string[];
  /** Names of the needed credentials. */
  readonly added: readonly string[];
  /** Names that the Pod has in the end, in the order in which the kubelet reads them. */
  readonly final: readonly string[];
  readonly images: readonly PlannedImage[];
  /** Images that parse and that nothing serves in the end. A newer keyring might. */
  readonly unserved: readonly PlannedImage[];
  /** Credentials that serve and are not added. */
  readonly leftOut: LeftOut;
}

/** Credentials that serve an image and are not added. */
export interface LeftOut {
  /** How many serve and are too many for one object. */
  readonly tooMany: number;
  /** Those that would put a credential of the list out of use. */
  readonly conflicts: readonly Conflict[];
}

/** A credential that is not added, as the kubelet would no longer use one that is listed, or added for an image before. */
export interface Conflict {
  readonly name: string;
  /** Its registry key that covers the image of the other credential, as the kubelet indexes it. */
  readonly indexKey: string;
  /** The other credential. */
  readonly listed: string;
}

/** Most names that are added to one object: rotations leave a few credentials of one registry, never this many. @see chooseNames */
export const MAX_ADDED = 16;

/**
 * Plans for `target`, given what is known of its namespace. Planning again with the result in the list adds nothing.
 * @throws AppError ERR_TOO_MUCH_WORK when images, or they and registry keys together, are too many
 */
export function planInjection(target: InjectionTarget, view: NamespaceView): Plan {
  const images = lookUpImages(target.images, view.keyring);
  const listed = target.listed ?? [];
  const serviceAccount = view.serviceAccount ?? PLAIN_SERVICE_ACCOUNT;
  const block = reasonToBlock(target, view);
  const isLeftAlone = target.isTemplate && block !== undefined;
  const completion = isLeftAlone && listed.length > 0 ? [] : completionFor(target, serviceAccount);
  const effective = [...listed, ...completion];
  const ofAccount = new Set(serviceAccount.imagePullSecrets);
  const needed = findNeeded(images, effective, (name) =>
    block === undefined ? true : !isLeftAlone && ofAccount.has(name),
  );
  const added = chooseNames(needed);
  // An empty list that stays empty is completed by the API server; one that pullring filled never is again.
  const fromServiceAccount = added.length > 0 || listed.length > 0 ? completion : [];
  const final = added.length === 0 ? effective : [...effective, ...added];
  const served = positionsOf(final);
  const unserved = images.filter(({ repository, lookup }) => repository !== null && !isServed(lookup, served));
  const addsNothing = fromServiceAccount.length + added.length === 0;
  const isUnserved = unserved.length > 0 || images.some(({ error }) => error !== null);
  const isBlocked = block !== undefined && findNeeded(images, effective, () => true).names.length > 0;
  const idle = isUnserved ? "no-credential" : "already-served";
  return {
    reason: addsNothing ? ((isBlocked ? block : undefined) ?? idle) : null,
    effective,
    fromServiceAccount,
    added,
    final,
    images,
    unserved,
    leftOut: { tooMany: Math.max(0, needed.names.length - MAX_ADDED), conflicts: needed.conflicts },
  };
}

/**
 * Why the ServiceAccount stands against additions; undefined when it does not. One that enforces mountable secrets makes the
 * API server refuse a Pod that names any other. A template is left alone until its ServiceAccount is there, as that may enforce
 * them; its Pods are handled.
 */
function reasonToBlock(
  { isTemplate }: InjectionTarget,
  { serviceAccount }: NamespaceView,
): "mountable-secrets" | "no-service-account" | undefined {
  if (serviceAccount?.enforcesMountableSecrets === true) return "mountable-secrets";
  return serviceAccount === null && isTemplate ? "no-service-account" : undefined;
}

/**
 * The ServiceAccount's names that belong in the list and are missing. The API server copies them only into an empty list, so
 * they are ours to add where the list is empty or all of it is pullring's own.
 */
function completionFor(target: InjectionTarget, serviceAccount: ServiceAccount): readonly string[] {
  const listed = new Set(target.listed);
  return isOwnList(target) ? serviceAccount.imagePullSecrets.filter((name) => !listed.has(name)) : [];
}

/** What images need that nothing serves. */
interface Needed {
  /** In the order of trial. */
  readonly names: readonly string[];
  /** For each image the one that is tried first. */
  readonly firsts: readonly string[];
  readonly conflicts: readonly Conflict[];
}

/** Where they are too many, no image goes without for the second credential of another. */
function chooseNames({ names, firsts }: Needed): readonly string[] {
  const chosen = new Set([...new Set([...firsts, ...names])].slice(0, MAX_ADDED));
  return names.filter((name) => chosen.has(name));
}

/**
 * Names of the usable credentials that the kubelet would try for an image which no name of `effective` serves, in order. Each is
 * judged with those before it in the list: a void entry of one can put another out of use.
 */
function findNeeded(
  images: readonly PlannedImage[],
  effective: readonly string[],
  isAllowed: (name: string) => boolean,
): Needed {
  const positions = positionsOf(effective);
  const conflicting = findConflicts(images, positions);
  const names = new Set<string>();
  const firsts: string[] = [];
  const conflicts = new Set<Conflict>();
  const mayBeAdded = ({ credential: { name, status }, isVoid }: KeyringEntry): boolean =>
    status === "usable" && !isVoid && isAllowed(name);
  for (const { lookup } of images.filter((image) => !isServed(image.lookup, positions))) {
    // A credential of the list that matches, void as it is, keeps the kubelet from Docker Hub's.
    const stands = lookup.matches.some(({ credential: { name } }) => positions.has(name) || names.has(name));
    let isFirst = true;
    for (const entry of narrow(stands ? { ...lookup, fallback: [] } : lookup, mayBeAdded)) {
      const conflict = conflicting.get(entry.credential.name);
      if (conflict === undefined) {
        names.add(entry.credential.name);
        if (isFirst) {
          firsts.push(entry.credential.name);
          // All of them match, or all stand in.
          protectStandIn(conflicting, lookup, entry);
        }
        isFirst = false;
      } else conflicts.add(conflict);
    }
  }
  return { names: [...names], firsts, conflicts: [...conflicts] };
}

/** The credentials that the kubelet would use in place of a listed one. */
function findConflicts(images: readonly PlannedImage[], positions: ReadonlyMap<string, number>): Map<string, Conflict> {
  const conflicting = new Map<string, Conflict>();
  for (const { lookup } of images) {
    const tried = triedEntries(lookup, positions);
    const [used] = tried;
    if (used !== undefined && tried.some(({ isVoid }) => !isVoid)) protectStandIn(conflicting, lookup, used);
  }
  return conflicting;
}

/** Docker Hub's credentials stand in where none matches: each that matches is in conflict with one that is `used` so. */
function protectStandIn(conflicting: Map<string, Conflict>, { matches }: Lookup, used: KeyringEntry): void {
  if (matches.includes(used)) return;
  for (const { credential, indexKey } of matches) {
    if (conflicting.has(credential.name)) continue;
    conflicting.set(credential.name, { name: credential.name, indexKey, listed: used.credential.name });
  }
}
