/**
 * Finds the real binaries of the cluster and node tests: KUBEBUILDER_ASSETS (the convention of the field; versions as found), else
 * our cache, else they are built into it once. It never uses what happens to be on PATH.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BinaryName, type GoModule, MODULES } from "./go-module.ts";

/** What to expect of the builds that take long, on two cores. */
const BUILD_HINTS: Readonly<Record<string, string>> = {
  kubernetes: "; it takes about 8 minutes on two cores, and 2.4 GB of memory",
  "kubernetes-node": "; it takes about 2 minutes after the control plane, 8 without it",
  containerd: "; it takes about 2 minutes",
};

/**
 * The absolute path of each of `names`. A directory in KUBEBUILDER_ASSETS need not hold all of them (the usual archives
 * have no kube-controller-manager): what it lacks comes from the cache.
 * @throws Error with the remedy when a build is needed and Go is missing, or with the end of what Go printed when it fails
 */
export async function findBinaries<Name extends BinaryName>(
  names: readonly Name[],
): Promise<Readonly<Record<Name, string>>> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const pathOf = (name: Name): string => {
    const inAssets = assets ? resolve(assets, name) : "";
    if (existsSync(inAssets)) return inAssets;
    const module = MODULES.find(({ packages }) => packages[name] !== undefined);
    if (module === undefined) throw new Error(`no binary ${name}`);
    return join(builtBinaries(module), name);
  };
  return Object.fromEntries(names.map((name) => [name, pathOf(name)])) as Record<Name, string>;
}

/** The directory of the binaries of a module: one for each exact set of inputs, whichever Go built it. */
function builtBinaries(module: GoModule): string {
  const directory = fileURLToPath(new URL(`./${module.name}/`, import.meta.url));
  const version = requiredVersion(directory, module.versionOf);
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(directory, file)));
  hash.update(JSON.stringify([module.packages, module.linkerVariables(version)]));
  const inputs = `${module.name}-${version}-${process.platform}-${process.arch}-${hash.digest("hex").slice(0, 12)}`;
  const cache = binaryCache();
  const isBuild = (entry: string): boolean => entry.startsWith(inputs) && !/\.(partial|lock)$/.test(entry);
  const built = existsSync(cache) ? readdirSync(cache).find(isBuild) : undefined;
  if (built !== undefined) return join(cache, built);
  if (spawnSync("go", ["version"]).status !== 0) {
    throw new Error(
      "Go is not installed, and it builds the binaries of the cluster tests. " +
        "Install it from https://go.dev/dl/ or set KUBEBUILDER_ASSETS to a directory that holds the binaries.",
    );
  }
  const target = join(cache, inputs);
  const hint = BUILD_HINTS[module.name] ?? "";
  process.stderr.write(`Building ${module.name} ${version} once, into ${target}${hint}\n`);
  const variables = module.linkerVariables(version).map((variable) => ` -X ${variable}`);
  build(target, directory, [`-s -w${variables.join("")}`, ...Object.entries(module.packages).flat()]);
  return target;
}

/** Where everything that was built or downloaded once is kept. */
export function binaryCache(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pullring", "binaries");
}

/** The version (`v1.2.3`) at which go.mod requires `path`. */
function requiredVersion(directory: string, path: string): string {
  const lines = readFileSync(join(directory, "go.mod"), "utf8").split("\n");
  const words = lines.map((line) =>
    line
      .trim()
      .replace(/^require /, "")
      .split(" "),
  );
  const version = words.find(([required]) => required === path)?.[1];
  if (version === undefined) throw new Error(`${directory}go.mod does not require ${path}`);
  return version;
}

/** Renamed when it is complete; one process builds and the others wait, by a lock that ends with the process that holds it. */
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

function build(target: string, directory: string, args: readonly string[]): void {
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.partial`;
  const command = [`${target}.lock`, "sh", "-c", SCRIPT, "sh", partial, target, ...args];
  const env = { ...process.env, CGO_ENABLED: "0", GOWORK: "off" };
  const { status, stderr, error } = spawnSync("flock", command, { cwd: directory, env, encoding: "utf8" });
  if (status === 0) return;
  rmSync(partial, { recursive: true, force: true });
  throw new Error(`go build of ${basename(target)} ended with status ${status}:\n${stderr?.slice(-4_000)}`, {
    cause: error,
  });
}
