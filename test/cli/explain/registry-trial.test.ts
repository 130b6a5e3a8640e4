import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Explained } from "../../../src/cli/explain/report.ts";
import { listOf, PASSWORD, podManifest, secretManifest } from "../../files/secret-manifest.ts";
import { makeDirectory } from "../../files/temporary-directory.ts";
import { listenOn } from "../../listen-on.ts";
import { run } from "../run-command.ts";
import type { Run } from "../run-pullring.ts";

const RIGHT = `Basic ${Buffer.from(`user:${PASSWORD}`).toString("base64")}`;

interface Scene {
  readonly host: string;
  readonly asked: string[];
}

/** A registry of one user, in whose path `acme/` he may pull the tag 1. */
async function startRegistry(t: TestContext, right = RIGHT): Promise<Scene> {
  const asked: string[] = [];
  const server = createServer(({ method, url = "", headers }, response) => {
    asked.push(`${method} ${url} ${headers.authorization === undefined ? "anonymous" : "login"}`);
    if (url.includes("/public/")) response.writeHead(200).end();
    else if (headers.authorization !== right) response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
    else if (url === "/v2/") response.writeHead(200).end();
    else if (!url.startsWith("/v2/acme/")) response.writeHead(403).end();
    else response.writeHead(url.endsWith("/1") ? 200 : 404).end();
  });
  t.after(() => server.close().closeAllConnections());
  return { host: `127.0.0.1:${await listenOn(server)}`, asked };
}

/** Explains a Pod of `images` with `secrets`; no password is ever shown. */
async function tryImages(
  t: TestContext,
  { host }: Scene,
  [images, secrets]: readonly [images: readonly string[], secrets: readonly unknown[]],
  ...more: readonly string[]
): Promise<Run> {
  const directory = makeDirectory(t);
  const pod = podManifest(
    ["default", "web"],
    images.map((image) => `${host}/${image}`),
  );
  writeFileSync(join(directory, "pod.json"), JSON.stringify(pod));
  writeFileSync(join(directory, "secrets.json"), listOf(secrets));
  const paths = ["-f", join(directory, "pod.json"), "--credentials", join(directory, "secrets.json")];
  const outcome = await run(["explain", ...paths, "--try", "--insecure-registry", host, ...more]);
  const shown = outcome.stdout + outcome.stderr;
  for (const secret of [PASSWORD, RIGHT.slice(6)]) assert.ok(!shown.includes(secret), "no password is shown");
  return outcome;
}

test("each image is asked for with the login that a new Pod would have, and the table says what comes of it", async (t) => {
  const scene = await startRegistry(t);
  const secret = secretManifest(["default", "reg"], [scene.host]);
  const images = ["acme/web:1", "acme/web:2", "other/web:1", "public/web:1"];
  const { status, stdout } = await tryImages(t, scene, [images, [secret]]);
  assert.equal(status, 0);
  const lines = stdout.split("\n").filter((line) => line.includes("would"));
  assert.deepEqual(
    lines.map((line) => line.trim().replace(`${scene.host}/`, "")),
    [
      'acme/web:1: it would be pulled with Secret "reg"',
      'acme/web:2: it would not be pulled; with Secret "reg", the registry lets us in, and has no such tag or digest, or no such repository. Fix: correct the image, or push it',
      'other/web:1: it would not be pulled; with Secret "reg", the registry knows the user, who has no right to this repository, if there is one of this name. Fix: give the user the right to pull, or correct the image',
      'public/web:1: it would be pulled with Secret "reg"',
    ],
  );
});

test("every login is asked with in the kubelet's order, and JSON has all of them", async (t) => {
  const scene = await startRegistry(t, "Basic other");
  const secrets = [
    secretManifest(["default", "a"], [scene.host]),
    secretManifest(["default", "b"], [`${scene.host}/acme`]),
  ];
  const { stdout, stderr } = await tryImages(t, scene, [["acme/web:1", "acme/web:1"], secrets], "-o", "json");
  assert.equal(stderr, "");
  const { objects } = JSON.parse(stdout) as { readonly objects: readonly Explained[] };
  const [trial, ...more] = objects[0]?.trials ?? [];
  assert.deepEqual(more, []);
  assert.deepEqual(
    trial?.attempts.map(({ secret, registry, code }) => [secret, registry, code]),
    [
      ["b", `${scene.host}/acme`, "refused"],
      ["a", scene.host, "refused"],
    ],
  );
  assert.equal(trial?.verdict.code, "would-fail");
  assert.equal(scene.asked.length, 2 * 3, "an image that stands twice is asked for once");
});

test("without a credential the image is asked for anonymously, and with one it is not", async (t) => {
  const scene = await startRegistry(t);
  const { stdout } = await tryImages(t, scene, [["acme/web:1"], []]);
  assert.match(stdout, /it would not be pulled; the registry does not give the image out/);
  assert.deepEqual(scene.asked, ["HEAD /v2/acme/web/manifests/1 anonymous"]);
});

test("a token that is over is told as such", async (t) => {
  const scene = await startRegistry(t);
  const token = `${btoa('{"alg":"none"}')}.${btoa('{"exp":951782400}')}.x`;
  const auth = btoa(`user:${token}`);
  const secret = {
    ...secretManifest(["default", "reg"], []),
    data: undefined,
    stringData: { ".dockerconfigjson": JSON.stringify({ auths: { [scene.host]: { auth } } }) },
  };
  const { stdout } = await tryImages(t, scene, [["acme/web:1"], [secret]]);
  assert.match(stdout, /would not be pulled.*a token that ended 2000-02-29 00:00 UTC/);
  assert.ok(!stdout.includes(token));
});

test("of many images 200 questions are asked, and the others are told of", async (t) => {
  const scene = await startRegistry(t);
  const secret = secretManifest(["default", "reg"], [scene.host]);
  const images = Array.from({ length: 203 }, (_, number) => `public/web:${number}`);
  const { stdout } = await tryImages(t, scene, [images, [secret]]);
  const lines = stdout.split("\n").map((line) => line.trim());
  assert.equal(lines.filter((line) => line.endsWith('it would be pulled with Secret "reg"')).length, 200);
  const [first, ...others] = lines.filter((line) => line.includes("not asked"));
  assert.match(first ?? "", /: not asked: 200 questions at a time are enough for registries\. Fix: name fewer objects/);
  assert.equal(others.length, 2);
  assert.equal(scene.asked.length, 2 * 200 - 200);
});

test("an object without images, and a list that the kubelet cannot read, are asked for nothing", async (t) => {
  const scene = await startRegistry(t);
  assert.match((await tryImages(t, scene, [[], []])).stdout, /--try: there is no image to ask a registry for/);
  assert.deepEqual(scene.asked, []);
});

for (const [args, message] of [
  [["--image", "nginx", "--registry-ca", "ca.pem"], "--registry-ca needs --try; add it"],
  [["--image", "nginx", "--insecure-registry", "a.io"], "--insecure-registry needs --try; add it"],
  [["--image", "nginx", "--try", "--insecure-registry", "http://a.io"], "is not a host as in images"],
  [["-f", "pod.yml", "--try", "-o", "manifest"], "-o manifest does not show what --try finds"],
] as const) {
  test(`explain ${args.join(" ")} is refused`, async () => {
    const { status, stderr } = await run(["explain", ...args]);
    assert.equal(status, 2);
    assert.ok(stderr.includes(message), stderr);
  });
}

for (const [content, message] of [
  [undefined, "cannot be read (ENOENT)"],
  ["no certificate", "has no certificate in PEM"],
] as const) {
  test(`a file of --registry-ca that ${message} is refused`, async (t) => {
    const scene = await startRegistry(t);
    const path = join(makeDirectory(t), "ca.pem");
    if (content !== undefined) writeFileSync(path, content);
    const { status, stderr } = await tryImages(t, scene, [["acme/web:1"], []], "--registry-ca", path);
    assert.equal(status, 2);
    assert.ok(stderr.includes(message), stderr);
    assert.deepEqual(scene.asked, []);
  });
}
