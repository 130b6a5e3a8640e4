/** No password outlives parsing: heap snapshots of the running process hold none, in no form. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createReadStream, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { waitUntil } from "../wait-until.ts";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import type { ManagedProcess } from "./control-plane/managed-process.ts";
import { runClients } from "./webhook/clients.ts";
import { createControllerIdentity, startController } from "./webhook/controller-process.ts";
import { type InstalledPlane, startInstalledPlane } from "./webhook/installed-plane.ts";
import { createNamespace, type Namespace, namespaceOf } from "./webhook/namespace.ts";
import { credentialOf, podOf, pullSecretsOf } from "./webhook/objects.ts";

const COUNT = 1_000;
const NAMESPACES = 20;
/** Common to all planted passwords. */
const MARKER = "planted7Kq2mVx9RtBw4";

/** By default V8 writes only the first 1,024 characters of a string into a snapshot. */
const snapshotFlags = (directory: string): readonly string[] => [
  "--heapsnapshot-signal=SIGUSR2",
  `--diagnostic-dir=${directory}`,
  "--heap-snapshot-string-limit=1000000000",
];

describe("a heap snapshot", () => {
  let installed: InstalledPlane;
  let plane: ControlPlane;
  let directory: string;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "pullring-heap-"));
    installed = await startInstalledPlane({ pullring: { nodeFlags: snapshotFlags(directory) } });
    ({ plane } = installed);
  });
  after(async () => {
    await plane?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test("of pullring after 1,000 credentials and 1,000 requests holds no piece of a password", async (context) => {
    const namespaces: Namespace[] = [];
    for (let number = 0; number < NAMESPACES; number++) {
      namespaces.push(await createNamespace(plane.api, `team-${number}`));
    }
    await runClients({ count: COUNT, clients: 8 }, async (number) => {
      const namespace = namespaces[number % NAMESPACES] as Namespace;
      const login = { username: `user-${number}`, password: plantedPassword(number) };
      await namespace.create("secrets", credentialOf(`cred-${number}`, `r${number}.heap.example`, login));
      const pod = await namespace.create("pods", podOf(`pod-${number}`, `r${number}.heap.example/app`));
      assert.deepEqual(pullSecretsOf(pod), [`cred-${number}`]);
    });
    const snapshot = await takeSnapshot(installed.pullring.current(), directory);
    context.diagnostic(`heap snapshot of ${statSync(snapshot).size} bytes, ${formsOfMarker().length} forms`);
    // The registry keys are kept: this is the heap that read the credentials, and strings in it are found.
    assert.deepEqual(await findInFile(snapshot, ["r999.heap.example"]), ["r999.heap.example"]);
    assert.deepEqual(await findInFile(snapshot, formsOfMarker()), []);
    assert.deepEqual(await findInFile(installed.pullring.current().logFile, formsOfMarker()), []);
  });

  test("of the controller that copied shared credentials holds no piece of a password", async () => {
    const snapshots = mkdtempSync(join(directory, "sharing-"));
    const controller = await startController(plane, {
      kubeconfig: await createControllerIdentity(plane, "sharing"),
      flags: ["--share", "--shared-namespace=pullring-shared"],
      nodeFlags: snapshotFlags(snapshots),
    });
    const shared = namespaceOf(plane.api, "pullring-shared");
    await runClients({ count: 20, clients: 4 }, async (number) => {
      const login = { username: `user-${number}`, password: plantedPassword(number) };
      const secret = credentialOf(`shared-${number}`, `r${number}.heap.example`, login) as {
        readonly metadata: object;
      };
      const annotations = { "pullring.dev/share-with": "*" };
      await shared.create("secrets", { ...secret, metadata: { ...secret.metadata, annotations } });
    });
    // A payload is held while it is written: until the answer to that has come, not only until the copy is there.
    await waitUntil("the answers to all writes", async () => {
      const { text } = await controller.admin("/metrics");
      const [wanted, written] = [
        /^pullring_shared_copies\{state="wanted"\} (.*)$/m,
        /^pullring_shared_copy_writes_total\{step="create"\} (.*)$/m,
      ].map((pattern) => Number(pattern.exec(text)?.[1]));
      return wanted !== undefined && wanted >= 20 * NAMESPACES && wanted === written;
    });
    const snapshot = await takeSnapshot(controller.process, snapshots);
    assert.deepEqual(await findInFile(snapshot, ["team-19", "shared-19"]), ["team-19", "shared-19"]);
    assert.deepEqual(await findInFile(snapshot, formsOfMarker()), []);
    assert.deepEqual(await findInFile(controller.process.logFile, formsOfMarker()), []);
    await controller.process.end();
  });

  test("would show a password in base64, once or twice, wherever it begins", () => {
    const encode = (text: string): readonly string[] =>
      ["", "_", "__"].map((start) => Buffer.from(start + text).toString("base64"));
    const once = encode(plantedPassword(1));
    const all = [plantedPassword(1), ...once, ...once.flatMap(encode)].join("\n");
    assert.deepEqual(
      formsOfMarker().filter((form) => !all.includes(form)),
      [],
    );
  });
});

/** Asks for a snapshot and waits for the whole file; Node writes it while nothing else of the process runs. */
async function takeSnapshot(of: ManagedProcess, directory: string): Promise<string> {
  of.signal("SIGUSR2");
  const path = await waitUntil("a heap snapshot", () => {
    const file = readdirSync(directory).find((entry) => entry.endsWith(".heapsnapshot"));
    return file === undefined ? false : join(directory, file);
  });
  // The last bytes close the list of strings and the document.
  const end = (): string => execFileSync("tail", ["-c", "16", path], { encoding: "latin1" });
  await waitUntil("the end of the heap snapshot", () => /\]\s*\}\s*$/.test(end()));
  return path;
}

function plantedPassword(number: number): string {
  return `${MARKER}-${number}`;
}

/** The marker as it is, in base64 at each of the three places where it can begin, and each of these in base64 once more. */
function formsOfMarker(): readonly string[] {
  const once = alignments(MARKER);
  return [MARKER, ...once, ...once.flatMap(alignments)];
}

/** What of the base64 of a longer text is the same whatever stands before and after `part`. */
function alignments(part: string): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from("_".repeat(offset) + part).toString("base64");
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + part.length) * 8) / 6);
    return encoded.slice(first, last);
  });
}

/** Those of `texts` that occur in the file. */
async function findInFile(path: string, texts: readonly string[]): Promise<readonly string[]> {
  const overlap = Math.max(...texts.map((text) => text.length)) - 1;
  const found = new Set<string>();
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const piece = Buffer.concat([rest, chunk as Buffer]);
    for (const text of texts) if (piece.includes(text)) found.add(text);
    rest = piece.subarray(Math.max(0, piece.length - overlap));
  }
  return texts.filter((text) => found.has(text));
}
