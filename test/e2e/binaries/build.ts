/**
 * Builds the binaries of one Go module into the cache: in a directory of its own first, then by one atomic rename, so that
 * a half-finished build is never found under the name that users look for.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withBuildLock } from "./build-lock.ts";
import { cacheDirectory } from "./cache.ts";
import { type GoModule, moduleFile, requiredVersion } from "./go-module.ts";
import { requireGo } from "./go-toolchain.ts";

/**
 * Makes sure that the binaries of `module` are in the cache and returns their directory; progress goes to `say`, one line a call.
 * @throws Error when Go is missing or too old, or when the build fails (then with the end of what Go printed)
 */
export async function buildModule(module: GoModule, say: (line: string) => void): Promise<string> {
  const target = cacheDirectory(module, requireGo(module));
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const onWait = (): void => say(`Another process builds ${basename(target)}; waiting for it`);
  await withBuildLock(
    `${target}.lock`,
    async () => {
      if (!existsSync(target)) await buildInto(module, target, say);
    },
    onWait,
  );
  return target;
}

async function buildInto(module: GoModule, target: string, say: (line: string) => void): Promise<void> {
  removeLeftovers(target);
  const partial = `${target}.${process.pid}.partial`;
  mkdirSync(partial);
  const version = requiredVersion(module, module.versionOf);
  say(`Building ${Object.keys(module.packages).join(", ")} (${module.name} ${version}) once, into ${target}`);
  if (module.name === "kubernetes")
    say("The first build takes about 8 minutes on two cores, and 2.4 GB of memory");
  try {
    for (const [binary, path] of Object.entries(module.packages)) {
      await goBuild(module, join(partial, binary), path);
    }
    publish(partial, target);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Partial builds of killed processes; whoever holds the lock is the only one who builds under this name. */
function removeLeftovers(target: string): void {
  for (const entry of readdirSync(dirname(target))) {
    if (entry.startsWith(`${basename(target)}.`) && entry.endsWith(".partial")) {
      rmSync(join(dirname(target), entry), { recursive: true, force: true });
    }
  }
}

/** A rename onto a complete build of the same inputs fails; the other build is then as good as ours. */
function publish(partial: string, target: string): void {
  try {
    renameSync(partial, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  }
}

function goBuild(module: GoModule, output: string, path: string): Promise<void> {
  const variables = module.linkerVariables(requiredVersion(module, module.versionOf));
  const ldflags = ["-s", "-w", ...variables.map((variable) => `-X ${variable}`)].join(" ");
  const child = spawn(
    "go",
    ["build", "-mod=readonly", "-trimpath", "-ldflags", ldflags, "-o", output, path],
    {
      cwd: fileURLToPath(moduleFile(module, "")),
      env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off" },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    printed = (printed + text).slice(-4_000);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`go build ${path} ended with ${signal ?? `status ${code}`}:\n${printed}`));
    });
  });
}
