/**
 * The story that pullring exists for, without a cluster: starts the real webhook, sends it what an API server would send
 * and shows each answer. Ends with status 0 only if every answer is what the story says.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import jsonPatch, { type Operation } from "fast-json-patch";
import { dump, load } from "js-yaml";
import { type Manifest, pullSecretsOf, reviewOf } from "./review.ts";
import { startWebhook, type WebhookProcess } from "./webhook-process.ts";

const CREDENTIALS = "manifests/examples/credentials";
const WORKLOADS = "manifests/examples/workloads";

interface Answer {
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly patch?: string;
    readonly auditAnnotations: Readonly<Record<string, string>>;
    readonly warnings?: readonly string[];
  };
}

const hasColour = process.stdout.isTTY === true && !process.env.NO_COLOR;
const paint = (code: number, text: string): string => (hasColour ? `\u001b[${code}m${text}\u001b[0m` : text);
const say = (text: string): void => console.log(text);

async function main(): Promise<void> {
  const webhook = await startWebhook(CREDENTIALS, "certs");
  try {
    say(paint(1, "pullring: the pull credentials a workload needs, added when it is created\n"));
    say(
      `Webhook on https://127.0.0.1:${webhook.port}/mutate, its certificate in certs/, its credentials in ${CREDENTIALS}:`,
    );
    say("  testquay       for quay.io, made as `kubectl create secret docker-registry` makes it");
    say("  dockerhub      for Docker Hub");
    say("  typed-by-hand  malformed: the kubelet cannot parse it\n");
    for (const [index, scene] of SCENES.entries()) {
      say(paint(1, `${index + 1}. ${scene.title}`));
      await play(webhook, scene);
    }
  } finally {
    await webhook.stop();
  }
  say(paint(32, `All ${SCENES.length} answers are what the story says.`));
  say(`
Try next:
  node dist/pullring.cjs explain -f ${WORKLOADS} --credentials ${CREDENTIALS}
  node dist/pullring.cjs explain -f ${WORKLOADS}/pod.yml --credentials ${CREDENTIALS} -o json
  node dist/pullring.cjs serve --help
  npm test`);
}

async function play(webhook: WebhookProcess, scene: Scene): Promise<void> {
  const before = load(readFileSync(`${WORKLOADS}/${scene.manifest}`, "utf8")) as Manifest;
  const { kind, metadata } = before;
  say(`   sent      CREATE ${kind} ${metadata.namespace}/${metadata.name}   (${WORKLOADS}/${scene.manifest})`);
  const { response } = (await webhook.review(reviewOf(before))) as Answer;
  const patch = JSON.parse(Buffer.from(response.patch ?? "", "base64").toString() || "[]") as Operation[];
  const after = jsonPatch.applyPatch(structuredClone(before), patch).newDocument;
  const { injected, skipped } = response.auditAnnotations;
  say(`   decided   ${injected === undefined ? `skip: ${skipped}` : `inject: ${injected}`}`);
  say(`   because   ${scene.explanation}`);
  for (const warning of response.warnings ?? []) say(paint(33, `   warning   ${warning}`));
  say(`   patch     ${patch.map((operation) => JSON.stringify(operation)).join("\n             ") || "none"}`);
  // A patch only adds lines: one that is not the next of the old text is new.
  const old = dump(before).trimEnd().split("\n");
  for (const line of dump(after).trimEnd().split("\n")) {
    const isNew = line !== old[0];
    if (!isNew) old.shift();
    say(paint(isNew ? 32 : 2, `   ${isNew ? "+" : " "} ${line}`));
  }
  say("");
  assert.equal(response.allowed, true);
  const { auditAnnotations, warnings = [] } = response;
  const found = { imagePullSecrets: pullSecretsOf(after), auditAnnotations, warnings: warnings.length };
  assert.deepEqual(found, scene.expected, scene.title);
}

/** One scene. */
interface Scene {
  readonly title: string;
  readonly explanation: string;
  /** File in manifests/examples/workloads. */
  readonly manifest: string;
  /** Names in the object's list of pull secrets after the patch, the audit annotations, and how many warnings a person sees. */
  readonly expected: {
    readonly imagePullSecrets: readonly string[];
    readonly auditAnnotations: Readonly<Record<string, string>>;
    readonly warnings: number;
  };
}

const SCENES: readonly Scene[] = [
  {
    title: "A Pod with a private image and nothing else",
    explanation:
      "The Secret testquay of its namespace has a key for quay.io, so the kubelet would use it: it is added.",
    manifest: "pod.yml",
    expected: { imagePullSecrets: ["testquay"], auditAnnotations: { injected: "testquay" }, warnings: 0 },
  },
  {
    title: "A Deployment with a private image and a public one",
    explanation:
      "Only testquay is needed. No credential is for registry.k8s.io, and as one Secret of the namespace cannot be read, " +
      "the person who asked gets a warning: it might have been the one.",
    manifest: "deployment.yaml",
    expected: { imagePullSecrets: ["testquay"], auditAnnotations: { injected: "testquay" }, warnings: 1 },
  },
  {
    title: "A Pod that needs nothing",
    explanation: "Its own list serves its image already. What a person wrote is never touched.",
    manifest: "pod-with-its-own-list.yaml",
    expected: { imagePullSecrets: ["testquay"], auditAnnotations: { skipped: "already-served" }, warnings: 0 },
  },
  {
    title: "A Pod that asks to be left alone",
    explanation: 'The label pullring.dev/inject: "false" opts it out.',
    manifest: "opted-out.yaml",
    expected: { imagePullSecrets: [], auditAnnotations: { skipped: "opted-out" }, warnings: 0 },
  },
];

await main();
