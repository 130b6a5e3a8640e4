/** The certificate that all targets of a benchmark serve. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeLocalCertificate } from "../../src/certificates/issue.ts";
import type { CertificateFiles } from "./commands.ts";

/** Makes a CA and a certificate for 127.0.0.1 and writes them to `directory`. */
export async function createLocalCertificate(
  directory: string,
): Promise<CertificateFiles & { readonly ca: string }> {
  const made = await makeLocalCertificate(Date.now());
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  return {
    ca: write("ca.crt", made.caCert),
    cert: write("tls.crt", made.cert),
    key: write("tls.key", made.key),
  };
}
