/** What the kubelet tries for the images of a Pod, given the names that the Pod lists. */
import { AppError } from "../app-error.ts";
import { compareBytes } from "../go/byte-string.ts";
import { parseImageReference } from "../kubelet/image-reference.ts";
import { type Keyring, type KeyringEntry, type Lookup, lookupCost, lookupCredentials } from "../kubelet/keyring.ts";
import { remember } from "../remember.ts";
import type { PodImage } from "./pod-images.ts";

/** An image of the target with what the keyring of its namespace holds for it. */
export interface PlannedImage extends PodImage {
  /** null when the kubelet cannot parse the image. */
  readonly repository: string | null;
  /** Why the image cannot be parsed; null when it can. */
  readonly error: string | null;
  readonly lookup: Lookup;
}

const referenceOf = remember(parseImageReference);

const NOTHING: Lookup = { matches: [], fallback: [] };

/**
 * Most comparisons with keys that have a star, and matches, of one decision; more are refused. A decision holds up all others,
 * and 70,000 stars fit in one Secret and 1,000 images in one Pod. A hundred images with 5,000 stars are within it, and take
 * less than a second. @see lookupCost
 */
const MAX_COMPARISONS = 1_000_000;

/** Most images of one decision: each takes a kilobyte of memory, 30,000 fit in one Pod, and no real one has a hundred. */
const MAX_IMAGES = 10_000;

/**
 * Looks up what the keyring holds for each image.
 * @throws AppError ERR_TOO_MUCH_WORK
 */
export function lookUpImages(images: readonly PodImage[], keyring: Keyring): readonly PlannedImage[] {
  if (images.length > MAX_IMAGES) {
    throw new AppError("ERR_TOO_MUCH_WORK", `the object has more than ${MAX_IMAGES} images`);
  }
  let comparisons = 0;
  return images.map(({ container, pointer, image }) => {
    const { repository, error } = referenceOf(image);
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

/** Gives each name its first place in a list. */
export function positionsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  for (const [position, name] of names.entries()) {
    if (!positions.has(name)) positions.set(name, position);
  }
  return positions;
}

/**
 * Gives the entries that the kubelet tries for an image when a Pod lists Secrets in this order: greater index keys first,
 * equal ones by their place in the list.
 * @param positions the names of the list, each with its first place in it
 */
export function triedEntries(lookup: Lookup, positions: ReadonlyMap<string, number>): readonly KeyringEntry[] {
  if (positions.size === 0) return [];
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
export function isServed(lookup: Lookup, positions: ReadonlyMap<string, number>): boolean {
  return positions.size > 0 && triedEntries(lookup, positions).some(({ isVoid }) => !isVoid);
}

/** Docker Hub's credentials stand in only if no key of the narrowed keyring matches. */
export function narrow(
  { matches, fallback }: Lookup,
  belongs: (entry: KeyringEntry) => boolean,
): readonly KeyringEntry[] {
  const narrowed = matches.filter(belongs);
  return narrowed.length > 0 ? narrowed : fallback.filter(belongs);
}
