import assert from "node:assert/strict";
import { test } from "node:test";
import { sentenceOfNearMiss, sentenceOfOutOfUse } from "../../../src/core/sentences/image.ts";

for (const [code, registry, fix, sentence] of [
  [
    "white-space",
    "reg.io\n",
    "reg.io",
    'has a blank, a newline or a hidden character in it. Fix: change the key to "reg.io"',
  ],
  [
    "scheme",
    "HTTPS://reg.io",
    "reg.io",
    'begins with a scheme that the kubelet does not know (only https:// and http://, in lower case). Fix: change the key to "reg.io"',
  ],
  [
    "case",
    "reg.io",
    "REG.io",
    'differs in upper and lower case. Fix: write the host of the image in small letters, or change the key to "REG.io"',
  ],
  ["case", "Reg.io", "reg.io", 'differs in upper and lower case. Fix: change the key to "reg.io"'],
  [
    "star-in-port",
    "reg.io:*",
    "reg.io:5000",
    'has a star for the port, and stars stand only for a part of a host. Fix: change the key to "reg.io:5000"',
  ],
  [
    "star-in-path",
    "reg.io/team/*",
    "reg.io/team",
    'has a star in the path, which needs none: it covers all that begins with it. Fix: change the key to "reg.io/team"',
  ],
  [
    "port",
    "reg.io",
    "reg.io:5000",
    'is for another port (a key without a port is for images without one). Fix: change the key to "reg.io:5000"',
  ],
  [
    "docker-hub-name",
    "hub.docker.com",
    "https://index.docker.io/v1/",
    'names Docker Hub in another way than the image, and the kubelet takes them for two registries. Fix: change the key to "https://index.docker.io/v1/"',
  ],
  [
    "same-service",
    "github.com",
    "ghcr.io",
    'is for another host of the same service, and the kubelet compares the host that the image names. Fix: change the key to "ghcr.io"',
  ],
  [
    "path-too-long",
    "reg.io/app:1",
    "reg.io/app",
    'has a longer path than the image, and covers only what begins with it. Fix: change the key to "reg.io/app"',
  ],
  [
    "labels",
    "*.reg.io",
    "*.*.reg.io",
    'has more or fewer parts than the image\'s host, and a star stands for one part. Fix: change the key to "*.*.reg.io"',
  ],
  [
    "letters",
    "rge.io",
    "reg.io",
    'differs from the image\'s host in a letter or two. Fix: correct the image, or change the key to "reg.io"',
  ],
  [
    "path",
    "reg.io/team",
    "reg.io",
    'is for another path. Fix: if the Secret is meant for this image, change the key to "reg.io"',
  ],
] as const) {
  test(`says of a key that misses an image by its ${code} what differs, and what to write`, () => {
    const said = sentenceOfNearMiss({ code, credential: "s", registry, fix });
    assert.equal(said, `Secret "s" comes closest, but its key ${JSON.stringify(registry)} ${sentence}`);
  });
}

test("says which key of which Secret puts another one out of use, and how both are used", () => {
  const outOfUse = { code: "suppressed", credential: "hub", by: "team", indexKey: "docker.io", isVoid: false } as const;
  const cause =
    'Secret "hub" is out of use: the key "docker.io" of Secret "team" matches, and "https://index.docker.io/v1/" counts only where no other key does';
  assert.equal(
    sentenceOfOutOfUse(outOfUse),
    `${cause}. Fix: give both Secrets the key "https://index.docker.io/v1/", or list only the one that is meant`,
  );
  assert.equal(
    sentenceOfOutOfUse({ ...outOfUse, isVoid: true }),
    `${cause}. Fix: take that key out of Secret "team", as it has neither user name nor password`,
  );
});

test("text from outside is quoted and short", () => {
  const nearMiss = {
    code: "port",
    credential: "s\u001b[2J",
    registry: `${"a".repeat(500)}`,
    fix: "b".repeat(500),
  } as const;
  const said = sentenceOfNearMiss(nearMiss);
  assert.ok(said.length < 400);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the control character is what must not appear
  assert.doesNotMatch(said, /\u001b/);
});
