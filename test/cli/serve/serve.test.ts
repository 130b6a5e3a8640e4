/** `pullring serve` as a whole, inside the test: what it answers, what it says of itself, and how it ends. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { Agent } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Writable } from "node:stream";
import { type TestContext, test } from "node:test";
import { runCommand } from "../../../src/cli/program.ts";
import { makeTestbed } from "../../cluster/testbed.ts";
import { freePort } from "../../e2e/control-plane/free-port.ts";
import { listOf, PASSWORD, podManifest, reviewOf, secretManifest } from "../../files/secret-manifest.ts";
import { makeDirectory } from "../../files/temporary-directory.ts";
import { send } from "../../server/running-server.ts";
import { waitUntil } from "../../wait-until.ts";
import { run } from "../run-command.ts";

interface Served {
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly port: number;
  readonly adminPort: number;
  readonly directory: string;
  /** Statuses with which it asked for its end. */
  readonly exits: readonly number[];
  readonly status: Promise<number>;
}

async function serve(t: TestContext, ...args: readonly string[]): Promise<Served> {
  const directory = makeDirectory(t);
  const lines: Readonly<Record<string, unknown>>[] = [];
  const exits: number[] = [];
  const ports = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
  const status = runCommand(["serve", "--tls-dir", join(directory, "certs"), ...ports, ...args], {
    stdout: process.stdout,
    stderr: new Writable(),
    columns: undefined,
    exit: (code) => exits.push(code),
    logDestination: {
      write: (line) => {
        assert.ok(!line.includes(PASSWORD), "no password is logged");
        lines.push(JSON.parse(line));
      },
    },
  });
  t.after(async () => {
    signal("SIGTERM");
    await status;
  });
  const portOf = async (logger: string): Promise<number> => {
    const line = await waitUntil(`${logger} listens`, () =>
      lines.find(({ msg, logger: name }) => msg === "Listening" && name === logger),
    );
    return Number(String(line.address).split(":").at(-1));
  };
  return { ...{ lines, exits, status, directory }, port: await portOf("webhook"), adminPort: await portOf("admin") };
}

test("names the webhook's address first in its log, then that of the admin port", async (t) => {
  const { lines } = await serve(t, "--credentials", writeSecrets(t));
  const listening = lines.filter(({ msg }) => msg === "Listening").map(({ logger }) => logger);
  assert.deepEqual(listening, ["webhook", "admin"]);
});

/** What `kill` would do: only the handlers of the process are called. */
function signal(name: "SIGTERM" | "SIGINT"): void {
  process.emit(name, name);
}

/** Sends the review of a Pod and gives whether the answer has a patch. */
async function isPatched({ port, directory }: Served, image: string): Promise<boolean> {
  const agent = new Agent({ ca: readFileSync(join(directory, "certs/ca.crt")) });
  const body = JSON.stringify(reviewOf("default", podManifest(["default", "web"], [image])));
  const { text } = await send(agent, port, { body });
  return JSON.parse(text).response.patch !== undefined;
}

function writeSecrets(t: TestContext, ...secrets: readonly unknown[]): string {
  const path = join(makeDirectory(t), "secrets.json");
  writeFileSync(path, listOf(secrets));
  return path;
}

test("answers over verified HTTPS, follows its manifests and ends with 0 after SIGTERM", async (t) => {
  const path = writeSecrets(t, secretManifest(["default", "quay"], ["quay.io"]));
  const served = await serve(t, "--credentials", path, "--drain-grace", "0s");
  assert.equal(await isPatched(served, "quay.io/acme/web"), true);
  assert.equal(await isPatched(served, "ghcr.io/acme/web"), false);
  writeFileSync(path, JSON.stringify(secretManifest(["default", "github"], ["ghcr.io"])));
  await waitUntil("the edit is in force", () => served.lines.find(({ msg }) => msg === "Reloaded credentials"));
  assert.equal(await isPatched(served, "ghcr.io/acme/web"), true);
  signal("SIGTERM");
  assert.equal(await served.status, 0);
  assert.equal(served.lines.at(-1)?.msg, "Stopped");
});

test("goes on answering while it drains, and a second signal ends it at once", async (t) => {
  const path = writeSecrets(t, secretManifest(["default", "quay"], ["quay.io"]));
  const served = await serve(t, "--credentials", path, "--drain-grace", "1s");
  signal("SIGTERM");
  await waitUntil("draining", () => served.lines.find(({ msg }) => msg === "Started to drain"));
  assert.equal(await isPatched(served, "quay.io/acme/web"), true);
  assert.deepEqual(served.exits, []);
  signal("SIGINT");
  assert.deepEqual(served.exits, [130]);
  assert.equal(await served.status, 0);
});

test("its metrics count the credentials, and the malformed ones among them", async (t) => {
  const malformed = { ...secretManifest(["default", "bad"], []), data: { ".dockerconfigjson": "e30x" } };
  const path = writeSecrets(t, secretManifest(["default", "quay"], ["quay.io"]), malformed);
  const served = await serve(t, "--credentials", path, "--drain-grace", "0s");
  const metrics = await (await fetch(`http://127.0.0.1:${served.adminPort}/metrics`)).text();
  assert.match(metrics, /^pullring_credential_secrets 2$/m);
  assert.match(metrics, /^pullring_invalid_secrets 1$/m);
});

test("--live-read-timeout bounds how long a silent API server holds up an answer", async (t) => {
  const bed = await makeTestbed(t);
  const served = await serve(t, `--kubeconfig=${bed.kubeconfig}`, "--live-read-timeout=50ms", "--drain-grace=0s");
  await waitUntil("ready", async () => (await fetch(`http://127.0.0.1:${served.adminPort}/readyz`)).ok);
  await isPatched(served, "quay.io/a");
  bed.server.fault = () => ({ hang: true });
  const startMs = performance.now();
  assert.equal(await isPatched(served, "quay.io/b"), false);
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs >= 50 && tookMs < 400, `${tookMs} ms`);
});

test("a --listen that is taken ends it with 2, and leaves no port behind", async (t) => {
  const taken = createServer();
  await once(taken.listen(0, "127.0.0.1"), "listening");
  t.after(() => taken.close());
  const [listen, adminListen] = [
    `127.0.0.1:${(taken.address() as AddressInfo).port}`,
    `127.0.0.1:${await freePort("127.0.0.1")}`,
  ];
  const { status, stderr } = await run([
    ...["serve", "--credentials", writeSecrets(t), "--tls-dir", join(makeDirectory(t), "certs")],
    ...["--listen", listen, "--admin-listen", adminListen, "--log-level", "silent"],
  ]);
  assert.equal(status, 2);
  assert.match(stderr, new RegExp(`^pullring: address ${listen} is in use by another program\n`));
  await assert.rejects(fetch(`http://${adminListen}/livez`), { name: "TypeError" });
});

test("of a kubeconfig that cannot be read no line is shown, and no certificate is made", async (t) => {
  const kubeconfig = join(makeDirectory(t), "kubeconfig");
  writeFileSync(kubeconfig, `users:\n- name: a\n  user:\n    token: ${PASSWORD}\n   broken: indent\n`);
  const certs = join(makeDirectory(t), "certs");
  const { status, stderr } = await run(["serve", `--kubeconfig=${kubeconfig}`, `--tls-dir=${certs}`]);
  assert.equal(status, 2);
  assert.match(stderr, /^pullring: no cluster to talk to: .*; name a kubeconfig with --kubeconfig.*\nSee /);
  assert.ok(!stderr.includes(PASSWORD));
  assert.equal(existsSync(certs), false);
});
