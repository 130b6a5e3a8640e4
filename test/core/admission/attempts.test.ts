import assert from "node:assert/strict";
import { test } from "node:test";
import { listAttempts } from "../../../src/core/admission/attempts.ts";
import { readCredential } from "../../../src/core/kubelet/credential.ts";
import { secretOf } from "./examples.ts";

const readingOf = (name: string, ...keys: readonly string[]) =>
  readCredential(secretOf(name, { auths: Object.fromEntries(keys.map((key) => [key, { auth: "dTpw" }])) }));

const list = (readings: Parameters<typeof listAttempts>[0], repository: string): readonly string[] =>
  listAttempts(readings, repository).map(({ secret, registry }) => `${secret} ${registry}`);

test("every entry that covers the image is tried, the most specific key first, several of one Secret too", () => {
  const readings = [readingOf("b", "quay.io", "quay.io/acme", "ghcr.io"), readingOf("a", "quay.io")];
  assert.deepEqual(list(readings, "quay.io/acme/web"), ["b quay.io/acme", "b quay.io", "a quay.io"]);
  assert.deepEqual(list(readings.toReversed(), "quay.io/acme/web"), ["b quay.io/acme", "a quay.io", "b quay.io"]);
});

test("nothing is tried where no entry covers the image", () => {
  assert.deepEqual(list([readingOf("a", "quay.io", "ftp://")], "ghcr.io/acme/web"), []);
  assert.deepEqual(list([], "quay.io/acme/web"), []);
});

test("the key of Docker Hub stands in only where no other one matches", () => {
  const readings = [readingOf("hub", "https://index.docker.io/v1/"), readingOf("new", "docker.io")];
  assert.deepEqual(list(readings, "docker.io/library/nginx"), ["new docker.io"]);
  assert.deepEqual(list(readings.slice(0, 1), "docker.io/library/nginx"), ["hub https://index.docker.io/v1/"]);
});

test("an entry without user name and password is tried as the kubelet does", () => {
  const reading = readCredential(secretOf("void", { auths: { "quay.io": {} } }));
  assert.deepEqual(list([reading], "quay.io/acme/web"), ["void quay.io"]);
});
