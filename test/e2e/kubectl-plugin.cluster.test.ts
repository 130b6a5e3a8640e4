/** pullring as a plugin of the real kubectl, which finds it and its completion by their names on the PATH. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { findBinaries } from "./binaries/find.ts";
import { type ControlPlane, startControlPlane } from "./control-plane/control-plane.ts";
import { createNamespace } from "./webhook/namespace.ts";
import { credentialOf, podOf } from "./webhook/objects.ts";

const PACKAGE = JSON.parse(readFileSync("package.json", "utf8")) as { readonly bin: Readonly<Record<string, string>> };

describe("kubectl pullring", () => {
  let plane: ControlPlane;
  let kubectl: (...args: readonly string[]) => Promise<{ readonly stdout: string; readonly stderr: string }>;

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
    const path = [directory, dirname(process.execPath), "/usr/bin", "/bin"].join(":");
    const env = { PATH: path, HOME: plane.directory, KUBECONFIG: plane.adminKubeconfig };
    kubectl = (...args) => promisify(execFile)(binaries.kubectl, args, { env, timeout: 60_000 });
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
});
