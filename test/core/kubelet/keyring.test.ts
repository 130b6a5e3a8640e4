import assert from "node:assert/strict";
import { test } from "node:test";
import { buildKeyring, lookupCredentials } from "../../../src/core/kubelet/keyring.ts";
import { credentialOf, malformedOf, triedNames } from "../admission/examples.ts";

for (const [key, repository, covers] of [
  ["reg.io", "reg.io/x", true],
  ["reg.io", "reg.io:443/x", false],
  ["reg.io:443", "reg.io/x", false],
  ["reg.io:443", "reg.io:443/x", true],
  ["reg.io:0443", "reg.io:443/x", false],
  ["reg.io:", "reg.io/x", true],
  ["https://user:pw@reg.io/v2/", "reg.io/x", true],
  ["reg.io/team", "reg.io/team", true],
  ["reg.io/team", "reg.io/teamx/y", true],
  ["reg.io/team/", "reg.io/team/y", true],
  ["reg.io/team/", "reg.io/team", false],
  ["reg.io/*", "reg.io/x", false],
  ["reg.io/v1/team", "reg.io/team/x", true],
  ["reg.io/app:1.0", "reg.io/app", false],
  ["reg.io/a b", "reg.io/a", false],
  ["reg.io/%2561", "reg.io/abc", true],
  ["reg.io/a%2Fb", "reg.io/a/b", true],
  ["reg.io/a%3Fx", "reg.io/abc", true],
  ["reg.io/a%23x", "reg.io/abc", true],
  ["reg.io/%25zz", "reg.io/x", false],
  ["reg.io/%0a", "reg.io/x", false],
  ["REG.io", "reg.io/x", false],
  ["REG.io", "REG.io/x", true],
  ["reg.io.", "reg.io/x", false],
  ["*.example.com", "a.example.com/x", true],
  ["reg.io", "REG.io/x", false],
  ["*.example.com", "example.com/x", false],
  ["*.example.com", "a.b.example.com/x", false],
  ["*.*", "quay.io/x", true],
  ["reg*.io:5000/team", "reg7.io:5000/team/x", true],
  ["*", "localhost/x", true],
  ["*", "[::1]/x", true],
  ["*:5000", "[::1]:5000/x", true],
  ["*:5000", "registry:5000/x", true],
  ["[::1]", "[::1]/x", false],
  ["[::1]:5000", "[::1]:5000/x", true],
  ["[A::1]", "A/x", true],
  ["docker.io", "docker.io/library/nginx", true],
  ["*.io", "docker.io/library/nginx", true],
  ["docker.*", "docker.io/acme/x", true],
  ["docker.io/library", "docker.io/library/nginx", true],
  ["*.docker.io", "docker.io/library/nginx", false],
  ["registry-1.docker.io", "docker.io/library/nginx", false],
  ["hub.docker.com", "docker.io/library/nginx", false],
  ["index.docker.io/library", "docker.io/library/nginx", false],
  ["index.docker.io", "docker.io/library/nginx", true],
  ["https://index.docker.io", "docker.io/acme/x", true],
  ["http://index.docker.io/", "docker.io/acme/x", true],
  ["https://index.docker.io/v1/", "docker.io/library/nginx", true],
  ["https://index.docker.io/v2/", "docker.io/library/nginx", true],
  ["https://u:p@index.docker.io/v1/?q#f", "docker.io/library/nginx", true],
  ["https://index.docker.io/v1", "docker.io/library/nginx", false],
  ["https://index.docker.io/v1//", "docker.io/library/nginx", false],
  ["index.docker.io:443", "docker.io/library/nginx", false],
  ["index.docker.io:", "docker.io/library/nginx", false],
  ["INDEX.docker.io", "docker.io/library/nginx", false],
  ["index.docker.io", "localhost/x", true],
  ["index.docker.io", "FOO/x", true],
  ["index.docker.io", "localhost:5000/x", false],
  ["index.docker.io", "quay.io/x", false],
  ["index.docker.io", "jenkins", true],
  ["index.docker.io", "acme/api", true],
  ["index.docker.io", "docker.io:443/acme", false],
  ["index.docker.io", "index.docker.io/x", true],
  ["index.docker.io", "/x", false],
  ["index.docker.io", "", false],
  ["", "reg.io/x", false],
  ["https://", "reg.io/x", false],
  ["/x", "reg.io/x", false],
  ["reg .io", "reg.io/x", false],
  ["reg.io:80:80", "reg.io:80/x", false],
  ["*", "[12345::]/x", false],
  ["my_host.io", "my_host.io/x", true],
] as const) {
  test(`key ${JSON.stringify(key)} ${covers ? "serves" : "does not serve"} the repository ${repository}`, () => {
    assert.deepEqual(triedNames([credentialOf("s", key)], repository), covers ? ["s"] : []);
  });
}

test("greater index keys are tried first, by bytes: longer paths, then hosts, then globs", () => {
  const credentials = [
    credentialOf("glob", "*.io"),
    credentialOf("host", "quay.io"),
    credentialOf("team", "quay.io/team"),
    credentialOf("app", "quay.io/team/app"),
  ];
  assert.deepEqual(triedNames(credentials, "quay.io/team/app"), ["app", "team", "host", "glob"]);
});

test("equal index keys are tried in the order of the list", () => {
  const [a, b] = [credentialOf("a", "https://quay.io/v1/"), credentialOf("b", "quay.io")];
  assert.deepEqual(triedNames([b, a], "quay.io/x"), ["b", "a"]);
  assert.deepEqual(triedNames([a, b], "quay.io/x"), ["a", "b"]);
});

test("the order of trial in a look-up is by name among equal keys", () => {
  const keyring = buildKeyring(["c", "a", "b"].map((name) => credentialOf(name, "*.io", "quay.io")));
  const names = lookupCredentials(keyring, "quay.io/x").matches.map(({ credential }) => credential.name);
  assert.deepEqual(names, ["a", "b", "c"]);
});

test("a key for docker.io in one Secret suppresses the Docker Hub credential of another", () => {
  const hub = credentialOf("hub", "https://index.docker.io/v1/");
  for (const key of ["docker.io", "*.io", "docker.io/library"]) {
    assert.deepEqual(triedNames([hub, credentialOf("other", key)], "docker.io/library/nginx"), ["other"]);
  }
  assert.deepEqual(triedNames([hub, credentialOf("other", "*")], "localhost/x"), ["other"]);
  assert.deepEqual(triedNames([hub, credentialOf("other", "docker.io/acme")], "docker.io/library/nginx"), ["hub"]);
});

test("a credential is found once, however many of its keys cover the image", () => {
  const many = credentialOf(
    "many",
    "q*.io",
    "quay.io",
    "u@quay.io",
    "quay.io/a",
    "index.docker.io",
    "u@index.docker.io",
  );
  const keyring = buildKeyring([many]);
  assert.equal(lookupCredentials(keyring, "quay.io/a").matches.length, 1);
  assert.equal(lookupCredentials(keyring, "docker.io/library/nginx").fallback.length, 1);
});

test("many paths of one host are looked up like few", () => {
  const credentials = Array.from({ length: 300 }, (_, index) => credentialOf(`s${index}`, `quay.io/team${index}`));
  assert.deepEqual(triedNames([...credentials, credentialOf("host", "quay.io")], "quay.io/team7/x"), ["s7", "host"]);
  assert.deepEqual(triedNames(credentials, "quay.io/team7"), ["s7"]);
});

test("a host of more than 253 bytes matches nothing, in a registry key and in an image", () => {
  const longest = `${"a.".repeat(125)}abc`;
  for (const key of [longest, `${longest}:5000`, `*${longest.slice(1)}`]) {
    const image = `${longest}${key.slice(longest.length)}/x`;
    assert.deepEqual(triedNames([credentialOf("s", key)], image), ["s"]);
    assert.deepEqual(triedNames([credentialOf("s", `a${key}`)], `a${image}`), []);
  }
  assert.deepEqual(triedNames([credentialOf("s", "*".repeat(254))], "localhost/x"), []);
});

test("a keyring knows all credentials by name, and the malformed ones in order", () => {
  const keyring = buildKeyring([malformedOf("z"), credentialOf("m", "quay.io"), malformedOf("b")]);
  assert.deepEqual([...keyring.credentials.keys()], ["b", "m", "z"]);
  assert.deepEqual(keyring.unindexed, ["b", "z"]);
});
