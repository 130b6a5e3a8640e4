/** Debian's docker-registry on this machine, over TLS, with a login of the test's choice. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { type MadeCertificate, makeLocalCertificate } from "../../../src/certificates/issue.ts";
import { makeDirectory } from "../../files/temporary-directory.ts";
import { listenOn } from "../../listen-on.ts";
import { waitUntil } from "../../wait-until.ts";
import { findDebianPackages } from "../binaries/debian-packages.ts";

/** A running registry. */
export interface Registry {
  /** Of its files, and for those of the test. */
  readonly directory: string;
  /** As images name it. */
  readonly host: string;
  /** For localhost; its CA is in `ca.pem` of the directory. */
  readonly certificate: MadeCertificate;
}

/** What a registry is started with: the part `auth` of its configuration, and the files that it names. */
export interface RegistryLogin {
  readonly auth: object;
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Starts one, which ends with the test.
 * @param loginOf gives the login once it is known where files are and which certificate is served
 */
export async function startRegistry(
  t: TestContext,
  loginOf: (place: Omit<Registry, "host">) => RegistryLogin | Promise<RegistryLogin>,
): Promise<Registry> {
  const directory = makeDirectory(t);
  const certificate = await makeLocalCertificate(Date.now());
  const free = createServer();
  const port = await listenOn(free);
  free.close();
  const { auth, files } = await loginOf({ directory, certificate });
  const { cert, key, caCert } = certificate;
  const all = { ...files, "cert.pem": cert, "key.pem": key, "ca.pem": caCert };
  for (const [name, content] of Object.entries(all)) writeFileSync(join(directory, name), content);
  const config = {
    version: "0.1",
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: join(directory, "data") } },
    http: {
      addr: `127.0.0.1:${port}`,
      tls: { certificate: join(directory, "cert.pem"), key: join(directory, "key.pem") },
    },
    auth,
  };
  writeFileSync(join(directory, "config.yml"), JSON.stringify(config));
  const program = join(findDebianPackages(["docker-registry"]), "usr/bin/docker-registry");
  const child = spawn(program, ["serve", join(directory, "config.yml")], { stdio: "ignore" });
  t.after(async () => {
    if (child.kill()) await once(child, "exit");
  });
  const registry = { directory, host: `localhost:${port}`, certificate };
  await waitUntil("the registry", async () => {
    const answer = await send(registry, { method: "GET", path: "/v2/" }).catch(() => undefined);
    return answer !== undefined && answer.status < 500;
  });
  return registry;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly authorization?: string;
  /** Type and content. */
  readonly body?: readonly [type: string, content: string];
}

async function send({ host, certificate: { caCert: ca } }: Registry, { method, path, authorization, body }: Call) {
  const [type = "", content = ""] = body ?? [];
  const headers = { ...(authorization && { authorization }), ...(body && { "content-type": type }) };
  const sent = request(new URL(path, `https://${host}`), { method, ca, headers }).end(content);
  const [answer] = await once(sent, "response");
  await text(answer);
  return { status: answer.statusCode as number, location: String(answer.headers.location) };
}

/** Pushes an image without layers as `acme/web:1` and gives its digest. @param authorization of whoever may push */
export async function pushImage(registry: Registry, authorization: string): Promise<string> {
  const { location } = await send(registry, { method: "POST", path: "/v2/acme/web/blobs/uploads/", authorization });
  const digest = digestOf("{}");
  const blob = ["application/octet-stream", "{}"] as const;
  await send(registry, { method: "PUT", path: `${location}&digest=${digest}`, authorization, body: blob });
  const type = "application/vnd.oci.image.manifest.v1+json";
  const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 2 };
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: type, config, layers: [] });
  const path = "/v2/acme/web/manifests/1";
  const { status } = await send(registry, { method: "PUT", path, authorization, body: [type, manifest] });
  assert.equal(status, 201);
  return digestOf(manifest);
}

function digestOf(content: string): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
