/** Runs `serve` by the entry point of an image, contained, and waits until it is ready. */
import { waitUntil } from "../wait-until.ts";
import type { ImageConfig } from "./buildah.ts";
import { type ContainedProcess, startContained } from "./contained-process.ts";

/** An image's root file system and what it says of running it. */
export interface ImageToRun {
  readonly root: string;
  readonly config: Pick<ImageConfig["config"], "User" | "Entrypoint">;
}

/** How it is run. */
export interface ServeOptions {
  /** In place of the image's command. */
  readonly args: readonly string[];
  /** `http://HOST:PORT` of its admin port. */
  readonly adminUrl: string;
  readonly mounts: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** @throws Error with all that was printed when it ends, or is not ready in a minute */
export async function serveContained(
  { root, config }: ImageToRun,
  { args, adminUrl, mounts, env = {} }: ServeOptions,
): Promise<ContainedProcess> {
  const command = [...config.Entrypoint, ...args];
  const contained = startContained({ root, user: config.User, command, mounts, env });
  let hasEnded = false;
  void contained.ended.then(() => {
    hasEnded = true;
  });
  try {
    await waitUntil("/readyz", async () => {
      if (hasEnded) throw new Error("it ended at its start");
      return (await fetch(`${adminUrl}/readyz`).catch(() => undefined))?.ok;
    });
    return contained;
  } catch (cause) {
    if (!hasEnded) await contained.end();
    throw new Error(contained.printed(), { cause });
  }
}
