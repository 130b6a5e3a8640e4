/** The table of an object of the cluster. */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { LIVE_COLUMNS, linesOfLive } from "../../../src/cli/explain/live-table.ts";
import type { Explained, LivePodReport, LiveReport } from "../../../src/cli/explain/report.ts";
import { createPaint, renderTable } from "../../../src/cli/explain/text-table.ts";
import { explainRequest } from "../../../src/core/admission/explanation.ts";
import type { NotServed } from "../../../src/core/verdicts/not-served.ts";
import { credentialOf, podOf, requestOf, viewOf } from "../../core/admission/examples.ts";

const IMAGE = "reg.io/app";
const WELL: LiveReport["verdict"] = { code: "well", sentence: "all is well", remedy: null };

function podNamed(name: string, message: string | null = null): LivePodReport {
  const state = { container: "c0", state: "waiting", reason: "ErrImagePull", message } as const;
  const image = { container: "c0", path: "/spec/containers/0/image", image: IMAGE, credentials: ["old"] };
  return { name, phase: "Pending", containers: [state], images: [image] };
}

/** The lines of a Pod or a Deployment whose new Pods get the credential `new`. */
function show(
  changes: Partial<Explained>,
  live: Partial<LiveReport>,
  { isWide = false, image = IMAGE, notServed }: { isWide?: boolean; image?: string; notServed?: NotServed } = {},
): readonly string[] {
  const view = viewOf([credentialOf("new", "reg.io")]);
  const explained = explainRequest(
    requestOf(podOf([image]), { name: "web" }),
    () => view,
    () => notServed,
  );
  const report: LiveReport = { pods: [], verdict: WELL, arrival: null, ...live };
  const object: Explained = { ...explained, whereabouts: [], shared: [], live: report, trials: null, ...changes };
  const lines = linesOfLive(object, report, isWide);
  return renderTable(lines, LIVE_COLUMNS, createPaint(new PassThrough())).trimEnd().split("\n");
}

test("a Pod has its state, what is tried now, and what a new Pod tries", () => {
  const [heading = "", ...lines] = show({}, { pods: [podNamed("web", "denied")] });
  assert.deepEqual(heading.split(/ {2,}/), ["OBJECT", "CONTAINER", "IMAGE", "STATE", "TRIED NOW", "NEW POD TRIES"]);
  assert.deepEqual(lines[0]?.split(/ {2,}/), ["Pod default/web", "c0", IMAGE, "ErrImagePull", "old", "new"]);
  assert.deepEqual(lines.slice(1), ["  c0: ErrImagePull: denied", "  all is well"]);
});

test("of a workload three Pods that wait are shown, and all in a wide table", () => {
  const pods = ["a", "b", "c", "d", "e"].map((name) => podNamed(name));
  const narrow = show({ kind: "Deployment" }, { pods });
  assert.deepEqual(narrow[1]?.split(/ {2,}/), ["Deployment default/web", "c0", IMAGE, "-", "-", "new"]);
  assert.deepEqual(narrow[2]?.trim().split(/ {2,}/), ["Pod a", "c0", IMAGE, "ErrImagePull", "old"]);
  assert.deepEqual(narrow.slice(5), ["  2 more of its Pods wait; -o wide shows them", "  all is well"]);
  assert.equal(show({ kind: "Deployment" }, { pods }, { isWide: true }).length, 8);
});

test("the remedy stands behind the verdict", () => {
  const lines = show({}, { verdict: { code: "well", sentence: "cause", remedy: "kubectl do" } });
  assert.equal(lines.at(-1), "  cause. Fix: kubectl do");
});

test("says why a new Pod is left as it is, unless the verdict does", () => {
  const notServed: NotServed = { code: "kind-not-served" };
  const sentence = "the webhook configuration has no rule for this kind; its Pods are served when they are made";
  assert.ok(show({}, {}, { notServed }).includes(`  a new Pod is left as it is: ${sentence}`));
  const verdict = { ...WELL, sentence: `a new Pod would not be served: ${sentence}` };
  assert.equal(show({}, { verdict }, { notServed }).length, 3);
  assert.equal(show({}, {}, { image: "other.io/app" }).length, 3);
});

test("text from outside moves no cursor and is cut, and its quotes stay quotes", () => {
  const message = `\u001b[2J "x" \n${"y".repeat(5_000)}`;
  const lines = show({}, { pods: [podNamed("web", message)] }, { image: `reg.io/${"z".repeat(5_000)}\u0007` });
  assert.match(lines[2] ?? "", /^ {2}c0: ErrImagePull: \\u001b\[2J "x" \\ny+\.\.\.y+$/);
  assert.ok(lines.every((line) => line.length < 400));
  const wide = show({}, { pods: [podNamed("web", message)] }, { isWide: true });
  assert.ok((wide[2] ?? "").length > 5_000);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not appear
  assert.doesNotMatch([...lines, ...wide].join(""), /[\u0000-\u001f]/);
});
