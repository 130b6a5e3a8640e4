/** The certificate source `files`: a certificate and a key that somebody else writes and renews, cert-manager for example. */
import { readFile } from "node:fs/promises";
import { CertificateError } from "./certificate-error.ts";
import { followContent, type PollOptions } from "./followed-file.ts";
import { checkPair } from "./key-pair.ts";
import type { CertificatePair, CertificateSource } from "./source.ts";

/** Where the two files are. */
export interface CertificateFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

/**
 * Reads the pair and follows its changes.
 * @throws CertificateError when the pair cannot be served at the start
 */
export function openFileCertificate(files: CertificateFiles, options: PollOptions): Promise<CertificateSource> {
  return followPair(() => readPair(files, options.clock.now()), options);
}

/**
 * Reads the first pair and polls from then on. A pair that cannot be read leaves the last good one in force.
 * @param read gives the pair to serve
 * @throws what `read` throws the first time
 */
export function followPair(read: () => Promise<CertificatePair>, options: PollOptions): Promise<CertificateSource> {
  return followContent(read, {
    ...options,
    isSame: (a, b) => a.cert === b.cert && a.key === b.key,
    keptMessage: "Kept the last good certificate",
  });
}

/**
 * Reads and checks a pair.
 * @throws CertificateError naming the file and the remedy
 */
export async function readPair({ certPath, keyPath }: CertificateFiles, nowMs: number): Promise<CertificatePair> {
  const [cert, key] = [await readText(certPath), await readText(keyPath)];
  return checkPair({ cert, key, certPath, keyPath }, nowMs);
}

/** @throws CertificateError when the file cannot be read */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "no code";
    const message = `file ${path} cannot be read (${code}); check that it exists and its mode`;
    throw new CertificateError(path, message, { cause });
  }
}
