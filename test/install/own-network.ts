/**
 * Runs a test file again in a network namespace of its own, where addresses that EndpointSlices accept (they refuse loopback
 * ones) belong to the loopback interface. It knows nothing of what the file tests.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { processEnvironment } from "../e2e/control-plane/managed-process.ts";

/** Documentation addresses (RFC 5737): two replicas, one that comes before another goes, and one that is still draining. */
export const REPLICA_ADDRESSES = ["192.0.2.10", "192.0.2.11", "192.0.2.12", "192.0.2.13"] as const;

const INSIDE = "PULLRING_TEST_OWN_NETWORK";

/** What node:test prints besides diagnostics of tests. */
const SUMMARY = /^ *# (Subtest:|(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) )/;

/**
 * Defines the tests of a file where they can run: inside such a namespace at once, else by one test that runs the file there and
 * has their diagnostics.
 * @param url `import.meta.url`
 * @param title what the tests show
 */
export function inOwnNetwork(url: string, title: string, defineTests: () => void): void {
  if (process.env[INSIDE] !== undefined) {
    defineTests();
    return;
  }
  test(`in a network namespace of its own, ${title}`, async (context) => {
    const { code, printed } = await runInOwnNetwork(url);
    assert.equal(code, 0, printed);
    assert.match(printed, /^# pass [1-9]/m);
    for (const [line] of printed.matchAll(/^ *# .*$/gm)) {
      if (!SUMMARY.test(line)) context.diagnostic(line.replace(/^ *# /, ""));
    }
  });
}

/** What the run inside ended with. */
export interface InsideRun {
  readonly code: number | null;
  /** TAP on standard output, and standard error. */
  readonly printed: string;
}

/** Runs the file again, as root of a new user namespace where the user is not root already. @param url `import.meta.url` */
export function runInOwnNetwork(url: string): Promise<InsideRun> {
  const flags = process.getuid?.() === 0 ? ["--net"] : ["--net", "-rn"];
  const addresses = REPLICA_ADDRESSES.map((address) => `ip address add ${address}/32 dev lo`);
  const script = ["ip link set lo up", ...addresses, 'exec "$@"'].join(" && ");
  const command = [process.execPath, "--import", "tsx", "--test-reporter=tap", fileURLToPath(url)];
  const env: NodeJS.ProcessEnv = { ...processEnvironment(), [INSIDE]: "yes" };
  // Otherwise the run inside would report in the protocol between a test file and its runner.
  delete env.NODE_TEST_CONTEXT;
  const child = spawn("unshare", [...flags, "sh", "-c", script, "sh", ...command], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, printed }));
  });
}
