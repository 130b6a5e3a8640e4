/** `explain --try` against Debian's docker-registry: with htpasswd and with tokens, over TLS, by tag and by digest. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../cli/run-command.ts";
import { podManifest } from "../files/secret-manifest.ts";
import { pushImage, type Registry, startRegistry } from "./registry/debian-registry.ts";
import { ISSUER, SERVICE, signToken, startTokenServer, type TokenServer } from "./registry/token-server.ts";

const PASSWORD = "planted-Pw-31";
/** The bcrypt of it. */
const HASH = "$2b$05$abcdefghijklmnopqrstuuOC07l0K6V4lbgeD/B0lwa6zgD6yHZ7m";
/** A JSON Web Token that ended in 2001; no more than its form matters. */
const ENDED = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"exp":1000000000}').toString("base64url")}.planted`;

interface Trial {
  readonly attempts: readonly { readonly code: string }[];
}

/** Asks with one login, or without any, and gives the code of the last attempt for each image. */
async function ask(
  { directory, host }: Registry,
  images: readonly string[],
  login?: readonly [username: string, password: string],
): Promise<readonly (string | undefined)[]> {
  const all = images.map((image) => `${host}/${image}`);
  writeFileSync(join(directory, "pod.json"), JSON.stringify(podManifest(["default", "web"], all)));
  const [username, password] = login ?? [];
  const payload = { auths: { [login === undefined ? "elsewhere.example" : host]: { username, password } } };
  const secret = {
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "reg", namespace: "default" } },
    ...{ type: "kubernetes.io/dockerconfigjson", stringData: { ".dockerconfigjson": JSON.stringify(payload) } },
  };
  writeFileSync(join(directory, "secret.json"), JSON.stringify(secret));
  const files = ["-f", join(directory, "pod.json"), "--credentials", join(directory, "secret.json")];
  const trial = ["--try", "--registry-ca", join(directory, "ca.pem")];
  const table = await run(["explain", ...files, ...trial]);
  const { stdout, stderr } = await run(["explain", ...files, ...trial, "-o", "json"]);
  const said = [stdout, stderr, table.stdout, table.stderr].join("\n");
  if (password !== undefined) assert.ok(!said.includes(password), "no password is shown");
  return JSON.parse(stdout).objects[0].trials.map(({ attempts }: Trial) => attempts.at(-1)?.code);
}

test("Debian's registry with htpasswd says what a new Pod would get", async (t) => {
  const registry = await startRegistry(t, ({ directory }) => ({
    auth: { htpasswd: { realm: "test", path: join(directory, "htpasswd") } },
    files: { htpasswd: `ann:${HASH}\n` },
  }));
  const authorization = `Basic ${Buffer.from(`ann:${PASSWORD}`).toString("base64")}`;
  const digest = await pushImage(registry, authorization);
  const images = ["acme/web:1", `acme/web@${digest}`, "acme/web:9", "none/x:1"];
  assert.deepEqual(await ask(registry, images, ["ann", PASSWORD]), ["pulls", "pulls", "no-such-tag", "no-such-tag"]);
  assert.deepEqual(await ask(registry, ["acme/web:1"], ["ann", "planted-Wrong-9"]), ["refused"]);
  assert.deepEqual(await ask(registry, ["acme/web:1"]), ["login-required"]);
});

const USERS = {
  ann: { password: PASSWORD, repositories: "acme/" },
  bob: { password: "planted-Pw-32", repositories: null },
};

for (const takesForms of [true, false]) {
  const form = takesForms ? "forms" : "headers alone";
  test(`Debian's registry with a token server that takes ${form} says what a new Pod would get`, async (t) => {
    let server: TokenServer | undefined;
    const registry = await startRegistry(t, async ({ directory, certificate }) => {
      server = await startTokenServer(t, certificate, USERS, takesForms);
      const rootcertbundle = join(directory, "ca.pem");
      const token = { realm: server.realm, service: SERVICE, issuer: ISSUER, rootcertbundle };
      return { auth: { token }, files: {} };
    });
    const access = [{ type: "repository", name: "acme/web", actions: ["pull", "push"] }];
    const digest = await pushImage(registry, `Bearer ${signToken("pusher", access, registry.certificate)}`);
    const images = ["acme/web:1", `acme/web@${digest}`, "acme/web:9"];
    assert.deepEqual(await ask(registry, images, ["ann", PASSWORD]), ["pulls", "pulls", "no-such-tag"]);
    const methods = new Set(server?.requests);
    assert.deepEqual([...methods], takesForms ? ["POST ann"] : ["POST ann", "GET ann"]);
    assert.deepEqual(await ask(registry, ["other/x:1"], ["ann", PASSWORD]), ["no-right"]);
    assert.deepEqual(await ask(registry, ["acme/web:1"], ["bob", USERS.bob.password]), ["no-right"]);
    assert.deepEqual(await ask(registry, ["acme/web:1"], ["ann", "planted-Wrong-9"]), ["refused"]);
    assert.deepEqual(await ask(registry, ["acme/web:1"], ["ann", ENDED]), ["expired"]);
    assert.deepEqual(await ask(registry, ["acme/web:1"]), ["login-required"]);
    await server?.stop();
    assert.deepEqual(await ask(registry, ["acme/web:1"], ["ann", PASSWORD]), ["unreachable"]);
  });
}
