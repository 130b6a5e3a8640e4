/** The calls of our webhook that failed, so that the API server went on without an answer; from its log. */
import type { TestContext } from "node:test";
import type { ControlPlane } from "../e2e/control-plane/control-plane.ts";

/** A call that failed open. */
export interface FailedCall {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** The API server's last words on it. */
  readonly reason: string;
}

/** As in `W1125 02:44:58.123456`: month, day and time of this machine's zone. */
const KLOG_TIME = /^W(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3})/;

/** All of them, in order. */
export function listFailedCalls(plane: ControlPlane): readonly FailedCall[] {
  const lines = plane.processes().apiServer.readLog().split("\n");
  return lines
    .filter((line) => line.includes("failing open inject.pullring.dev"))
    .map((line) => ({ atMs: timeOf(line), reason: line.replace(/"$/, "").split(": ").slice(-2).join(": ") }));
}

/** Puts `words` and the reasons of all calls that failed open among the diagnostics of a test. */
export function reportLosses(context: TestContext, plane: ControlPlane, words: string): void {
  context.diagnostic(words);
  const reasons = listFailedCalls(plane).map(({ reason }) => reason);
  for (const reason of new Set(reasons)) {
    const { length } = reasons.filter((other) => other === reason);
    context.diagnostic(`${length} calls failed open: ${reason}`);
  }
}

function timeOf(line: string): number {
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0] = (KLOG_TIME.exec(line) ?? [])
    .slice(1)
    .map(Number);
  return new Date(new Date().getFullYear(), month - 1, day, hour, minute, second, ms).getTime();
}
