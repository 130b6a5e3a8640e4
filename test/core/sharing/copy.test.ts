import assert from "node:assert/strict";
import { test } from "node:test";
import { copyMarks, sharedFrom } from "../../../src/core/sharing/copy.ts";

const MARKS = copyMarks({ namespace: "pullring-shared", name: "hub" }, 12);
const COPY = { metadata: { name: "hub", namespace: "shop", ...MARKS } };

test("a copy names its source and the version of it", () => {
  assert.deepEqual(MARKS, {
    labels: { "app.kubernetes.io/managed-by": "pullring" },
    annotations: { "pullring.dev/shared-from": "pullring-shared/hub", "pullring.dev/shared-version": "12" },
  });
  assert.equal(sharedFrom(COPY), "pullring-shared");
});

test("a Secret that lacks a mark, or names another source, is no copy", () => {
  const { metadata } = COPY;
  const rows = [
    { ...metadata, labels: {} },
    { ...metadata, labels: { "app.kubernetes.io/managed-by": "Helm" } },
    { ...metadata, annotations: {} },
    { ...metadata, name: "hub2" },
    { ...metadata, annotations: { "pullring.dev/shared-from": "hub" } },
    { ...metadata, annotations: { "pullring.dev/shared-from": "/hub" } },
    { ...metadata, annotations: { "pullring.dev/shared-from": "a/hub/b" } },
    { ...metadata, annotations: { "pullring.dev/shared-from": 5 } },
  ];
  for (const row of rows) assert.equal(sharedFrom({ metadata: row }), undefined, JSON.stringify(row));
});
