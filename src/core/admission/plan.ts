/**
 * Plans what is added to the list of a target: the credentials that the kubelet would try for images which no listed
 * credential serves, and the ServiceAccount's names where the list is not a person's.
 */
import { AppError } from "../app-error.ts";
import { compareBytes } from "../go/byte-string.ts";
import { parseImageReference } from "../kubelet/image-reference.ts";
import {
  type Keyring,
  type KeyringEntry,
  type Lookup,
  lookupCost,
  lookupCredentials,
} from "../kubelet/keyring.ts";
import { type InjectionTarget, isOwnList } from "./injection-target.ts";
import type { NamespaceView } from "./namespace-view.ts";
import type { PodImage } from "./pod-images.ts";
import { PLAIN_SERVICE_ACCOUNT, type ServiceAccount } from "./service-account.ts";
import type { SkipReason } from "./skip-reason.ts";

/** An image of the target with what the keyring of its namespace holds for it. */
export interface PlannedImage extends PodImage {
  /** null when the kubelet cannot parse the image. */
  readonly repository: string | null;
  /** Why the image cannot be parsed; null when it can. */
  readonly error: string | null;
  readonly lookup: Lookup;
}

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
  /** Those that would put a listed credential out of use. */
  readonly conflicts: readonly Conflict[];
}

/** A credential that is not added, as the kubelet would no longer use a listed one. */
export interface Conflict {
  readonly name: string;
  /** Its registry key that covers the image of the listed credential, as the kubelet indexes it. */
  readonly indexKey: string;
  /** The listed credential. */
  readonly listed: string;
}

/** Most names that are added to one object: rotations leave a few credentials of one registry, never this many. */
export const MAX_ADDED = 16;

const NOTHING: Lookup = { matches: [], fallback: [] };

/**
 * Plans for `target`, given what is known of its namespace. Planning again with the result in the list adds nothing.
 * @throws AppError ERR_TOO_MUCH_WORK when images and registry keys are too many together
 */
export function planInjection(target: InjectionTarget, view: NamespaceView): Plan {
  const images = lookUpImages(target.images, view.keyring);
  const listed = target.listed ?? [];
  const serviceAccount = view.serviceAccount ?? PLAIN_SERVICE_ACCOUNT;
  const block = reasonToBlock(target, view);
  const isLeftAlone = target.isTemplate && block !== undefined;
  const completion = isLeftAlone && listed.length > 0 ? [] : completionFor(target, serviceAccount);
  const effective = [...listed, ...completion];
  const needed = findNeeded(images, effective, (name) =>
    block === undefined ? true : !isLeftAlone && serviceAccount.imagePullSecrets.includes(name),
  );
  const added = needed.names.slice(0, MAX_ADDED);
  // An empty list that stays empty is completed by the API server; one that pullring filled never is again.
  const fromServiceAccount = added.length > 0 || listed.length > 0 ? completion : [];
  const final = added.length === 0 ? effective : [...effective, ...added];
  const served = positionsOf(final);
  const unserved = images.filter(
    ({ repository, lookup }) => repository !== null && !isServed(lookup, served),
  );
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
  if (serviceAccount?.enforcesMountableSecrets === true) {
    return "mountable-secrets";
  }
  return serviceAccount === null && isTemplate ? "no-service-account" : undefined;
}

/**
 * Most comparisons with keys that have a star, and matches, of one decision; more are refused. A decision holds up all others,
 * and 70,000 stars fit in one Secret and 1,000 images in one Pod. A hundred images with 5,000 stars are within it, and take
 * less than a second. @see lookupCost
 */
const MAX_COMPARISONS = 1_000_000;

/**
 * Looks up what the keyring holds for each image.
 * @throws AppError ERR_TOO_MUCH_WORK
 */
export function lookUpImages(images: readonly PodImage[], keyring: Keyring): readonly PlannedImage[] {
  let comparisons = 0;
  return images.map(({ container, pointer, image }) => {
    const { repository, error } = parseImageReference(image);
    comparisons += repository === null ? 0 : lookupCost(keyring, repository);
    if (comparisons > MAX_COMPARISONS) {
      throw new AppError(
        "ERR_TOO_MUCH_WORK",
        "the images of the object and the registry keys of its namespace are too many to compare",
      );
    }
    const lookup = repository === null ? NOTHING : lookupCredentials(keyring, repository);
    comparisons += lookup.matches.length + lookup.fallback.length;
    return { container, pointer, image, repository, error, lookup };
  });
}

/**
 * The ServiceAccount's names that belong in the list and are missing. The API server copies them only into an empty list, so
 * they are ours to add where the list is empty or all of it is pullring's own.
 */
function completionFor(target: InjectionTarget, serviceAccount: ServiceAccount): readonly string[] {
  const listed = target.listed ?? [];
  return isOwnList(target) ? serviceAccount.imagePullSecrets.filter((name) => !listed.includes(name)) : [];
}

/** Names of the usable credentials that the kubelet would try for an image which no name of `effective` serves, in order. */
function findNeeded(
  images: readonly PlannedImage[],
  effective: readonly string[],
  isAllowed: (name: string) => boolean,
): { readonly names: readonly string[]; readonly conflicts: readonly Conflict[] } {
  const positions = positionsOf(effective);
  const names = new Set<string>();
  const conflicts = new Map<string, Conflict>();
  const mayBeAdded = ({ credential: { name, status }, isVoid }: KeyringEntry): boolean =>
    status === "usable" && isVoid !== true && isAllowed(name);
  for (const { lookup } of images.filter((image) => !isServed(image.lookup, positions))) {
    // A listed credential that matches, void as it is, keeps the kubelet from Docker Hub's.
    const stands = lookup.matches.some(({ credential }) => positions.has(credential.name));
    const candidates = narrow(stands ? { ...lookup, fallback: [] } : lookup, mayBeAdded);
    for (const { credential } of candidates) {
      const conflict = findConflict(credential.name, images, positions);
      if (conflict === undefined) {
        names.add(credential.name);
      } else {
        conflicts.set(credential.name, conflict);
      }
    }
  }
  return { names: [...names], conflicts: [...conflicts.values()] };
}

/** Finds an image of a listed Docker Hub credential for which the kubelet would use `name` instead of it. */
function findConflict(
  name: string,
  images: readonly PlannedImage[],
  positions: ReadonlyMap<string, number>,
): Conflict | undefined {
  for (const { lookup } of images) {
    const suppressing = lookup.matches.find(({ credential }) => credential.name === name);
    if (suppressing !== undefined && isServed(lookup, positions)) {
      const [used] = triedEntries(lookup, positions);
      if (used !== undefined && !lookup.matches.includes(used)) {
        return { name, indexKey: suppressing.indexKey, listed: used.credential.name };
      }
    }
  }
  return undefined;
}

/** Gives each name its first place in a list. */
export function positionsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  for (const [position, name] of names.entries()) {
    if (!positions.has(name)) {
      positions.set(name, position);
    }
  }
  return positions;
}

/**
 * Gives the entries that the kubelet tries for an image when a Pod lists Secrets in this order: greater index keys first,
 * equal ones by their place in the list.
 * @param positions the names of the list, each with its first place in it
 */
export function triedEntries(
  lookup: Lookup,
  positions: ReadonlyMap<string, number>,
): readonly KeyringEntry[] {
  if (positions.size === 0) {
    return [];
  }
  const entries = narrow(lookup, ({ credential }) => positions.has(credential.name));
  const place = ({ credential }: KeyringEntry): number => positions.get(credential.name) as number;
  // The look-up is sorted by index key already; a stable sort keeps two keys of one Secret as they are.
  return entries.length < 2
    ? entries
    : entries.toSorted((a, b) =>
        a.indexKey === b.indexKey ? place(a) - place(b) : compareBytes(b.indexKey, a.indexKey),
      );
}

/** Tells whether the kubelet tries an entry that is worth something. Void ones count for what they suppress. */
function isServed(lookup: Lookup, positions: ReadonlyMap<string, number>): boolean {
  return positions.size > 0 && triedEntries(lookup, positions).some(({ isVoid }) => !isVoid);
}

/** Docker Hub's credentials stand in only if no key of the narrowed keyring matches. */
function narrow(
  { matches, fallback }: Lookup,
  belongs: (entry: KeyringEntry) => boolean,
): readonly KeyringEntry[] {
  const narrowed = matches.filter(belongs);
  return narrowed.length > 0 ? narrowed : fallback.filter(belongs);
}
