/**
 * Builds the binaries of a Go module once, into the cache: one directory for each exact set of inputs, made elsewhere first and
 * renamed when it is complete, so that a half-finished build is never found.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type GoModule, moduleFile, requiredVersion } from "./go-module.ts";

/**
 * The directory of the binaries of `module`, which are built where they are not there yet. Without Go, a build by any Go counts.
 * @throws Error when Go is missing, or when the build fails (then with the end of what Go printed)
 */
export function builtBinaries(module: GoModule): string {
  const inputs = join(cacheRoot(), inputsName(module));
  const goVersion = installedGoVersion();
  const target = goVersion === undefined ? anyBuild(inputs) : `${inputs}-${goVersion}`;
  if (target === undefined) {
    throw new Error(
      "Go is not installed, and it builds the binaries of the cluster tests. " +
        "Install it from https://go.dev/dl/ or set KUBEBUILDER_ASSETS to a directory that holds the binaries.",
    );
  }
  if (!existsSync(target)) build(module, target);
  return target;
}

/** `$XDG_CACHE_HOME/pullring/binaries`, by default below `~/.cache`. */
export function cacheRoot(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pullring", "binaries");
}

/** Names everything but the toolchain that the binaries depend on: module, version, go.mod, go.sum, link settings, machine. */
export function inputsName(module: GoModule): string {
  const version = requiredVersion(module, module.versionOf);
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"] as const) hash.update(readFileSync(moduleFile(module, file)));
  hash.update(JSON.stringify([module.packages, module.linkerVariables(version)]));
  return `${module.name}-${version}-${process.platform}-${process.arch}-${hash.digest("hex").slice(0, 12)}`;
}

/** As in `go1.26.8`; asked outside of any module, so that an old toolchain answers too. */
export function installedGoVersion(): string | undefined {
  try {
    return execFileSync("go", ["env", "GOVERSION"], { cwd: "/", encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

function anyBuild(inputs: string): string | undefined {
  const root = dirname(inputs);
  const isBuild = (entry: string): boolean => new RegExp(`^${basename(inputs)}-go[\\w.]*$`).test(entry);
  const name = existsSync(root) ? readdirSync(root).sort().findLast(isBuild) : undefined;
  return name === undefined ? undefined : join(root, name);
}

function build(module: GoModule, target: string): void {
  const version = requiredVersion(module, module.versionOf);
  const names = Object.keys(module.packages).join(", ");
  const hint = module.name === "kubernetes" ? "; it takes about 8 minutes on two cores, and 2.4 GB of memory" : "";
  process.stderr.write(`Building ${names} (${module.name} ${version}) once, into ${target}${hint}\n`);
  const variables = module.linkerVariables(version).map((variable) => `-X ${variable}`);
  const directory = fileURLToPath(moduleFile(module, ""));
  goBuildOnce(target, {
    directory,
    packages: module.packages,
    ldflags: ["-s", "-w", ...variables].join(" "),
  });
}

/** What to build. */
export interface GoBuild {
  /** Of the Go module. */
  readonly directory: string;
  /** Import path of each program, by its file name. */
  readonly packages: Readonly<Record<string, string>>;
  readonly ldflags: string;
}

/** One process builds, the others wait for it; a lock of the kernel's ends with the process that holds it. */
const SCRIPT = `
set -e
partial=$1 target=$2 ldflags=$3; shift 3
[ ! -d "$target" ] || exit 0
rm -rf "$partial"
while [ $# -gt 0 ]; do
  go build -mod=readonly -trimpath -ldflags "$ldflags" -o "$partial/$1" "$2"
  shift 2
done
mv -T "$partial" "$target"
`;

/** Makes the directory `target` with the programs, unless it is there. @throws Error with the end of what Go printed */
export function goBuildOnce(target: string, { directory, packages, ldflags }: GoBuild): void {
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.partial`;
  const script = ["-c", SCRIPT, "sh", partial, target, ldflags, ...Object.entries(packages).flat()];
  const { status, stderr, error } = spawnSync("flock", [`${target}.lock`, "sh", ...script], {
    cwd: directory,
    env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off" },
    encoding: "utf8",
  });
  if (status === 0) return;
  rmSync(partial, { recursive: true, force: true });
  const programs = Object.keys(packages).join(", ");
  throw new Error(`go build of ${programs} ended with status ${status}:\n${stderr?.slice(-4_000)}`, {
    cause: error,
  });
}
