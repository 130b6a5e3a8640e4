import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf } from "../../../src/core/sentences/credential.ts";
import { sentenceOfShared, verdictOfSharingProblem } from "../../../src/core/sentences/sharing.ts";
import { BLOCK_CODES, type SharingProblem } from "../../../src/core/verdicts/sharing-problem.ts";

const say = (problem: SharingProblem): string => lineOf(verdictOfSharingProblem(problem, "hub"));

test("names the namespace, and what to do, for whatever stands against a copy", () => {
  const lines = BLOCK_CODES.map((code) => say({ code, namespace: "shop\n" }));
  for (const line of lines) assert.match(line, /^namespace shop\\n .*\. Fix: ./);
  assert.equal(new Set(lines).size, BLOCK_CODES.length);
  assert.match(lines[0] ?? "", /has a Secret "hub" of its own, which is used there and is left alone/);
});

test("says where a selector is wrong, and that nothing is taken away", () => {
  const line = say({ code: "unreadable-selector", error: { position: 4, found: "shop", expected: "operator" } });
  assert.equal(
    line,
    'annotation pullring.dev/share-with is no label selector: at character 5 there is "shop"; expected is one of = == != in notin < > or a comma. No namespace is added or taken away. Fix: write it as for kubectl get namespaces -l, or * for all namespaces',
  );
  const tooLong = say({ code: "unreadable-selector", error: { position: 16_384, found: "", expected: "end" } });
  assert.match(tooLong, /no label selector: it is longer than 16384 characters, and is not read\. No namespace/);
});

test("says where a Secret comes from, and whether its copy is there", () => {
  assert.equal(sentenceOfShared("hub", "pullring-shared", true), "hub, shared from pullring-shared");
  assert.equal(sentenceOfShared("hub\n", "s", false), "hub\\n, shared from s; its copy is not there yet");
});
