/**
 * A lock between processes that build the same thing. It only saves work: what makes a build safe to use is the atomic
 * rename in build.ts, so a lock that is wrongly thought abandoned costs time and nothing else.
 */
import { closeSync, openSync, rmSync, statSync, utimesSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const heartbeatMs = 2_000;
/** Ten missed heartbeats: the holder was killed. A pid would not tell, as processes in containers may share the cache. */
const abandonedAfterMs = 10 * heartbeatMs;

/**
 * Runs `action` while holding the lock file `path`, waiting for whoever holds it. `onWait` is called once if it must wait.
 * @throws what `action` throws
 */
export async function withBuildLock<T>(
  path: string,
  action: () => Promise<T>,
  onWait: () => void,
): Promise<T> {
  for (let told = false; !tryLock(path); told = true) {
    if (!told) onWait();
    if (isAbandoned(path)) rmSync(path, { force: true });
    else await sleep(heartbeatMs / 4);
  }
  const heartbeat = setInterval(() => touch(path), heartbeatMs);
  try {
    return await action();
  } finally {
    clearInterval(heartbeat);
    rmSync(path, { force: true });
  }
}

function tryLock(path: string): boolean {
  try {
    closeSync(openSync(path, "wx"));
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

function isAbandoned(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status !== undefined && Date.now() - status.mtimeMs > abandonedAfterMs;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
