/**
 * Finds the real binaries of the cluster tests: KUBEBUILDER_ASSETS (the convention of the field; versions as found), else
 * our cache, else they are built into it once. It never uses what happens to be on PATH.
 */
import { accessSync, constants } from "node:fs";
import { join, resolve } from "node:path";
import { builtBinaries } from "./build.ts";
import { type BinaryName, goModuleOf } from "./go-module.ts";

/**
 * The absolute path of each of `names`. A directory in KUBEBUILDER_ASSETS need not hold all of them (the usual archives
 * have no kube-controller-manager): what it lacks comes from the cache.
 * @throws Error with the remedy when a build is needed and cannot be made
 */
export async function findBinaries<Name extends BinaryName>(
  names: readonly Name[],
): Promise<Readonly<Record<Name, string>>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) found[name] = inAssets(name) ?? join(builtBinaries(goModuleOf(name)), name);
  return found as Record<Name, string>;
}

function inAssets(name: BinaryName): string | undefined {
  const directory = process.env.KUBEBUILDER_ASSETS;
  if (directory === undefined || directory === "") return undefined;
  const path = resolve(directory, name);
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}
