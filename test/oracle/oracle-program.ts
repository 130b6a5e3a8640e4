/** Builds the oracle program with Go, once per exact set of inputs, into the cache that the cluster tests' binaries use. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheRoot, goBuildOnce, installedGoVersion } from "../e2e/binaries/build.ts";

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
export function findOracleProgram(say: (line: string) => void): OracleProgram {
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
    say("Building the oracle once (it takes half a minute, or a few when its modules have to be downloaded)");
    goBuildOnce(directory, { directory: folder, packages: { oracle: "." }, ldflags: "-s -w" });
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
