import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_WEBHOOKS } from "../../../src/core/admission/webhook-selection.ts";
import { judgeSharing, type SharingFacts } from "../../../src/core/doctor/sharing.ts";
import { lineOf } from "../../../src/core/sentences/credential.ts";
import { verdictOfSharingProblem } from "../../../src/core/sentences/sharing.ts";
import { type Reach, readReach } from "../../../src/core/sharing/share-with.ts";

function reachOf(text: string): Reach {
  const reach = readReach({ metadata: { annotations: { "pullring.dev/share-with": text } } });
  assert.ok(reach);
  return reach;
}

const TEAM = { team: "shop" };

/** `hub` is for the namespaces of a team; `has` says what each has of it. */
function factsOf(has: Readonly<Record<string, "copy" | "own" | "none">>, text = "team=shop"): SharingFacts {
  return {
    sharedNamespace: "shared",
    sources: [{ name: "hub", reach: reachOf(text) }],
    namespaces: Object.keys(has).map((name) => ({ name, labels: name === "other" ? {} : TEAM })),
    secretOf: (namespace) => has[namespace] ?? "none",
    webhooks: DEFAULT_WEBHOOKS,
  };
}

test("nothing is wrong where all namespaces have what is for them", () => {
  assert.deepEqual(judgeSharing(factsOf({ a: "copy", b: "copy", other: "none", shared: "none" })), []);
});

test("copies that are missing are told of together, a name that is taken for each namespace", () => {
  const findings = judgeSharing(factsOf({ a: "none", b: "own", c: "none", d: "copy", "kube-system": "none" }));
  assert.deepEqual(findings, [
    { code: "copies-missing", secret: "hub", namespaces: ["a", "c"] },
    { code: "name-taken", secret: "hub", namespace: "b" },
  ]);
});

test("a selector that cannot be read is all that is told of a credential", () => {
  const [finding, ...others] = judgeSharing(factsOf({ a: "none", b: "own" }, "team in shop"));
  assert.deepEqual([finding?.code, finding?.secret, others.length], ["unreadable-selector", "hub", 0]);
});

test("five namespaces are named, and how many there are besides", () => {
  const namespaces = ["a", "b", "c", "d", "e", "f", "g"];
  const say = (some: readonly string[]) =>
    lineOf(verdictOfSharingProblem({ code: "copies-missing", namespaces: some }, "hub"));
  assert.match(
    say(namespaces),
    /^its copy is missing in namespaces a, b, c, d, e and 2 more, and Pods there wait for it\. Fix: /,
  );
  assert.match(say(["a\n"]), /^its copy is missing in namespace a\\n, /);
});
