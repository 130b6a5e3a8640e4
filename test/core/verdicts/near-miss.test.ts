import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import { parseImageReference } from "../../../src/core/kubelet/image-reference.ts";
import { buildKeyring, lookupCredentials } from "../../../src/core/kubelet/keyring.ts";
import { isCandidateFor } from "../../../src/core/verdicts/judged-credential.ts";
import { findNearMiss, type NearMiss } from "../../../src/core/verdicts/near-miss.ts";
import { credentialOf, manyCredentialsOf, secretOf, triedNames } from "../admission/examples.ts";
import { checkProperty } from "../admission/property.ts";

type Credential = ReturnType<typeof credentialOf>;

function nearMissOf(credentials: readonly Credential[], image: string): NearMiss | undefined {
  const { repository } = parseImageReference(image);
  assert.ok(repository !== null, `${image} is an image`);
  const keyring = buildKeyring(credentials);
  const unserved = { repository, lookup: lookupCredentials(keyring, repository) };
  return findNearMiss(keyring, unserved, isCandidateFor(new Set(), keyring));
}

const HUB = "https://index.docker.io/v1/";

for (const [key, image, code, fix] of [
  ["reg.example.com", "reg.example.com:5000/app", "port", "reg.example.com:5000"],
  ["https://reg.example.com/", "reg.example.com:5000/app", "port", "reg.example.com:5000"],
  ["https://reg.example.com/v2/", "reg.example.com:5000/app", "port", "reg.example.com:5000"],
  ["reg.example.com:443", "reg.example.com/app", "port", "reg.example.com"],
  ["reg.example.com:0443/team", "reg.example.com:443/team/app", "port", "reg.example.com:443/team"],
  ["10.20.30.40", "10.20.30.40:9595/svc", "port", "10.20.30.40:9595"],
  ["localhost", "localhost:5000/app", "port", "localhost:5000"],
  ["[fd00::1]:443", "[fd00::1]:5000/app", "port", "[fd00::1]:5000"],
  ["*.example.com", "reg.example.com:5000/app", "port", "*.example.com:5000"],
  ["index.docker.io:443", "acme/web", "port", HUB],
  ["GHCR.io", "ghcr.io/acme/web", "case", "ghcr.io"],
  ["ghcr.io/AcmeCorp", "ghcr.io/acmecorp/web", "case", "ghcr.io/acmecorp"],
  ["reg.example.com", "REG.example.com/app", "case", "REG.example.com"],
  ["Index.Docker.IO/v1/", "acme/web", "case", HUB],
  ["*.Example.com", "reg.example.com/app", "case", "*.example.com"],
  ["reg.example.com/backend", "reg.example.com/frontend/app", "path", "reg.example.com"],
  ["reg.example.com/team-a", "reg.example.com/team-b/app", "path", "reg.example.com/team-b"],
  ["ghcr.io/acmecrop/web", "ghcr.io/acmecorp/web", "path", "ghcr.io/acmecorp/web"],
  ["reg.example.com/acmecrop/api", "reg.example.com/acmecorp/web", "path", "reg.example.com"],
  ["reg.example.com/team/web", "reg.example.com/team/api", "path", "reg.example.com/team"],
  ["ghcr.io/acme/web", "ghcr.io/acme/api", "path", "ghcr.io/acme"],
  ["ghcr.io/acme-corp", "ghcr.io/acmecorp/web", "path", "ghcr.io/acmecorp"],
  ["reg.example.com/v2", "reg.example.com/team/app", "path", "reg.example.com"],
  ["https://quay.io/v1", "quay.io/acme/web", "path", "quay.io"],
  ["https://quay.io/api/v1/", "quay.io/acme/web", "path", "quay.io"],
  ["reg.example.com/team/", "reg.example.com/team", "path-too-long", "reg.example.com/team"],
  ["reg.example.com/team/app/base", "reg.example.com/team/app", "path-too-long", "reg.example.com/team/app"],
  ["reg.example.com/app:1.0", "reg.example.com/app:1.0", "path-too-long", "reg.example.com/app"],
  ["https://index.docker.io/v1", "acme/web", "path-too-long", HUB],
  ["index.docker.io/acme", "acme/web", "path-too-long", HUB],
  ["*.example.com", "a.b.example.com/app", "labels", "*.*.example.com"],
  ["*.example.com", "example.com/app", "labels", "example.com"],
  ["*.*.example.com/team", "a.example.com/team/app", "labels", "*.example.com/team"],
  ["reg.**.example.com", "reg.a.b.example.com/app", "labels", "reg.*.*.example.com"],
  ["*.docker.io", "acme/web", "labels", "docker.io"],
  ["*", "reg.example.com/app", "labels", "reg.example.com"],
  ["*.*", "reg.example.com/app", "labels", "reg.example.com"],
  ["*", "acme/web", "labels", HUB],
  ["*.io", "reg.acme.io/app", "labels", "*.*.io"],
  ["reg.example.com/*", "reg.example.com/team/app", "star-in-path", "reg.example.com"],
  ["reg.example.com/team/*", "reg.example.com/team/app", "star-in-path", "reg.example.com/team"],
  ["reg.example.com/team/**", "reg.example.com/team/app", "star-in-path", "reg.example.com/team"],
  ["reg.example.com:*", "reg.example.com:5000/app", "star-in-port", "reg.example.com:5000"],
  ["https://reg.example.com:*/team", "reg.example.com/team/app", "star-in-port", "reg.example.com/team"],
  ["HTTPS://reg.example.com", "reg.example.com/app", "scheme", "reg.example.com"],
  ["docker://reg.example.com:5000/team", "reg.example.com:5000/team/app", "scheme", "reg.example.com:5000/team"],
  ["oci://ghcr.io/acme", "ghcr.io/acme/web", "scheme", "ghcr.io/acme"],
  ["https://https://reg.example.com", "reg.example.com/app", "scheme", "reg.example.com"],
  ["https:reg.example.com", "reg.example.com/app", "scheme", "reg.example.com"],
  ["https//reg.example.com", "reg.example.com/app", "scheme", "reg.example.com"],
  ["//reg.example.com", "reg.example.com/app", "scheme", "reg.example.com"],
  ["HTTPS://index.docker.io/v1/", "acme/web", "scheme", HUB],
  ["hub.docker.com", "acme/web", "docker-hub-name", HUB],
  ["https://registry-1.docker.io", "acme/web", "docker-hub-name", HUB],
  ["registry.hub.docker.com", "acme/web", "docker-hub-name", HUB],
  ["index.dockerhub.io", "acme/web", "docker-hub-name", HUB],
  ["https://hub.docker.com/r/acme", "acme/web", "docker-hub-name", HUB],
  ["dockerhub", "acme/web", "docker-hub-name", HUB],
  [HUB, "registry-1.docker.io/acme/web", "docker-hub-name", "registry-1.docker.io"],
  ["github.com", "ghcr.io/acme/web", "same-service", "ghcr.io"],
  ["https://github.com/acme", "ghcr.io/acme/web", "same-service", "ghcr.io"],
  ["docker.pkg.github.com", "ghcr.io/acme/web", "same-service", "ghcr.io"],
  ["https://gitlab.com/", "registry.gitlab.com/acme/web", "same-service", "registry.gitlab.com"],
  ["https://access.redhat.com", "registry.redhat.io/ubi9/ubi", "same-service", "registry.redhat.io"],
  ["ghcr.oi", "ghcr.io/acme/web", "letters", "ghcr.io"],
  ["gchr.io", "ghcr.io/acme/web", "letters", "ghcr.io"],
  ["registry.exmaple.com", "registry.example.com/app", "letters", "registry.example.com"],
  ["regstry.example.com:5000/team", "registry.example.com:5000/team/app", "letters", "registry.example.com:5000/team"],
  ["harbor-acme.io", "harbor.acme.io/app", "letters", "harbor.acme.io"],
  ["harbor..acme.io", "harbor.acme.io/app", "letters", "harbor.acme.io"],
  ["harbor.acme.io.", "harbor.acme.io/app", "letters", "harbor.acme.io"],
  ["harboracme.io:5000", "harbor.acme.io:5000/app", "letters", "harbor.acme.io:5000"],
  ["regiztri.example.com", "registry.example.com/app", "letters", "registry.example.com"],
  ["https://index.dokcer.io/v1/", "acme/web", "letters", HUB],
  ["reg.example.com\n", "reg.example.com/app", "white-space", "reg.example.com"],
  [" reg.example.com/team ", "reg.example.com/team/app", "white-space", "reg.example.com/team"],
  ["\u200breg.example.com", "reg.example.com/app", "white-space", "reg.example.com"],
] as const) {
  test(`key ${JSON.stringify(key)} misses ${image} by its ${code}: ${fix} would serve`, () => {
    const credential = "s";
    assert.deepEqual(nearMissOf([credentialOf(credential, key)], image), { code, credential, registry: key, fix });
  });
}

for (const [why, key, image] of [
  ["it is another registry", "reg.example.com", "nginx"],
  ["it is another registry", "ghcr.io", "quay.io/acme/web"],
  ["both registries are well known", "gcr.io", "ghcr.io/acme/web"],
  ["both registries are well known", "icr.io", "gcr.io/acme/web"],
  ["others keep images in a well-known registry, too", "ghcr.io/acme", "ghcr.io/fluxcd/source-controller"],
  ["others keep images in a well-known registry, too", "docker.io/acme", "nginx"],
  ["it is for all of a top-level domain", "*.io", "reg.example.com/app"],
  ["it is a host of another service", "github.com", "registry.gitlab.com/acme/web"],
  ["the names of two registries are short", "us.reg.example.com", "eu.reg.example.com/app"],
  ["two labels differ", "registry.exmaple.con", "registry.example.com/app"],
  ["more than two letters differ", "regx.example.com", "registry.example.com/app"],
  ["there are two differences", "reg.example.com/team-a", "reg.example.com:5000/team-b/app"],
  ["there are two differences", "HTTPS://reg.example.com", "reg.example.com:5000/app"],
  ["a host of the one is a part of the other", "example.com", "reg.example.com/app"],
  ["the key is empty", "", "reg.example.com/app"],
  ["the key has no host", "/team/app", "team/app"],
  ["the host has too many labels", `${"a.".repeat(12)}com`, `${"a.".repeat(12)}com:5000/app`],
] as const) {
  test(`key ${JSON.stringify(key.slice(0, 40))} is not near ${image.slice(0, 40)}: ${why}`, () => {
    assert.equal(nearMissOf([credentialOf("s", key)], image), undefined);
  });
}

test("the surest difference counts, whatever the names", () => {
  const path = credentialOf("a", "reg.example.com:5000/other");
  const port = credentialOf("b", "reg.example.com");
  assert.equal(nearMissOf([path, port], "reg.example.com:5000/app")?.credential, "b");
});

test("no near miss is shown for an image that a credential serves", () => {
  const credentials = [credentialOf("near", "reg.example.com"), credentialOf("right", "reg.example.com:5000")];
  assert.equal(nearMissOf(credentials, "reg.example.com:5000/app"), undefined);
});

test("an entry without user and password serves nothing and is near nothing", () => {
  const voidOf = (name: string, key: string) => readEligibleCredential(secretOf(name, { auths: { [key]: {} } }));
  assert.equal(nearMissOf([voidOf("void", "reg.example.com")], "reg.example.com:5000/app"), undefined);
  const near = credentialOf("near", "reg.example.com");
  assert.equal(
    nearMissOf([voidOf("void", "reg.example.com:5000"), near], "reg.example.com:5000/app")?.credential,
    "near",
  );
});

test("a credential that would not be used anyway is not near", () => {
  const secret = { ...secretOf("s", { auths: { "reg.example.com": { auth: "dTpw" } } }), type: "Opaque" };
  assert.equal(nearMissOf([readEligibleCredential(secret)], "reg.example.com:5000/app"), undefined);
});

test("user info of a key, which may hold a password, is not shown", () => {
  for (const key of ["https://puller:pass@word@reg.example.com", "puller:pass@word@reg.example.com/"]) {
    const nearMiss = nearMissOf([credentialOf("s", key)], "reg.example.com:5000/app");
    assert.equal(nearMiss?.code, "port");
    assert.doesNotMatch(JSON.stringify(nearMiss), /puller|pass|word/);
  }
});

test("of many keys that may be near, a hundred are compared", () => {
  const nearAfter = (count: number): string | undefined =>
    nearMissOf(
      [
        ...Array.from({ length: count }, (_, index) => credentialOf(`a${100 + index}`, `reg.example.com/team${index}`)),
        credentialOf("near", "reg.example.com"),
      ],
      "reg.example.com:5000/app",
    )?.credential;
  assert.deepEqual([nearAfter(99), nearAfter(100)], ["near", undefined]);
});

test("of many keys in a namespace, ten thousand are looked at", () => {
  const nearAfter = (count: number): string | undefined => {
    const keys = Array.from({ length: count }, (_, index) => `a${index}.example.org`);
    return nearMissOf([...manyCredentialsOf(keys), credentialOf("near", "reg.example.com")], "reg.example.com:5000/app")
      ?.credential;
  };
  assert.deepEqual([nearAfter(9_999), nearAfter(10_000)], ["near", undefined]);
});

const hosts = fc.constantFrom(
  ...["reg.example.com", "REG.example.com", "rge.example.com", "*.example.com", "example.com", "a.reg.example.com"],
  ...[
    "*.reg.example.com",
    "*.*.example.com",
    "docker.io",
    "index.docker.io",
    "hub.docker.com",
    "docker.oi",
    "*.docker.io",
  ],
);
const paths = fc.array(fc.constantFrom("team", "Team", "app", "*", "v1", "v2", ""), { maxLength: 3 });
const keys = fc
  .tuple(
    fc.constantFrom("", "https://", "HTTPS://", "oci://", "u:p@", " "),
    hosts,
    fc.constantFrom("", ":", ":443", ":5000", ":*"),
    paths.map((segments) => segments.map((segment) => `/${segment}`).join("")),
  )
  .map((parts) => parts.join(""));
const images = fc
  .tuple(
    fc.constantFrom("", "reg.example.com/", "reg.example.com:5000/", "a.reg.example.com/", "docker.io/", "REG.io/"),
    fc.constantFrom("app", "team/app", "team/a/app"),
  )
  .map((parts) => parts.join(""));

test("a near miss is for an image that nothing serves, and its fix makes the kubelet use it", () => {
  let found = 0;
  checkProperty(
    fc.property(fc.array(keys, { minLength: 1, maxLength: 4 }), images, (registries, image) => {
      const credentials = registries.map((registry, index) => credentialOf(`s${index}`, registry));
      const nearMiss = nearMissOf(credentials, image);
      if (nearMiss === undefined) return;
      found += 1;
      const { repository } = parseImageReference(image);
      assert.deepEqual(triedNames(credentials, repository ?? ""), []);
      const others = credentials.filter(({ name }) => name !== nearMiss.credential);
      const fixed = [...others, credentialOf(nearMiss.credential, nearMiss.fix)];
      assert.deepEqual(triedNames(fixed, repository ?? ""), [nearMiss.credential]);
    }),
    2_000,
  );
  assert.ok(found > 50, `${found} near misses`);
});
