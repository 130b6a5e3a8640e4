/**
 * The certificate source `local`, for development: makes and keeps a CA and a certificate for this machine in one directory.
 * The CA's key is never written, so that trusting `ca.crt` trusts this one certificate and no other; both are remade together.
 */
import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CertificateError } from "./certificate-error.ts";
import { type CertificateFiles, followPair, readPair, readText } from "./file-source.ts";
import type { PollOptions } from "./followed-file.ts";
import { LOCAL_NAMES, makeLocalCertificate } from "./issue.ts";
import { parseCertificate } from "./key-pair.ts";
import type { CertificatePair, CertificateSource } from "./source.ts";

/** A certificate with less than this ahead is remade: 30 of its 365 days, in milliseconds. */
const RENEW_BEFORE_MS = 30 * 24 * 60 * 60 * 1000;

interface LocalFiles extends CertificateFiles {
  readonly directory: string;
  readonly caPath: string;
}

/**
 * Takes the certificate in `directory`, or makes one there, and keeps it fresh.
 * @throws CertificateError when the directory cannot be written
 */
export function openLocalCertificate(directory: string, options: PollOptions): Promise<CertificateSource> {
  const files = {
    directory,
    caPath: join(directory, "ca.crt"),
    certPath: join(directory, "tls.crt"),
    keyPath: join(directory, "tls.key"),
  };
  return followPair(async () => {
    try {
      return await readGood(files, options.clock.now());
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      const pair = await remake(files, options.clock.now());
      options.logger.info({ path: directory, reason: error.message }, "Made a local certificate");
      return pair;
    }
  }, options);
}

/** @throws CertificateError saying why the files on disk will not do */
async function readGood(files: LocalFiles, nowMs: number): Promise<CertificatePair> {
  const { caPath, certPath } = files;
  const pair = await readPair(files, nowMs);
  const leaf = parseCertificate(pair.cert, certPath);
  const ca = parseCertificate(await readText(caPath), caPath);
  if (!ca.ca || !leaf.checkIssued(ca) || !leaf.verify(ca.publicKey)) {
    throw new CertificateError(caPath, `certificate ${certPath} was not issued by ${caPath}`);
  }
  if (Math.min(pair.expiresAtMs, Date.parse(ca.validTo)) - nowMs < RENEW_BEFORE_MS) {
    throw new CertificateError(certPath, `certificate ${certPath} or its issuer is near its end`);
  }
  const { hosts, addresses } = LOCAL_NAMES;
  if (!hosts.every((host) => leaf.checkHost(host)) || !addresses.every((address) => leaf.checkIP(address))) {
    throw new CertificateError(certPath, `certificate ${certPath} does not name this machine`);
  }
  return pair;
}

/** Writes all three and reads them back, so that what is served is what is on disk. */
async function remake(files: LocalFiles, nowMs: number): Promise<CertificatePair> {
  const { caCert, cert, key } = await makeLocalCertificate(nowMs);
  const { directory, caPath, certPath, keyPath } = files;
  try {
    await mkdir(directory, { recursive: true });
    await writeAtomically(keyPath, key, 0o600);
    await writeAtomically(certPath, cert, 0o644);
    await writeAtomically(caPath, caCert, 0o644);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "no code";
    const message = `directory ${directory} cannot be written (${code}); choose another`;
    throw new CertificateError(directory, message, { cause });
  }
  return readGood(files, nowMs);
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
