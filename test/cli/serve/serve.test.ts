import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PASSWORD, podManifest, secretManifest } from "../../files/secret-manifest.ts";
import { makeDirectory } from "../../files/temporary-directory.ts";
import { PROGRAM } from "../run-pullring.ts";

/** Watchdog of a condition. */
const TIMEOUT_MS = 15_000;

/** A process that does not end fails its test. */
const WATCHED = { timeout: 4 * TIMEOUT_MS } as const;

interface Served {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  readonly port: number;
  readonly directory: string;
  readonly secretPath: string;
}

async function until<Value>(find: () => Value | undefined, what: string): Promise<Value> {
  const endMs = performance.now() + TIMEOUT_MS;
  for (;;) {
    const found = find();
    if (found !== undefined) {
      return found;
    }
    assert.ok(performance.now() < endMs, `in time: ${what}`);
    await sleep(20);
  }
}

async function serve(t: TestContext, grace: string): Promise<Served> {
  const directory = makeDirectory(t);
  const secretPath = join(directory, "secret.json");
  writeFileSync(secretPath, JSON.stringify(secretManifest(["default", "quay"], ["quay.io"])));
  const child = spawn(
    process.execPath,
    [
      ...[PROGRAM, "serve", "--credentials", secretPath, "--tls-dir", join(directory, "certs")],
      ...["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--drain-grace", grace],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  t.after(() => child.kill("SIGKILL"));
  const lines: string[] = [];
  assert.ok(child.stdout !== null);
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const listening = await until(
    () => lines.find((line) => line.includes('"Listening"') && line.includes('"webhook"')),
    "the webhook listens",
  );
  const { address } = JSON.parse(listening) as { readonly address: string };
  return { child, lines, directory, secretPath, port: Number(address.slice(address.lastIndexOf(":") + 1)) };
}

/** Sends the review of a Pod and tells whether the answer has a patch. */
async function isPatched({ port, directory }: Served, image: string): Promise<boolean> {
  const review = {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "u",
      kind: { group: "", version: "v1", kind: "Pod" },
      operation: "CREATE",
      namespace: "default",
      object: podManifest(["default", "web"], [image]),
    },
  };
  const call = request({
    ...{ host: "127.0.0.1", port, path: "/mutate", method: "POST", agent: false },
    ca: readFileSync(join(directory, "certs/ca.crt")),
    headers: { "content-type": "application/json" },
  });
  call.end(JSON.stringify(review));
  const [answer] = (await once(call, "response")) as [import("node:http").IncomingMessage];
  const body = JSON.parse(await text(answer)) as { readonly response: { readonly patch?: string } };
  return body.response.patch !== undefined;
}

test(
  "serve answers over verified HTTPS, follows its manifests and ends with 0 after SIGTERM",
  WATCHED,
  async (t) => {
    const served = await serve(t, "0s");
    assert.equal(await isPatched(served, "quay.io/acme/web"), true);
    assert.equal(await isPatched(served, "ghcr.io/acme/web"), false);
    writeFileSync(served.secretPath, JSON.stringify(secretManifest(["default", "github"], ["ghcr.io"])));
    await until(
      () => served.lines.find((line) => line.includes('"Reloaded credentials"')),
      "the edit is in force",
    );
    assert.equal(await isPatched(served, "ghcr.io/acme/web"), true);
    const exit = once(served.child, "exit");
    served.child.kill("SIGTERM");
    assert.deepEqual(await exit, [0, null]);
    assert.ok(served.lines.some((line) => line.includes('"Stopped"')));
    assert.ok(!served.lines.join("\n").includes(PASSWORD), "no password is logged");
  },
);

test("serve goes on answering while it drains, and a second signal ends it at once", WATCHED, async (t) => {
  const served = await serve(t, "1h");
  served.child.kill("SIGTERM");
  await until(() => served.lines.find((line) => line.includes('"Started to drain"')), "draining");
  assert.equal(await isPatched(served, "quay.io/acme/web"), true);
  const exit = once(served.child, "exit");
  served.child.kill("SIGINT");
  assert.deepEqual(await exit, [130, null]);
});
