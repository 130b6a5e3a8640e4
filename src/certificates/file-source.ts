/** The certificate source `files`: a certificate and a key that somebody else writes and renews, cert-manager for example. */
import { readFile } from "node:fs/promises";
import { CertificateError } from "./certificate-error.ts";
import { pollCertificate } from "./certificate-poll.ts";
import type { PollOptions } from "./followed-file.ts";
import { checkPair } from "./key-pair.ts";
import type { CertificatePair, CertificateSource } from "./source.ts";

/** Where the two files are. */
export interface CertificateFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

/**
 * Reads the pair and follows its changes.
 * @param options how to poll, and the clock: milliseconds since 1970
 * @throws CertificateError when the pair cannot be served at the start
 */
export function openFileCertificate(
  files: CertificateFiles,
  options: PollOptions & { readonly now: () => number },
): Promise<CertificateSource> {
  return pollCertificate(() => readPair(files, options.now()), options);
}

/**
 * Reads and checks a pair.
 * @throws CertificateError naming the file and the remedy
 */
export async function readPair(
  { certPath, keyPath }: CertificateFiles,
  nowMs: number,
): Promise<CertificatePair> {
  const [cert, key] = [await readText(certPath), await readText(keyPath)];
  return checkPair({ cert, key, certPath, keyPath }, nowMs);
}

/** @throws CertificateError when the file cannot be read */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "no code";
    throw new CertificateError(
      path,
      `file ${path} cannot be read (${code}); check that it exists and its mode`,
      {
        cause,
      },
    );
  }
}
