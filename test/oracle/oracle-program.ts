/** Builds the oracle program with Go, once per exact set of inputs, into the cache that the cluster tests' binaries use. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withBuildLock } from "../e2e/binaries/build-lock.ts";
import { cacheRoot } from "../e2e/binaries/cache.ts";
import { installedGoVersion } from "../e2e/binaries/go-toolchain.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** The oracle, ready to run. */
export interface OracleProgram {
  readonly path: string;
  /** `go1.26.8` */
  readonly goVersion: string;
  /** `v1.37.2` */
  readonly kubernetesVersion: string;
}

/** Finds or builds the oracle; `say` is told when it has to be built. @throws Error when Go is missing or the build fails */
export async function findOracleProgram(say: (line: string) => void): Promise<OracleProgram> {
  const goVersion = installedGoVersion();
  if (goVersion === undefined) {
    throw new Error(
      "Go is not installed, and the oracle is a Go program: it calls the kubelet's own packages. " +
        `Install Go ${wanted(/^go (\S+)$/m)} or newer from https://go.dev/dl/ and run this again.`,
    );
  }
  const directory = join(
    cacheRoot(),
    `oracle-${process.platform}-${process.arch}-${inputsHash()}-${goVersion}`,
  );
  const path = join(directory, "oracle");
  const kubernetesVersion = wanted(/^\s*k8s\.io\/kubernetes (\S+)/m);
  if (!existsSync(path)) {
    mkdirSync(cacheRoot(), { recursive: true });
    const build = async (): Promise<void> => {
      if (!existsSync(path)) buildInto(directory, say);
    };
    await withBuildLock(`${directory}.lock`, build, () => say("Another process builds the oracle; waiting"));
  }
  return { path, goVersion, kubernetesVersion };
}

function wanted(expression: RegExp): string {
  return expression.exec(readFileSync(join(folder, "go.mod"), "utf8"))?.[1] ?? "";
}

/** Everything in the module that the program is made from. */
function inputsHash(): string {
  const hash = createHash("sha256");
  const inputs = readdirSync(folder).filter((name) => /\.go$|^go\.(mod|sum)$/.test(name));
  for (const name of inputs.sort()) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest("hex").slice(0, 12);
}

function buildInto(directory: string, say: (line: string) => void): void {
  say("Building the oracle once (it takes half a minute, or a few when its modules have to be downloaded)");
  const partial = `${directory}.${process.pid}.partial`;
  try {
    const { status, stderr } = spawnSync(
      "go",
      ["build", "-mod=readonly", "-trimpath", "-ldflags", "-s -w", "-o", join(partial, "oracle"), "."],
      { cwd: folder, encoding: "utf8", env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off" } },
    );
    if (status !== 0) throw new Error(`go build of the oracle failed:\n${stderr}`);
    renameSync(partial, directory);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
