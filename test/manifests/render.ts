/** Renders the kustomize base with components, and the Helm chart, with the real tools. Nothing here talks to a cluster. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findBinaries } from "../e2e/binaries/find.ts";
import { repositoryRoot } from "./manifest.ts";

const run = promisify(execFile);
const manifests = fileURLToPath(new URL("manifests/", repositoryRoot));

/** What `kubectl kustomize manifests/base` prints, with `components` (folder names) applied in their order. */
export async function kustomize(components: readonly string[] = []): Promise<string> {
  const { kubectl } = await findBinaries(["kubectl"]);
  if (components.length === 0) return output(kubectl, ["kustomize", join(manifests, "base")]);
  const overlay = mkdtempSync(join(tmpdir(), "pullring-overlay-"));
  try {
    const fromOverlay = (path: string): string => relative(overlay, join(manifests, path));
    const kustomization = {
      resources: [fromOverlay("base")],
      components: components.map((name) => fromOverlay(`components/${name}`)),
    };
    writeFileSync(join(overlay, "kustomization.yaml"), JSON.stringify(kustomization));
    return await output(kubectl, ["kustomize", overlay]);
  } finally {
    rmSync(overlay, { recursive: true, force: true });
  }
}

/**
 * What `helm template` prints for the chart as a release in namespace `pullring`.
 * @param settings each as `--set` takes it, as in `podsOnly=true`
 */
export async function helmTemplate(settings: readonly string[] = []): Promise<string> {
  const { helm } = await findBinaries(["helm"]);
  // Without a version Helm assumes one that depends on how it was built.
  const fixed = ["template", "pullring", join(manifests, "chart"), "--namespace=pullring", "--kube-version=1.37.0"];
  return output(helm, [...fixed, ...settings.flatMap((setting) => ["--set", setting])]);
}

async function output(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(command, args, { maxBuffer: 16 * 1024 * 1024, timeout: 60_000 });
  return stdout;
}
