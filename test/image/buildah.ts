/** Runs buildah, which builds images without an engine, in a store of its own that vanishes with it. It knows no image of ours. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What `buildah inspect` says of an image, as far as it is read here. @see https://github.com/opencontainers/image-spec config.md */
export interface ImageConfig {
  readonly config: {
    readonly User: string;
    readonly Entrypoint: readonly string[];
    readonly Cmd: readonly string[];
    readonly ExposedPorts: Readonly<Record<string, unknown>>;
    readonly Labels: Readonly<Record<string, string>>;
  };
}

/** A store of images and containers. */
export class Buildah {
  /** Temporary directory of the store; files for a build may be kept there too. */
  readonly directory: string = mkdtempSync(join(tmpdir(), "pullring-image-"));

  /** @throws Error that names the remedy where buildah neither is nor can be installed */
  constructor() {
    if (process.getuid?.() !== 0) throw new Error("the image check mounts file systems, so it has to run as root");
    if (spawnSync("buildah", ["--version"]).status !== 0) install();
  }

  /** Runs a command and gives what it printed. @throws Error with its words when it fails */
  run(...args: readonly string[]): string {
    // vfs works on any file system. A build is the only thing that needs long.
    const store = ["--root", join(this.directory, "root"), "--runroot", join(this.directory, "run")];
    const { status, stdout, stderr } = spawnSync("buildah", [...store, "--storage-driver=vfs", ...args], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      timeout: 600_000,
    });
    if (status === 0) return stdout.trim();
    throw new Error(`buildah ${args[0]}: status ${status}: ${stdout.slice(-2_000)}${stderr.slice(-4_000)}`);
  }

  /** A directory with the files of an image; it may be changed without changing the image. */
  mount(image: string): string {
    return this.run("mount", this.run("from", "--pull-never", image));
  }

  /** The configuration of an image. */
  inspect(image: string): ImageConfig {
    return (JSON.parse(this.run("inspect", "--type=image", image)) as { readonly OCIv1: ImageConfig }).OCIv1;
  }

  /** Removes everything. */
  remove(): void {
    this.run("rm", "--all");
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** @throws Error where there is no apt-get, or it fails */
function install(): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    for (const args of [["update"], ["install", "--yes", "--no-install-recommends", "buildah"]]) {
      execFileSync("apt-get", args, { env, stdio: ["ignore", "ignore", "inherit"] });
    }
  } catch (cause) {
    throw new Error("buildah is not installed; install it with the system's package manager", { cause });
  }
}
