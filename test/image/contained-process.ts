/**
 * Runs a program in the root file system of an image as a cluster does by the Deployment: read-only, as process 1 of a user
 * that is not root, without capabilities and without a way to any. The network is this machine's.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { waitUntil } from "../wait-until.ts";
import type { ImageConfig } from "./buildah.ts";

/** As the container runtime does it: mounts, then the root read-only, then the user; capabilities end with the change of user. */
const SCRIPT = `
set -e
root=$1; user=$2; shift 2
mount --bind "$root" "$root"
while [ "$1" != -- ]; do
  mkdir -p "$root/$2"; mount --bind "$1" "$root/$2"; mount -o remount,bind,ro "$root/$2"
  shift 2
done
shift
mkdir -p "$root/proc" "$root/dev"
mount -t proc proc "$root/proc"
for device in null zero random urandom; do
  touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"
done
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs chroot --userspec="$user" --groups= "$root" "$@"
`;

/** What to run. */
export interface ContainedOptions {
  /** Directory of the root file system. Mount points are made in it. */
  readonly root: string;
  /** `USER:GROUP` by numbers. */
  readonly user: string;
  readonly command: readonly string[];
  /** Read-only mounts: path here by path there. */
  readonly mounts?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A contained program that was started. */
export interface ContainedProcess {
  /** All that was printed so far. */
  printed(): string;
  /** A file of /proc about it, as seen from this machine. @throws Error when it has ended */
  proc(file: "status" | "mountinfo"): string;
  /** Sends SIGTERM, if it still runs, and gives the exit status. */
  end(): Promise<number | null>;
  /** Its exit status, whenever it ends by itself. */
  readonly ended: Promise<number | null>;
}

/** Starts it. */
export function startContained({ root, user, command, mounts = {}, env = {} }: ContainedOptions): ContainedProcess {
  const pairs = Object.entries(mounts).flatMap(([target, source]) => [source, target]);
  const flags = ["--mount", "--pid", "--fork", "--kill-child"];
  const child = spawn("unshare", [...flags, "sh", "-c", SCRIPT, "sh", root, user, ...pairs, "--", ...command], {
    cwd: "/",
    env: { ...env, PATH: process.env.PATH },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const ended = once(child, "close").then(([code]) => code as number | null);
  return {
    printed: () => text,
    proc: (file) => readFileSync(`/proc/${firstInside(child)}/${file}`, "utf8"),
    end: () => {
      if (child.exitCode === null) process.kill(firstInside(child), "SIGTERM");
      return ended;
    },
    ended,
  };
}

/** Process 1 of the new namespace, by its number here. */
function firstInside({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
}

/** An image's root file system and what it says of running it. */
export interface ImageToRun {
  readonly root: string;
  readonly config: Pick<ImageConfig["config"], "User" | "Entrypoint">;
}

/** How `serve` is run. */
export interface ServeOptions {
  /** In place of the image's command. */
  readonly args: readonly string[];
  /** `http://HOST:PORT` of its admin port. */
  readonly adminUrl: string;
  readonly mounts: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `serve` by the entry point and waits until it is ready. @throws Error with all that was printed when it ends, or is not ready in a minute */
export async function serveContained(
  { root, config }: ImageToRun,
  { args, adminUrl, mounts, env = {} }: ServeOptions,
): Promise<ContainedProcess> {
  const command = [...config.Entrypoint, ...args];
  const contained = startContained({ root, user: config.User, command, mounts, env });
  const isReady = async () => (await fetch(`${adminUrl}/readyz`).catch(() => undefined))?.ok;
  const ended = contained.ended.then(() => Promise.reject(new Error("it ended at its start")));
  try {
    await Promise.race([ended, waitUntil("/readyz", isReady)]);
    return contained;
  } catch (cause) {
    await contained.end();
    throw new Error(contained.printed(), { cause });
  }
}
