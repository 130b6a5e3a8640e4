/** pullring as a plugin of the real kubectl, which finds it and its completion by their names on the PATH. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { load } from "js-yaml";
import { findBinaries } from "./binaries/find.ts";
import { type ControlPlane, startControlPlane } from "./control-plane/control-plane.ts";
import { createNamespace } from "./webhook/namespace.ts";
import { credentialOf, podOf } from "./webhook/objects.ts";

const PACKAGE = JSON.parse(readFileSync("package.json", "utf8")) as { readonly bin: Readonly<Record<string, string>> };

type Outcome = Promise<{ readonly stdout: string; readonly stderr: string }>;

describe("kubectl pullring", () => {
  let plane: ControlPlane;
  let kubectl: (...args: readonly string[]) => Outcome;
  /** kubectl with what is in a directory and nothing else of pullring on the PATH. */
  let kubectlWith: (directory: string, ...args: readonly string[]) => Outcome;

  before(async () => {
    plane = await startControlPlane();
    const shop = await createNamespace(plane.api, "shop");
    await shop.create("pods", podOf("web", "quay.io/acme/web:1"));
    await shop.create("secrets", credentialOf("quay", "quay.io"));
    const directory = join(plane.directory, "bin");
    mkdirSync(directory);
    // As npm links the programs of a package.
    for (const [name, path] of Object.entries(PACKAGE.bin)) symlinkSync(resolve(path), join(directory, name));
    const binaries = await findBinaries(["kubectl"]);
    kubectlWith = (place, ...args) => {
      const path = [place, dirname(process.execPath), "/usr/bin", "/bin"].join(":");
      const env = { PATH: path, HOME: plane.directory, KUBECONFIG: plane.adminKubeconfig };
      return promisify(execFile)(binaries.kubectl, args, { env, timeout: 60_000 });
    };
    kubectl = (...args) => kubectlWith(directory, ...args);
  });
  after(() => plane?.stop());

  test("is found", async () => {
    assert.match((await kubectl("plugin", "list")).stdout, /\/kubectl-pullring$/m);
  });

  test("explains a Pod, with the flags of kubectl", async () => {
    const { stdout } = await kubectl("pullring", "explain", "pod/web", "-n", "shop", "-o", "json");
    const [pod] = (JSON.parse(stdout) as { readonly objects: readonly { readonly name: string }[] }).objects;
    assert.equal(pod?.name, "web");
    const all = await kubectl("pullring", "explain", "pods", "-A", `--kubeconfig=${plane.adminKubeconfig}`);
    assert.match(all.stdout, /^Pod shop\/web /m);
  });

  test("calls itself what a person typed", async () => {
    assert.match((await kubectl("pullring", "explain", "--help")).stdout, /^Usage: kubectl pullring explain /);
    await assert.rejects(kubectl("pullring", "explian"), /See kubectl pullring --help/);
  });

  test("is completed", async () => {
    assert.match((await kubectl("__complete", "pullring", "")).stdout, /^explain\t[\s\S]*\n:4\n$/m);
    assert.match((await kubectl("__complete", "pullring", "explain", "-o", "j")).stdout, /^json\n:4\n$/);
  });

  for (const [words, candidates] of [
    [["pod/"], ["pod/web"]],
    [["-n", "shop", "pods", ""], ["web"]],
    [["--namespace=shop", "po/w"], ["po/web"]],
    [["deployments/"], []],
    [["nothing/"], []],
    [["pod/web", "-n", "sh"], ["shop"]],
    [["--context", ""], ["pullring-test"]],
    [["--kubeconfig", "/nowhere", "pod/"], []],
  ] as const) {
    test(`offers ${candidates.join(", ") || "nothing"} after ${JSON.stringify(words.join(" "))}`, async () => {
      const place = words.some((word) => /^-n|^--/.test(word)) ? [] : ["-n", "shop"];
      const { stdout } = await kubectl("__complete", "pullring", "explain", ...place, ...words);
      assert.equal(stdout, [...candidates, ":4\n"].join("\n"));
    });
  }

  test("is installed by Krew, from the archive and the manifest of a release alone", async () => {
    const { krew } = await findBinaries(["krew"]);
    const release = join(plane.directory, "release");
    await promisify(execFile)(process.execPath, ["krew.mjs", release, "https://github.com/acme/pullring"]);
    const [archive = "", manifest = "", ...others] = readdirSync(release).map((name) => join(release, name));
    assert.deepEqual(others, []);
    const install = (root: string): Outcome => {
      const env = { PATH: "/usr/bin:/bin", HOME: plane.directory, KREW_ROOT: root };
      return promisify(execFile)(krew, ["install", `--manifest=${manifest}`, `--archive=${archive}`], { env });
    };
    const root = join(plane.directory, "krew");
    await install(root);
    const { stdout } = await kubectlWith(join(root, "bin"), "pullring", "explain", "pod/web", "-n", "shop");
    assert.match(stdout, /^Pod shop\/web /m);
    appendFileSync(archive, "x");
    await assert.rejects(install(`${root}-2`), /checksum does not match/);
  });

  test("the manifest for Krew names the archive of the release, and the systems that it runs on", () => {
    const text = readFileSync(join(plane.directory, "release", "pullring.yaml"), "utf8");
    const { metadata, spec } = load(text) as KrewManifest;
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string };
    assert.deepEqual([metadata.name, spec.version], ["pullring", `v${version}`]);
    const [platform, ...others] = spec.platforms;
    assert.deepEqual(others, []);
    assert.deepEqual(platform?.selector, {
      matchExpressions: [{ key: "os", operator: "In", values: ["darwin", "linux"] }],
    });
    const file = `kubectl-pullring-v${version}.tar.gz`;
    assert.equal(platform?.uri, `https://github.com/acme/pullring/releases/download/v${version}/${file}`);
  });
});

interface KrewManifest {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly version: string;
    readonly platforms: readonly { readonly selector: unknown; readonly uri: string }[];
  };
}
