/** What the credentials of a namespace are for, where none of them is for an image: a wrong or forgotten host is seen at once. */
import type { Keyring } from "../kubelet/keyring.ts";
import type { JudgedCredential } from "./judged-credential.ts";

/** @see findOtherRegistries */
export interface OtherRegistries {
  /** The first few registry keys of usable credentials, as written. */
  readonly named: readonly string[];
  /** How many more there are. */
  readonly more: number;
  /** The first image that names no registry, and so is one of a user of Docker Hub; null when there is none. */
  readonly ofDockerHub: string | null;
}

const MAX_NAMED = 3;

/** Without a dot, a colon or `localhost` before its first slash an image is one of Docker Hub. @see core/kubelet/image-reference.ts */
const OF_USER_OF_DOCKER_HUB = /^(?!localhost\/)[^./:]+\//;

/** Of each keyring once: many objects of a namespace may be asked about. */
const SUMMARIES = new WeakMap<object, Omit<OtherRegistries, "ofDockerHub">>();

/** @param images the images that no credential serves */
export function findOtherRegistries(keyring: Keyring<JudgedCredential>, images: readonly string[]): OtherRegistries {
  const summary = SUMMARIES.get(keyring) ?? summarize(keyring);
  SUMMARIES.set(keyring, summary);
  return { ...summary, ofDockerHub: images.find((image) => OF_USER_OF_DOCKER_HUB.test(image)) ?? null };
}

function summarize({ credentials }: Keyring<JudgedCredential>): Omit<OtherRegistries, "ofDockerHub"> {
  const registries = new Set<string>();
  for (const { status, registries: keys, voidRegistries } of credentials.values()) {
    if (status !== "usable") continue;
    const isVoid = new Set(voidRegistries);
    for (const key of keys) if (!isVoid.has(key)) registries.add(key);
  }
  const named = [...registries].slice(0, MAX_NAMED);
  return { named, more: registries.size - named.length };
}
