/**
 * The certificate source `local`, for development: makes and keeps a CA and a certificate for this machine in one directory.
 * The CA's key is never written, so that trusting `ca.crt` trusts this one certificate and no other; both are remade together.
 */
import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../telemetry/serialize-error.ts";
import { KEPT_MESSAGE, parseCertificate, readPair } from "./file-source.ts";
import { CertificateError, followContent, type PollOptions, readText } from "./followed-file.ts";
import { makeLocalCertificate } from "./issue.ts";
import type { CertificatePair, CertificateSource } from "./source.ts";

/** A certificate with less than this ahead is remade: 30 of its 365 days, in milliseconds. */
const RENEW_BEFORE_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Takes the certificate in `directory`, or makes one there, and keeps it fresh.
 * @throws CertificateError when the directory cannot be written
 */
export function openLocalCertificate(directory: string, options: PollOptions): Promise<CertificateSource> {
  const read = async (): Promise<CertificatePair> => {
    const nowMs = options.clock.now();
    try {
      return await readGood(directory, nowMs);
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      await remake(directory, nowMs);
      // Read back, so that what is served is what is on disk.
      const pair = await readGood(directory, nowMs);
      options.logger.info({ path: directory, reason: error.message }, "Made a local certificate");
      return pair;
    }
  };
  return followContent(read, KEPT_MESSAGE, options);
}

function pathsIn(directory: string): Readonly<Record<"caPath" | "certPath" | "keyPath", string>> {
  const path = (name: string): string => join(directory, name);
  return { caPath: path("ca.crt"), certPath: path("tls.crt"), keyPath: path("tls.key") };
}

/** @throws CertificateError saying why the files on disk will not do */
async function readGood(directory: string, nowMs: number): Promise<CertificatePair> {
  const files = pathsIn(directory);
  const { caPath, certPath } = files;
  const pair = await readPair(files, nowMs);
  const leaf = parseCertificate(pair.cert, certPath);
  const ca = parseCertificate(await readText(caPath), caPath);
  if (!leaf.checkIssued(ca) || !leaf.verify(ca.publicKey)) {
    throw new CertificateError(caPath, `certificate ${certPath} was not issued by ${caPath}`);
  }
  if (pair.expiresAtMs - nowMs < RENEW_BEFORE_MS) {
    throw new CertificateError(certPath, `certificate ${certPath} is near its end`);
  }
  return pair;
}

async function remake(directory: string, nowMs: number): Promise<void> {
  const { caCert, cert, key } = await makeLocalCertificate(nowMs);
  const { caPath, certPath, keyPath } = pathsIn(directory);
  try {
    await mkdir(directory, { recursive: true });
    await writeAtomically(keyPath, key, 0o600);
    await writeAtomically(certPath, cert, 0o644);
    await writeAtomically(caPath, caCert, 0o644);
  } catch (cause) {
    const message = `directory ${directory} cannot be written (${codeOf(cause)}); choose another`;
    throw new CertificateError(directory, message, { cause });
  }
}

/** A reader finds the old content or the new, and no other user can read a key at any moment. */
async function writeAtomically(path: string, content: string, mode: number): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, content, { mode, flag: "wx", flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
