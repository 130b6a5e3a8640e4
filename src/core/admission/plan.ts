/**
 * Plans what is added to the list of a target: the credentials that the kubelet would try for images which no listed
 * credential serves, and the ServiceAccount's names where the list is not a person's.
 */
import { AppError } from "../app-error.ts";
import { compareBytes } from "../go/byte-string.ts";
import type { Credential } from "../kubelet/credential.ts";
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

/** What is done to a list, and the lists that the answer and its explanation speak of. */
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
  /** Images that parse and that nothing serves in the end. A fresher keyring might. */
  readonly unserved: readonly PlannedImage[];
}

const NOTHING: Lookup = { matches: [], fallback: [] };

/**
 * Plans for `target`, given what is known of its namespace. Planning again with the result in the
 * list adds nothing.
 * @throws AppError ERR_TOO_MUCH_WORK when images and registry keys are too many together
 */
export function planInjection(target: InjectionTarget, view: NamespaceView): Plan {
  const { keyring, serviceAccount = PLAIN_SERVICE_ACCOUNT } = view;
  const images = lookUpImages(target.images, keyring);
  const listed = target.listed ?? [];
  const completion = completionFor(target, serviceAccount);
  const effective = [...listed, ...completion];
  const isMountable = mountableCheck(serviceAccount);
  const added = findNeeded(images, effective, isMountable);
  // An empty list that stays empty is completed by the API server; one that pullring filled never is again.
  const fromServiceAccount = added.length > 0 || listed.length > 0 ? completion : [];
  const final = added.length === 0 ? effective : [...effective, ...added];
  const served = positionsOf(final);
  const unserved = images.filter(
    ({ repository, lookup }) => repository !== null && !triesAny(lookup, served),
  );
  const addsNothing = fromServiceAccount.length + added.length === 0;
  const isBlocked =
    addsNothing &&
    serviceAccount.enforcesMountableSecrets &&
    findNeeded(images, effective, () => true).length > 0;
  const isUnserved = unserved.length > 0 || images.some(({ error }) => error !== null);
  const idle = isBlocked ? "mountable-secrets" : isUnserved ? "no-credential" : "already-served";
  return { reason: addsNothing ? idle : null, effective, fromServiceAccount, added, final, images, unserved };
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

/** A ServiceAccount that enforces mountable secrets makes the API server refuse a Pod that names any other. */
function mountableCheck(serviceAccount: ServiceAccount): (name: string) => boolean {
  const { enforcesMountableSecrets, imagePullSecrets } = serviceAccount;
  return enforcesMountableSecrets ? (name) => imagePullSecrets.includes(name) : () => true;
}

/** Names of the usable credentials that the kubelet would try for an image which no name of `effective` serves. */
function findNeeded(
  images: readonly PlannedImage[],
  effective: readonly string[],
  isMountable: (name: string) => boolean,
): readonly string[] {
  const needed = new Set<string>();
  const positions = positionsOf(effective);
  const mayBeAdded = ({ name, status }: Credential): boolean => status === "usable" && isMountable(name);
  for (const { lookup } of images) {
    if (!triesAny(lookup, positions)) {
      for (const { credential } of narrow(lookup, mayBeAdded)) {
        needed.add(credential.name);
      }
    }
  }
  return [...needed];
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
  const entries = narrow(lookup, ({ name }) => positions.has(name));
  const place = ({ credential }: KeyringEntry): number => positions.get(credential.name) as number;
  // The look-up is sorted by index key already; a stable sort keeps two keys of one Secret as they are.
  return entries.length < 2
    ? entries
    : entries.toSorted((a, b) =>
        a.indexKey === b.indexKey ? place(a) - place(b) : compareBytes(b.indexKey, a.indexKey),
      );
}

/** Whether {@link triedEntries} has any. */
function triesAny({ matches, fallback }: Lookup, positions: ReadonlyMap<string, number>): boolean {
  const isListed = ({ credential }: KeyringEntry): boolean => positions.has(credential.name);
  return positions.size > 0 && (matches.some(isListed) || fallback.some(isListed));
}

/** Docker Hub's credentials stand in only if no key of the narrowed keyring matches. */
function narrow(
  { matches, fallback }: Lookup,
  belongs: (credential: Credential) => boolean,
): readonly KeyringEntry[] {
  if (matches.length + fallback.length === 0) {
    return [];
  }
  const narrowed = matches.filter(({ credential }) => belongs(credential));
  return narrowed.length > 0 ? narrowed : fallback.filter(({ credential }) => belongs(credential));
}
