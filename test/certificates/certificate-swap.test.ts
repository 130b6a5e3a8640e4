/** A running server changes its certificate between two handshakes and keeps its lowest TLS version. */
import assert from "node:assert/strict";
import { test } from "node:test";
import tls, { connect } from "node:tls";
import { makeLocalCertificate } from "../../src/certificates/issue.ts";
import { startBare } from "../server/running-server.ts";

// As `node --tls-min-v1.0 --tls-cipher-list=DEFAULT:@SECLEVEL=0` would: only the server's own minimum is left to refuse TLS 1.1.
tls.DEFAULT_MIN_VERSION = "TLSv1";
tls.DEFAULT_CIPHERS = "DEFAULT:@SECLEVEL=0";

test("a server without a certificate refuses handshakes until one comes, and serves each that follows", async (context) => {
  const { address, publish } = await startBare(context);
  const shake = (ca: string, maxVersion: "TLSv1.1" | "TLSv1.3" = "TLSv1.3"): Promise<string> =>
    new Promise((resolve, reject) => {
      const versions = { minVersion: "TLSv1", maxVersion, ciphers: "DEFAULT:@SECLEVEL=0" } as const;
      const socket = connect({ ...address, ca, ...versions }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.on("error", reject);
    });
  const [first, second] = [await makeLocalCertificate(Date.now()), await makeLocalCertificate(Date.now())];
  await assert.rejects(shake(first.caCert));
  publish(first);
  const serial = await shake(first.caCert);
  publish(second);
  assert.notEqual(await shake(second.caCert), serial);
  await assert.rejects(shake(first.caCert));
  await assert.rejects(shake(second.caCert, "TLSv1.1"));
});
