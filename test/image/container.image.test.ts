/**
 * The image, built by buildah from our Dockerfile on stand-ins for its bases, and run as the Deployment runs it. What the real
 * bases hold is not checked here; .github/workflows builds on those.
 */
import assert from "node:assert/strict";
import { chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";
import { type Manifest, reviewOf } from "../demo/review.ts";
import { postReview } from "../demo/webhook-process.ts";
import { freePort } from "../e2e/control-plane/free-port.ts";
import { makeServingCertificate } from "../e2e/webhook/serving-certificate.ts";
import { runInOwnNetwork } from "../install/own-network.ts";
import { readRepositoryFile, repositoryRoot } from "../manifests/manifest.ts";
import { BUILD_BASE, makeBaseImages, npmSettings, RUNTIME_BASE } from "./base-images.ts";
import { Buildah } from "./buildah.ts";
import { type ImageToRun, serveContained, startContained } from "./contained-process.ts";
import { IMAGE_TO_RUN } from "./deployed-pod.ts";

const repository = fileURLToPath(repositoryRoot);
const IMAGE = "localhost/pullring";
const LABELS = { VERSION: "v1.2.3", REVISION: "0123abc", SOURCE: "https://git.example/pullring" };

describe("the image", () => {
  let buildah: Buildah;
  let root: string;
  let image: ImageToRun;
  before(() => {
    buildah = new Buildah();
    makeBaseImages(buildah);
    build(buildah);
    root = buildah.mount(IMAGE);
    image = { root, config: buildah.inspect(IMAGE).config };
  });
  after(() => buildah?.remove());

  test("adds to its base the bundle, its source map and the licences, which nobody but root may change", (context) => {
    const files = listFiles(root);
    const base = listFiles(buildah.mount(RUNTIME_BASE));
    const added = [...files].filter(([path]) => !base.has(path));
    const expected = {
      "": 755,
      "/LICENSE": 644,
      "/pullring.cjs": 755,
      "/pullring.cjs.LEGAL.txt": 644,
      "/pullring.cjs.map": 644,
    };
    assert.deepEqual(
      added.map(([path, { access }]) => `${path} ${access}`),
      Object.entries(expected).map(([path, mode]) => `/app${path} 0:0 ${mode}`),
    );
    assert.ok([...base.keys()].every((path) => files.has(path)));
    const mib = (of: Iterable<{ readonly bytes: number }>): string =>
      ([...of].reduce((sum, { bytes }) => sum + bytes, 0) / 1024 / 1024).toFixed(1);
    const ours = mib(added.map(([, file]) => file));
    context.diagnostic(`the image holds ${mib(files.values())} MiB, ${ours} of them in /app`);
  });

  test("holds the bundle that is built here, byte for byte", () => {
    for (const name of ["pullring.cjs", "pullring.cjs.map"]) {
      const [there, here] = [join(root, "app", name), join(repository, "dist", name)];
      assert.ok(readFileSync(there).equals(readFileSync(here)), name);
    }
  });

  test("names its user by number, its entry point, its ports and where it comes from", () => {
    const { config } = buildah.inspect(IMAGE);
    assert.equal(config.User, "65532:65532");
    const memory = ["--max-old-space-size-percentage=50", "--max-semi-space-size=4"];
    assert.deepEqual(config.Entrypoint, ["/nodejs/bin/node", ...memory, "--enable-source-maps", "/app/pullring.cjs"]);
    assert.deepEqual(config.Cmd, ["serve"]);
    assert.deepEqual(Object.keys(config.ExposedPorts).sort(), ["8080/tcp", "8443/tcp"]);
    const labels = Object.entries(config.Labels).filter(([name]) => name.startsWith("org.opencontainers.image."));
    assert.deepEqual(labels.map(([name, value]) => [name.slice("org.opencontainers.image.".length), value]).sort(), [
      ["description", "Adds the imagePullSecrets a workload needs, decided exactly as the kubelet decides"],
      ["licenses", "Apache-2.0"],
      ["revision", LABELS.REVISION],
      ["source", LABELS.SOURCE],
      ["title", "pullring"],
      ["version", LABELS.VERSION],
    ]);
  });

  test("answers a review with its root read-only, as process 1 of a user without capabilities", async () => {
    const server = await startServe(buildah.directory, image);
    const pod = load(readRepositoryFile("manifests/examples/workloads/pod.yml")) as Manifest;
    const answer = (await postReview({ ...server, body: JSON.stringify(reviewOf(pod)) })) as {
      readonly response: { readonly patch: string };
    };
    const patch = Buffer.from(answer.response.patch, "base64").toString();
    assert.deepEqual(JSON.parse(patch), [{ op: "add", path: "/spec/imagePullSecrets", value: [{ name: "testquay" }] }]);
    const status = server.process.proc("status");
    assert.match(status, /^Uid:\t65532\t65532\t65532\t65532$/m);
    assert.match(status, /^Groups:\t *$/m);
    assert.match(status, /^NSpid:\t\d+\t1$/m);
    assert.match(status, /^NoNewPrivs:\t1$/m);
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"])
      assert.match(status, new RegExp(`^${set}:\t0{16}$`, "m"));
    assert.match(server.process.proc("mountinfo"), /^\S+ \S+ \S+ \S+ \/ ro,/m);
    assert.equal(await server.process.end(), 0);
  });

  test("runs as the Pod of the Deployment on a real API server, and injects", async () => {
    process.env[IMAGE_TO_RUN] = JSON.stringify(image);
    const { code, printed } = await runInOwnNetwork(new URL("./deployed-pod.ts", import.meta.url).href);
    assert.equal(code, 0, printed);
    assert.match(printed, /^# pass 1$/m);
  });

  test("cannot write anywhere, nor change its user", async () => {
    const tries = `
      const refused = (act) => { try { act(); return "done"; } catch ({ code }) { return code; } };
      const fs = require("node:fs");
      const writes = ["/app", "/tmp", "/"].map((path) => refused(() => fs.writeFileSync(path + "/new", "")));
      console.log(JSON.stringify([...writes, refused(() => process.setuid(0))]));`;
    const command = ["/nodejs/bin/node", "--eval", tries];
    const tried = startContained({ root, user: image.config.User, command });
    assert.equal(await tried.ended, 0, tried.printed());
    assert.deepEqual(JSON.parse(tried.printed()), ["EROFS", "EROFS", "EROFS", "EPERM"]);
  });

  test("is built from nothing but what it needs", () => {
    const recipe = join(buildah.directory, "everything");
    writeFileSync(recipe, "FROM scratch\nCOPY . /\n");
    buildah.run("build", "--file", recipe, "--tag=localhost/context", repository);
    const sent = new Set([...listFiles(buildah.mount("localhost/context")).keys()].map((path) => path.split("/")[1]));
    const needed = [".npmrc", "LICENSE", "build.mjs", "package-lock.json", "package.json", "src", "tsconfig.json"];
    assert.deepEqual([...sent].sort(), needed);
  });
});

function build(buildah: Buildah): void {
  const bases = { BUILD_IMAGE: BUILD_BASE, RUNTIME_IMAGE: RUNTIME_BASE };
  const args = Object.entries({ ...bases, ...LABELS }).map(([key, value]) => `--build-arg=${key}=${value}`);
  // chroot isolation needs no container runtime.
  const how = ["--isolation=chroot", "--pull-never", ...npmSettings()];
  buildah.run("build", ...how, ...args, `--tag=${IMAGE}`, repository);
}

/** With files instead of a cluster. */
async function startServe(directory: string, image: ImageToRun) {
  const [port, adminPort] = [await freePort(), await freePort()];
  const tls = join(directory, "tls");
  mkdirSync(tls);
  const { cert, certFile, keyFile } = await makeServingCertificate(tls, "pullring");
  for (const file of [certFile, keyFile]) chownSync(file, 65_532, 65_532);
  const source = ["--credentials=/credentials", "--tls=files"];
  const pair = ["--tls-cert-file=/tls/pullring.crt", "--tls-key-file=/tls/pullring.key"];
  const listen = [`--listen=127.0.0.1:${port}`, `--admin-listen=127.0.0.1:${adminPort}`, "--drain-grace=0s"];
  const process = await serveContained(image, {
    args: ["serve", ...source, ...pair, ...listen],
    adminUrl: `http://127.0.0.1:${adminPort}`,
    mounts: { "/tls": tls, "/credentials": join(repository, "manifests/examples/credentials") },
  });
  return { process, port, ca: Buffer.from(cert) };
}

/** Every file and directory by its absolute path in the image, with `OWNER:GROUP MODE`, the mode in octal. */
function listFiles(root: string): ReadonlyMap<string, { bytes: number; access: string }> {
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
  const files = new Map<string, { bytes: number; access: string }>();
  for (const path of paths) {
    const entry = lstatSync(join(root, path));
    const access = `${entry.uid}:${entry.gid} ${(entry.mode & 0o7777).toString(8)}`;
    files.set(`/${path}`, { bytes: entry.isDirectory() ? 0 : entry.size, access });
  }
  return files;
}
