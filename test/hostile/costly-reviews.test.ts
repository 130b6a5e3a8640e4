/**
 * Reviews that take long to read or to decide, against the built program: what each of them takes, and what a good client
 * beside them sees. Every one is answered, and allowed where it is a review. Times are printed and not judged.
 */
import assert from "node:assert/strict";
import { Agent } from "node:https";
import { test } from "node:test";
import { podManifest, secretManifest } from "../files/secret-manifest.ts";
import { send } from "../server/running-server.ts";
import { startAttackedServer } from "./attacked-server.ts";
import { reviewOf, sendGoodReviews } from "./good-client.ts";

const MIB = 1024 * 1024;
const ROUNDS = 3;
/** The memory limit of the manifests, in MiB. */
const MAX_MIB = 256;

const numbered = (count: number, text: (index: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, index) => text(index));

const starKeys = (count: number) => numbered(count, (index) => `*a*b*${index}.io`);
/** Secrets with as many keys with a star as are read of one. */
const FULL_SECRETS = numbered(20, String).map((name) => secretManifest(["stars", name], starKeys(1_200)));
/** Secrets of a mebibyte each, full of entries. */
const LONG_SECRETS = numbered(20, (index) => `long${index}`).map((name) => {
  const auths = Object.fromEntries(numbered(70_000, (index) => index.toString(36)).map((key) => [key, {}]));
  const data = { ".dockerconfigjson": Buffer.from(JSON.stringify({ auths })).toString("base64") };
  return { ...secretManifest(["long", name], []), data };
});
const SOME_STARS = secretManifest(["some-stars", "some"], starKeys(1000));

const imagesOf = (count: number) => numbered(count, (index) => `ghcr.io/a/${index}`);

const podWith = (namespace: string, images: readonly string[]): string =>
  reviewOf(namespace, podManifest([namespace, "web"], [...images]));
const descending = (count: number) => numbered(count, (index) => `zyxwvutsrqponmlkjihgfedcba${index}.io/app`);
const specOf = (json: string): string => reviewOf("default", { spec: "HERE" }).replace('"HERE"', () => json);
const membersOf = (count: number): string => `{${numbered(count, (index) => `"${index}a":1`).join(",")}}`;

/** Names of a list, or of a ServiceAccount, as many as an object of 1.5 MiB holds. */
const namesOf = (prefix: string, count = 60_000) => numbered(count, (index) => prefix + index.toString(36));
const referencesOf = (names: readonly string[]): readonly object[] => names.map((name) => ({ name }));

/** A namespace whose ServiceAccount lists as many names as it can. */
const accountOf = (namespace: string, annotations: object): object => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: "default", namespace, annotations },
  imagePullSecrets: referencesOf(namesOf("s")),
});
const MANY_NAMES = accountOf("names", {});
const STRICT = [
  accountOf("strict", { "kubernetes.io/enforce-mountable-secrets": "true" }),
  ...numbered(100, String).map((name) => secretManifest(["strict", `c${name}`], ["ghcr.io"])),
];
const HUB = numbered(4_000, String)
  .map((name) => secretManifest(["hub", `c${name}`], [Number(name) % 2 === 0 ? "docker.io" : "index.docker.io"]))
  .map((secret, index) =>
    index % 2 === 0 ? { ...secret, data: { ".dockerconfigjson": btoa('{"auths":{"docker.io":{}}}') } } : secret,
  );

const ownList = (names: readonly string[]): object => {
  const { spec } = podManifest(["names", "web"], ["quay.io/a"]) as { readonly spec: object };
  const annotations = { "pullring.dev/injected": names.join(",") };
  return { metadata: { annotations }, spec: { ...spec, imagePullSecrets: referencesOf(names) } };
};

/** An update of a template all of whose names are pullring's by its annotation, and a person's by the note of kubectl. */
function updateOf(names: readonly string[]): string {
  const { spec } = ownList(names.toReversed()) as { readonly spec: object };
  const note = JSON.stringify({ spec: { template: { spec } } });
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": note };
  const object = { metadata: { annotations }, spec: { replicas: 1, template: ownList(names) } };
  const review = JSON.parse(reviewOf("names", object)) as { readonly request: object };
  const oldObject = { spec: { template: ownList(names.slice(1)) } };
  const kind = { group: "apps", version: "v1", kind: "Deployment" };
  return JSON.stringify({ ...review, request: { ...review.request, kind, operation: "UPDATE", oldObject } });
}

const REVIEWS: readonly [what: string, body: string, status: number][] = [
  [
    "1,000 images where 20 Secrets hold 24,000 stars: too much for one decision",
    podWith("stars", descending(1000)),
    200,
  ],
  ["990 images with 1,000 stars: as much as it may", podWith("some-stars", descending(990)), 200],
  ["an image of 1.5 MiB", podWith("some-stars", [`quay.io/${"a-".repeat(0.75 * MIB)}`]), 200],
  ["an image of 1.5 MiB with a host alone", podWith("some-stars", [`${"a".repeat(1.5 * MIB)}.io/a`]), 200],
  ["30,000 images in 1.5 MiB: too many for one decision", podWith("default", imagesOf(30_000)), 200],
  ["10,000 images: as many as it may have", podWith("default", imagesOf(10_000)), 200],
  [
    "a list of 60,000 names of ours, where the ServiceAccount has 60,000 others",
    reviewOf("names", ownList(namesOf("a"))),
    200,
  ],
  ["a template of 30,000 names that are ours and a person's", updateOf(namesOf("a", 30_000)), 200],
  ["1,000 images and 100 credentials that the ServiceAccount does not allow", podWith("strict", imagesOf(1_000)), 200],
  [
    "200 images of Docker Hub with 4,000 credentials, half of them void",
    podWith(
      "hub",
      numbered(200, (n) => `acme/${n}`),
    ),
    200,
  ],
  ["8 million brackets", "[".repeat(8 * MIB), 413],
  ["299,000 brackets", "[".repeat(299_000), 400],
  ["2.6 million empty objects", specOf(`[${"{},".repeat(2.6 * MIB)}{}]`), 413],
  ["149,000 empty objects", specOf(`[${"{},".repeat(149_000)}{}]`), 200],
  ["400,000 members", specOf(membersOf(400_000)), 413],
  ["290,000 members", specOf(membersOf(290_000)), 200],
];

const BESIDE_LONG_SECRETS: typeof REVIEWS = [
  ["an image where 20 Secrets hold 70,000 entries each", podWith("long", ["quay.io/a"]), 200],
];

/** Each group has a server of its own: to read what it decides with takes longer than most of the reviews. */
const GROUPS: readonly [title: string, manifests: readonly object[], reviews: typeof REVIEWS][] = [
  ["costly reviews", [...FULL_SECRETS, SOME_STARS, MANY_NAMES, ...STRICT, ...HUB], REVIEWS],
  ["a costly review beside 20 MiB of Secrets", LONG_SECRETS, BESIDE_LONG_SECRETS],
];

for (const [title, manifests, reviews] of GROUPS) {
  test(title, { timeout: 240_000 }, async (context) => {
    const server = await startAttackedServer(context, manifests);
    const agent = new Agent({ keepAlive: true, ca: server.ca });
    context.after(() => agent.destroy());
    for (const [what, body, status] of reviews) {
      await context.test(`${what}: ${status}`, async (row) => {
        let isOver = false;
        const times: number[] = [];
        const attack = async (): Promise<void> => {
          for (let round = 0; round < ROUNDS; round++) {
            const startedMs = performance.now();
            const answer = await send(agent, server.port, { body });
            times.push(performance.now() - startedMs);
            assert.equal(answer.status, status);
            if (status === 200) assert.equal(JSON.parse(answer.text).response.allowed, true);
          }
        };
        const attacking = attack().finally(() => {
          isOver = true;
        });
        const [good] = await Promise.all([sendGoodReviews(server, () => isOver), attacking]);
        row.diagnostic(
          `answered in ${times.map((time) => time.toFixed(0)).join(", ")} ms; good reviews: median ${good.median.toFixed(1)} ms, ` +
            `p99 ${good.p99.toFixed(0)} ms, longest ${good.max.toFixed(0)} ms`,
        );
      });
    }
    const peak = server.peakMiB();
    context.diagnostic(`a peak of ${peak.toFixed(0)} MiB`);
    assert.ok(peak < MAX_MIB, `a peak of ${peak} MiB`);
  });
}
