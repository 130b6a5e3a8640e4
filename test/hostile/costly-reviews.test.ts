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
/** As many keys with a star as fit into a Secret of 1 MiB. */
const FULL_SECRET = secretManifest(["stars", "full"], starKeys(20_000));
const SOME_STARS = secretManifest(["some-stars", "some"], starKeys(1000));

const imagesOf = (count: number) => numbered(count, (index) => `ghcr.io/a/${index}`);

const podWith = (namespace: string, images: readonly string[]): string =>
  reviewOf(namespace, podManifest([namespace, "web"], [...images]));
const descending = (count: number) => numbered(count, (index) => `zyxwvutsrqponmlkjihgfedcba${index}.io/app`);
const specOf = (json: string): string => reviewOf("default", { spec: "HERE" }).replace('"HERE"', () => json);
const membersOf = (count: number): string => `{${numbered(count, (index) => `"${index}a":1`).join(",")}}`;

const REVIEWS: readonly [what: string, body: string, status: number][] = [
  [
    "1,000 images where one Secret holds 20,000 stars: too much for one decision",
    podWith("stars", descending(1000)),
    200,
  ],
  ["990 images with 1,000 stars: as much as it may", podWith("some-stars", descending(990)), 200],
  ["an image of 1.5 MiB", podWith("some-stars", [`quay.io/${"a-".repeat(0.75 * MIB)}`]), 200],
  ["an image of 1.5 MiB with a host alone", podWith("some-stars", [`${"a".repeat(1.5 * MIB)}.io/a`]), 200],
  ["30,000 images in 1.5 MiB: too many for one decision", podWith("default", imagesOf(30_000)), 200],
  ["10,000 images: as many as it may have", podWith("default", imagesOf(10_000)), 200],
  ["8 million brackets", "[".repeat(8 * MIB), 413],
  ["299,000 brackets", "[".repeat(299_000), 400],
  ["2.6 million empty objects", specOf(`[${"{},".repeat(2.6 * MIB)}{}]`), 413],
  ["149,000 empty objects", specOf(`[${"{},".repeat(149_000)}{}]`), 200],
  ["400,000 members", specOf(membersOf(400_000)), 413],
  ["290,000 members", specOf(membersOf(290_000)), 200],
];

for (const [what, body, status] of REVIEWS) {
  test(`${what}: ${status}`, { timeout: 120_000 }, async (context) => {
    const server = await startAttackedServer(context, [FULL_SECRET, SOME_STARS]);
    const agent = new Agent({ keepAlive: true, ca: server.ca });
    context.after(() => agent.destroy());
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
      isOver = true;
    };
    const [good] = await Promise.all([sendGoodReviews(server, () => isOver), attack()]);
    const peak = server.peakMiB();
    context.diagnostic(
      `answered in ${times.map((time) => time.toFixed(0)).join(", ")} ms; good reviews: median ${good.median.toFixed(1)} ms, ` +
        `p99 ${good.p99.toFixed(0)} ms, longest ${good.max.toFixed(0)} ms; peak ${peak.toFixed(0)} MiB`,
    );
    assert.ok(peak < MAX_MIB, `a peak of ${peak} MiB`);
  });
}
