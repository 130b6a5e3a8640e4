/** Finds the Go toolchain that builds the binaries, and says what to do when there is none that fits. It never builds. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type GoModule, moduleFile } from "./go-module.ts";

const remedy =
  "Install it from https://go.dev/dl/ or set KUBEBUILDER_ASSETS to a directory that holds the binaries.";

/**
 * The version of the Go toolchain on PATH (`go1.26.8`), or undefined when there is none.
 * It is asked outside of any module, so that an old toolchain answers too.
 */
export function installedGoVersion(): string | undefined {
  try {
    return execFileSync("go", ["env", "GOVERSION"], { cwd: "/", encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/**
 * Returns the Go version that builds `module`. A toolchain that may download its successor (GOTOOLCHAIN is not `local`)
 * counts as new enough, since `go build` then switches by itself.
 * @throws Error with the remedy when Go is missing or too old
 */
export function requireGo(module: GoModule, installed: string | undefined = installedGoVersion()): string {
  const wanted = wantedGoVersion(module);
  if (installed === undefined) {
    throw new Error(
      `Go is not installed; Go ${wanted} or newer builds the cluster tests' binaries. ${remedy}`,
    );
  }
  if (isOlder(installed.replace(/^go/, ""), wanted) && toolchainIsFixed()) {
    throw new Error(`${installed} is too old; ${module.name} needs Go ${wanted} or newer. ${remedy}`);
  }
  return installed;
}

/** The `go` line of the module's go.mod. */
function wantedGoVersion(module: GoModule): string {
  const line = /^go (\S+)$/m.exec(readFileSync(moduleFile(module, "go.mod"), "utf8"));
  if (line?.[1] === undefined) throw new Error(`${module.name}/go.mod has no go line`);
  return line[1];
}

function toolchainIsFixed(): boolean {
  const setting = execFileSync("go", ["env", "GOTOOLCHAIN"], { cwd: "/", encoding: "utf8" }).trim();
  return !setting.includes("auto") && !setting.includes("path");
}

/** Compares `1.26.8` with `1.26.0` by numbers; a missing or non-numeric part (`1.27rc1`) counts by its leading digits. */
function isOlder(version: string, wanted: string): boolean {
  const left = version.split(".").map((part) => Number.parseInt(part, 10) || 0);
  const right = wanted.split(".").map((part) => Number.parseInt(part, 10) || 0);
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
