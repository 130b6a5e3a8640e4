import assert from "node:assert/strict";
import { test } from "node:test";
import { canServe, findKeyFinding } from "../../../src/core/verdicts/key-finding.ts";
import { readVectors } from "../../oracle/conformance-vectors.ts";

/** The code and the cause of what is not right with a key. */
function findingOf(key: string): string {
  const finding = findKeyFinding(key, key);
  if (finding === undefined) return "right";
  return "cause" in finding ? `${finding.code}: ${finding.cause}` : finding.code;
}

for (const key of [
  ...[
    "quay.io",
    "https://quay.io",
    "http://quay.io/",
    "quay.io/acme",
    "quay.io/acme/",
    "quay.io/v1/",
    "https://quay.io/v2/",
  ],
  ...["https://index.docker.io/v1/", "https://index.docker.io/v2/", "index.docker.io", "docker.io", "docker.io/acme"],
  ...["localhost", "localhost:5000", "registry:5000", "10.0.0.1:5000", "[fd00::1]:5000", "REG.io", "FOO"],
  ...[
    "*.example.com",
    "*",
    "*:5000",
    "reg*.io/team",
    "my_host.io",
    "quay.io/a__b/c-d.e",
    "quay.io/a-",
    "user:pw@quay.io",
  ],
]) {
  test(`the key ${JSON.stringify(key)} is right`, () => {
    assert.equal(findingOf(key), "right");
    assert.ok(canServe(key));
  });
}

for (const [key, finding] of [
  ["quay.io\n", "key-not-a-url: newline"],
  ["quay.io\r\n", "key-not-a-url: newline"],
  [" quay.io", "key-not-a-url: blank"],
  ["quay.io ", "key-not-a-url: blank"],
  ["quay.io\t", "key-not-a-url: blank"],
  ["quay.io:*", "key-not-a-url: port"],
  ["https://quay.io:*/acme", "key-not-a-url: port"],
  ["quay.io:port", "key-not-a-url: port"],
  ["a.io:80:80", "key-not-a-url: port"],
  ["u:p@quay.io:x", "key-not-a-url: port"],
  ["quay.io\\acme", "key-not-a-url: character"],
  ["quay.io/%zz", "key-not-a-url: character"],
  ["", "key-never-matches: empty"],
  ["https://", "key-never-matches: empty"],
  ["/acme", "key-never-matches: empty"],
  ["HTTPS://quay.io", "key-never-matches: scheme"],
  ["docker://quay.io", "key-never-matches: scheme"],
  ["oci://quay.io/acme", "key-never-matches: scheme"],
  ["index.docker.io/acme", "key-never-matches: docker-hub-path"],
  ["https://index.docker.io/v1", "key-never-matches: docker-hub-path"],
  ["https://index.docker.io/v1//", "key-never-matches: docker-hub-path"],
  ["registry", "key-never-matches: one-label"],
  ["my-registry/acme", "key-never-matches: one-label"],
  ["quay..io", "key-never-matches: host"],
  ["quay.io.", "key-never-matches: host"],
  ["qu\u00e4y.io", "key-never-matches: host"],
  [`${"a".repeat(254)}.io`, "key-never-matches: host"],
  ["[a-:5000", "key-not-a-url: character"],
  ["quay.io/*", "key-never-matches: star"],
  ["*.io/acme*", "key-never-matches: star"],
  ["[::%2525]*a%255B.b]", "key-never-matches: star"],
  ["quay.io/app:1.0", "key-never-matches: tag"],
  ["quay.io/app@sha256:00", "key-never-matches: tag"],
  ["quay.io/Acme", "key-never-matches: upper-case"],
  ["quay.io/acme ", "key-never-matches: blank"],
  ["quay.io//acme", "key-never-matches: path"],
  ["quay.io/-acme", "key-never-matches: path"],
  ["quay.io/a%00b", "key-never-matches: path"],
  [`quay.io/${"a".repeat(256)}`, "key-never-matches: path"],
] as const) {
  test(`the key ${JSON.stringify(key).slice(0, 60)} covers no image: ${finding}`, () => {
    assert.equal(findingOf(key), finding);
    assert.ok(!canServe(key));
  });
}

for (const [key, finding] of [
  ["https://quay.io/v2", "key-api-path"],
  ["quay.io/v1", "key-api-path"],
  ["hub.docker.com", "docker-hub-name"],
  ["https://registry-1.docker.io/v2/", "docker-hub-name"],
  ["https://index.dockerhub.io/v1/", "docker-hub-name"],
  ["registry.hub.docker.com", "docker-hub-name"],
  ["INDEX.docker.io", "docker-hub-name"],
  ["docker.io:443", "docker-hub-name"],
  ["*.docker.io", "docker-hub-name"],
] as const) {
  test(`the key ${JSON.stringify(key)} covers other images than was meant: ${finding}`, () => {
    assert.equal(findingOf(key), finding);
    assert.ok(canServe(key));
  });
}

for (const key of [
  "{{ .Values.registry }}",
  "\u0024{REGISTRY}",
  "$(REGISTRY)/acme",
  "<%= registry %>",
  "<registry>:5000",
  "$REGISTRY",
  "$REG_HOST:5000/a",
]) {
  test(`the key ${JSON.stringify(key)} is a template`, () => {
    assert.equal(findingOf(key), "template");
  });
}

test("no key that the kubelet matches with an image is said to cover none", () => {
  const { keys } = readVectors();
  let matches = 0;
  for (const key of keys.flatMap(({ matchedKeys }) => matchedKeys)) {
    assert.ok(canServe(key), JSON.stringify(key));
    matches += 1;
  }
  assert.ok(matches > 500, `${matches} matches`);
});
