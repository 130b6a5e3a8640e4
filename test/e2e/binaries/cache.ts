/**
 * Where built binaries are kept: outside the checkout, one directory per exact set of inputs, so that a directory that
 * exists is complete and never changes. It reads and names; only build.ts writes.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type GoModule, moduleFile, requiredVersion } from "./go-module.ts";

/** The directory that holds all builds: `$XDG_CACHE_HOME/pullring/binaries`, by default below `~/.cache`. */
export function cacheRoot(): string {
  const base = process.env.XDG_CACHE_HOME;
  const root = base?.startsWith("/") ? base : join(homedir(), ".cache");
  return join(root, "pullring", "binaries");
}

/** The directory of the build of `module` by `goVersion`; it exists only once the build is complete. */
export function cacheDirectory(module: GoModule, goVersion: string): string {
  return join(cacheRoot(), `${inputsName(module)}-${goVersion}`);
}

/**
 * A complete build of `module`'s present inputs by `goVersion`, or by any Go version when that is undefined (no Go is
 * installed, so it cannot be rebuilt anyway); undefined when there is none.
 */
export function cachedBuild(module: GoModule, goVersion: string | undefined): string | undefined {
  if (goVersion !== undefined) {
    const exact = cacheDirectory(module, goVersion);
    return existsSync(exact) ? exact : undefined;
  }
  if (!existsSync(cacheRoot())) return undefined;
  const name = readdirSync(cacheRoot())
    .sort()
    .findLast((entry) => entry.startsWith(`${inputsName(module)}-go`));
  return name === undefined ? undefined : join(cacheRoot(), name);
}

/** Names everything but the toolchain that the binaries depend on: module, version, go.mod, go.sum, link settings, machine. */
function inputsName(module: GoModule): string {
  const version = requiredVersion(module, module.versionOf);
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"] as const) hash.update(readFileSync(moduleFile(module, file)));
  hash.update(JSON.stringify([module.packages, module.linkerVariables(version)]));
  return `${module.name}-${version}-${process.platform}-${process.arch}-${hash.digest("hex").slice(0, 12)}`;
}
