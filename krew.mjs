/**
 * Makes the archive of a release for kubectl's plugin manager Krew, and the manifest that names it: node krew.mjs DIRECTORY URL,
 * where URL is that of the repository on GitHub. `npm run build` comes first.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { dump } from "js-yaml";

const [directory, repository] = process.argv.slice(2);
if (directory === undefined || !/^https:\/\/[^/\s]+\/[^/\s]+\/[^/\s]+$/.test(repository ?? "")) {
  process.stderr.write("usage: node krew.mjs DIRECTORY https://github.com/OWNER/NAME\n");
  process.exit(2);
}

const { version, engines } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));
const FILES = ["dist/pullring.cjs", "dist/pullring.cjs.LEGAL.txt", "plugin/kubectl_complete-pullring", "LICENSE"];

mkdirSync(directory, { recursive: true });
const archive = join(directory, `kubectl-pullring-v${version}.tar.gz`);
packFiles(archive);
writeFileSync(join(directory, "pullring.yaml"), dump(manifestOf(archive), { lineWidth: -1 }));

/** The same files give the same archive, whoever packs them and when. */
function packFiles(target) {
  const folder = mkdtempSync(join(tmpdir(), "pullring-krew-"));
  for (const file of FILES) copyFileSync(new URL(file, import.meta.url), join(folder, basename(file)));
  const names = FILES.map((file) => basename(file)).sort();
  const plain = ["--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--mode=a+rX,u+w,go-w", "--format=ustar"];
  const tar = execFileSync("tar", ["--create", ...plain, `--directory=${folder}`, ...names], { maxBuffer: 2 ** 27 });
  writeFileSync(target, execFileSync("gzip", ["--no-name", "--best"], { input: tar, maxBuffer: 2 ** 27 }));
  rmSync(folder, { recursive: true });
}

/** @see https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/ */
function manifestOf(path) {
  return {
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name: "pullring" },
    spec: {
      version: `v${version}`,
      homepage: repository,
      shortDescription: "Explain why a private image does not come",
      description:
        "Says of a Pod, a workload or an image which pull Secrets the kubelet tries,\nwhat pullring would add, and the one thing to do where an image does not come.\n",
      caveats: `It runs on Node.js ${engines.node}, as node on the PATH.\nFor completion link kubectl_complete-pullring of the plugin into the PATH.\n`,
      platforms: [
        {
          selector: { matchExpressions: [{ key: "os", operator: "In", values: ["darwin", "linux"] }] },
          uri: `${repository}/releases/download/v${version}/${basename(path)}`,
          sha256: createHash("sha256").update(readFileSync(path)).digest("hex"),
          bin: "pullring.cjs",
        },
      ],
    },
  };
}
