import assert from "node:assert/strict";
import { test } from "node:test";
import { secretResource } from "../../../src/cluster/objects/secret-resource.ts";

test("a Secret that is opted out is ignored, and the label is read from the bytes of a list or watch", () => {
  const type = "kubernetes.io/dockerconfigjson";
  const resource = secretResource(type);
  for (const [label, status] of [
    ["false", "ignored"],
    ["true", "usable"],
  ] as const) {
    const secret = {
      metadata: {
        namespace: "a",
        name: "s",
        resourceVersion: "1",
        labels: { "pullring.dev/inject": label },
      },
      data: {
        ".dockerconfigjson": Buffer.from('{"auths":{"quay.io":{"username":"u","password":"p"}}}').toString("base64"),
      },
      type,
    };
    assert.equal(resource.read(Buffer.from(JSON.stringify(secret)))?.value.status, status);
  }
});
