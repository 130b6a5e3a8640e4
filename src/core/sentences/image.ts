/**
 * The sentences about an image: the credential that comes closest to it, and the one that is out of use for it. Each has a cause
 * and, after it, what to do. Texts from outside are quoted.
 */
import { quoteText } from "../quoted-text.ts";
import type { DifferenceCode } from "../verdicts/key-difference.ts";
import type { NearMiss } from "../verdicts/near-miss.ts";
import type { OtherRegistries } from "../verdicts/other-registries.ts";
import type { OutOfUse } from "../verdicts/out-of-use.ts";
import { lineOf, type Verdict } from "./credential.ts";

/** Longest text from outside in a sentence, in characters. */
const QUOTE_LENGTH = 80;

/** Says which credential comes closest to an image, what keeps it from it, and what to do. */
export function sentenceOfNearMiss(nearMiss: NearMiss): string {
  return lineOf(verdictOfNearMiss(nearMiss));
}

/** The same, with what to do apart. */
export function verdictOfNearMiss({ code, credential, registry, fix }: NearMiss): Verdict {
  return {
    sentence: `Secret ${quote(credential)} comes closest, but its key ${quote(registry)} ${DIFFERENCES[code]}`,
    remedy: `${code === "case" && /[A-Z]/.test(fix) ? CAPITALS : (DOUBTS[code] ?? "")}change the key to ${quote(fix)}`,
  };
}

/** The key is as most people write it. */
const CAPITALS = "write the host of the image in small letters, or ";

/** Where the key may be right. */
const DOUBTS: Readonly<Partial<Record<DifferenceCode, string>>> = {
  letters: "correct the image, or ",
  path: "if the Secret is meant for this image, ",
};

/** What is said of a key. */
const DIFFERENCES: Readonly<Record<DifferenceCode, string>> = {
  "white-space": "has a blank, a newline or a hidden character in it",
  scheme: "begins with a scheme that the kubelet does not know (only https:// and http://, in lower case)",
  case: "differs in upper and lower case",
  "star-in-port": "has a star for the port, and stars stand only for a part of a host",
  "star-in-path": "has a star in the path, which needs none: it covers all that begins with it",
  port: "is for another port (a key without a port is for images without one)",
  "docker-hub-name": "names Docker Hub in another way than the image, and the kubelet takes them for two registries",
  "same-service": "is for another host of the same service, and the kubelet compares the host that the image names",
  "path-too-long": "has a longer path than the image, and covers only what begins with it",
  labels: "has more or fewer parts than the image's host, and a star stands for one part",
  letters: "differs from the image's host in a letter or two",
  path: "is for another path",
};

/** Says what the credentials of a namespace are for, as the end of a sentence. */
export function sentenceOfOtherRegistries({ named, more, ofDockerHub }: OtherRegistries): string {
  const list = `${named.map(quote).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const hub = ofDockerHub === null ? "" : `; ${quote(ofDockerHub)} names no registry, so it is one of Docker Hub`;
  return `${named.length === 0 ? "it has none that could be used" : `those that it has are for ${list}`}${hub}`;
}

/** Says which credential of Docker Hub is out of use for an image, why, and what to do. */
export function sentenceOfOutOfUse(outOfUse: OutOfUse): string {
  return lineOf(verdictOfOutOfUse(outOfUse));
}

/** The same, with what to do apart. */
export function verdictOfOutOfUse({ credential, by, indexKey, isVoid }: OutOfUse): Verdict {
  const hub = quote("https://index.docker.io/v1/");
  const sentence = `Secret ${quote(credential)} is out of use: the key ${quote(indexKey)} of Secret ${quote(by)} matches, and ${hub} counts only where no other key does`;
  return isVoid
    ? { sentence, remedy: `take that key out of Secret ${quote(by)}, as it has neither user name nor password` }
    : { sentence, remedy: `give both Secrets the key ${hub}, or list only the one that is meant` };
}

function quote(text: string): string {
  return quoteText(text, QUOTE_LENGTH);
}
