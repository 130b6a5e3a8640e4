import assert from "node:assert/strict";
import { test } from "node:test";
import { CertificateError } from "../../src/certificates/certificate-error.ts";

test("a CertificateError names the file and keeps its cause", () => {
  const cause = new Error("lower");
  const { name, code, path, message, cause: kept } = new CertificateError("tls.crt", "expired", { cause });
  assert.deepEqual(
    [name, code, path, message, kept],
    ["CertificateError", "ERR_CERTIFICATE", "tls.crt", "expired", cause],
  );
});
