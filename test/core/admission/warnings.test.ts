import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../../../src/core/admission/decision.ts";
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import { sentenceOfWarning } from "../../../src/core/sentences/warning.ts";
import type { JudgedCredential } from "../../../src/core/verdicts/judged-credential.ts";
import { credentialOf, malformedOf, podOf, requestOf, secretOf, viewOf } from "./examples.ts";

const BAD = malformedOf("bad");
const QUAY = credentialOf("quay", "quay.io");
const HUB = credentialOf("hub", "index.docker.io");
const BOTH = credentialOf("both", "docker.io", "ghcr.io");
const HALF = readEligibleCredential(secretOf("half", { auths: { "docker.io": {}, "ghcr.io": { auth: "dTpw" } } }));

function encode(content: unknown): string {
  return Buffer.from(JSON.stringify(content)).toString("base64");
}

function warningsFor(
  images: readonly string[],
  listed: readonly string[],
  credentials: readonly JudgedCredential[],
): readonly string[] {
  return decide(requestOf(podOf(images, listed)), () => viewOf(credentials)).warnings.map(sentenceOfWarning);
}

for (const [title, images, listed, credentials, warnings] of [
  ["nothing where nobody has to act", ["quay.io/a", "nginx"], [], [QUAY], []],
  [
    "an image that cannot be parsed, once",
    ["Nginx", "Nginx"],
    [],
    [],
    ['image "Nginx" cannot be pulled: repository name must be lowercase'],
  ],
  [
    "an image with a scheme, which belongs to no image",
    ["https://quay.io/acme/web:1"],
    [],
    [QUAY],
    ['image "https://quay.io/acme/web:1" cannot be pulled: invalid reference format; leave out https://'],
  ],
  ["nothing of an image that is still empty or blank", ["", " ", "quay.io/a"], [], [QUAY], []],
  [
    "a listed Secret that is malformed, once",
    ["quay.io/a"],
    ["bad", "bad"],
    [QUAY, BAD],
    ['listed Secret "bad" is malformed, so the kubelet cannot pull any image'],
  ],
  [
    "an image without credential while one is malformed",
    ["ghcr.io/a", "ghcr.io/b"],
    [],
    [QUAY, BAD],
    ['no credential for "ghcr.io/a"; Secret "bad" is malformed'],
  ],
  [
    "how many more are malformed",
    ["ghcr.io/a"],
    [],
    [malformedOf("b"), BAD, malformedOf("c")],
    ['no credential for "ghcr.io/a"; Secret "b" is malformed (and 2 more)'],
  ],
  [
    "a Secret whose registry is a template, and one with auths where its type has none",
    ["ghcr.io/a"],
    [],
    [
      readEligibleCredential(secretOf("template", { auths: { $CI_REGISTRY: { auth: "dTpw" } } })),
      readEligibleCredential({
        metadata: { name: "unlike" },
        type: "kubernetes.io/dockercfg",
        data: { ".dockercfg": encode({ auths: { "ghcr.io": { auth: "dTpw" } } }) },
      }),
    ],
    ['no credential for "ghcr.io/a"; Secret "template" holds a template that is not rendered (and 1 more)'],
  ],
  ["nothing of a malformed Secret while every image is served", ["quay.io/a"], [], [QUAY, BAD], []],
  ["nothing of an image without credential while none is malformed", ["ghcr.io/a"], [], [QUAY], []],
  [
    "an image of a registry with a port, for which a credential comes close",
    ["ghcr.io/public", "reg.example.com:5000/web"],
    [],
    [QUAY, credentialOf("near", "https://reg.example.com")],
    ['no credential for "reg.example.com:5000/web"; Secret "near" would need the key "reg.example.com:5000"'],
  ],
  [
    "a near miss before a Secret that may have been meant for anything",
    ["reg.example.com:5000/web"],
    [],
    [BAD, credentialOf("near", "REG.example.com:5000")],
    ['no credential for "reg.example.com:5000/web"; Secret "near" would need the key "reg.example.com:5000"'],
  ],
  [
    "no near miss of a registry without a port, where public images may come from",
    ["reg.example.com/web", "nginx"],
    [],
    [credentialOf("near", "Reg.example.com", "hub.docker.com")],
    [],
  ],
  [
    "no near miss of a key that may be right as it is",
    ["reg.example.com:5000/public/web"],
    [],
    [credentialOf("team", "reg.example.com:5000/team"), credentialOf("other", "rge.example.com:5000")],
    [],
  ],
  [
    "a credential that would put the Docker Hub credential of the list out of use, and is left out",
    ["nginx", "ghcr.io/a"],
    ["hub"],
    [HUB, BOTH],
    ['Secret "both" was left out: its key "docker.io" would put "hub" out of use'],
  ],
  [
    "a credential whose empty entry would put an addition out of use, and is left out",
    ["nginx", "ghcr.io/a"],
    [],
    [HUB, HALF],
    ['Secret "half" was left out: its key "docker.io" would put "hub" out of use'],
  ],
  [
    "an image whose credential has an empty entry",
    ["ghcr.io/a", "acme/web", "acme/web"],
    [],
    [HUB, HALF],
    ['no credential for "acme/web"; Secret "half" has an empty entry for it'],
  ],
  [
    "nothing of an empty entry for an image that Docker publishes for everybody",
    ["ghcr.io/a", "nginx"],
    [],
    [HALF],
    [],
  ],
  [
    "an image whose credential is still encrypted",
    ["ghcr.io/a"],
    [],
    [readEligibleCredential({ ...secretOf("locked", { auths: { "ghcr.io": {} } }), sops: {} })],
    ['no credential for "ghcr.io/a"; Secret "locked" is still encrypted by SOPS'],
  ],
  [
    "an image whose credential has a key that the kubelet ignores",
    ["ghcr.io/a", "reg.io:5000/a", "acme/web"],
    [],
    [credentialOf("star", "reg.io:*"), credentialOf("newline", "https://ghcr.io\n", "index.docker.io ")],
    [
      'no credential for "ghcr.io/a"; Secret "newline" has a registry key that is no URL',
      'no credential for "acme/web"; Secret "newline" has a registry key that is no URL',
    ],
  ],
  [
    "nothing of such a key for an image of another registry",
    ["quay.io/a"],
    [],
    [credentialOf("newline", "ghcr.io\n")],
    [],
  ],
  ["nothing of an empty entry where another credential serves", ["nginx"], [], [HUB, HALF], []],
  [
    "how many credentials serve, where they are too many for one object",
    ["quay.io/a"],
    [],
    Array.from({ length: 20 }, (_, index) => credentialOf(`c${index}`, "quay.io")),
    ["20 credentials serve; 16 of them were added, the most an object gets"],
  ],
  [
    "an addition with a better key",
    ["quay.io/team/a", "ghcr.io/a"],
    ["quay"],
    [QUAY, credentialOf("more", "quay.io/team", "ghcr.io")],
    ['Secret "more" was added and is now tried before or instead of "quay"'],
  ],
  [
    "nothing of an addition that is tried later",
    ["quay.io/team/a", "ghcr.io/a"],
    ["quay"],
    [QUAY, credentialOf("more", "*.io")],
    [],
  ],
] as const) {
  test(`warns of ${title}`, () => {
    assert.deepEqual(warningsFor(images, listed, credentials), warnings);
  });
}

test("every warning stays under 120 characters and in printable ASCII, whatever the names", () => {
  const long = (letter: string): string => `${letter}\u001b\n${letter.repeat(250)}`;
  const many = Array.from({ length: 12_000 }, (_, index) => malformedOf(`${long("m")}${index}`));
  const hub = credentialOf(long("h"), "index.docker.io");
  const both = credentialOf(long("b"), "docker.io", "ghcr.io");
  const warnings = [
    ...warningsFor([`${long("X")}`, `q.io/${"a".repeat(256)}`], [], []),
    ...warningsFor([`${"g".repeat(90)}.io/a`], [], many),
    ...warningsFor(["nginx"], [long("m")], [malformedOf(long("m"))]),
    ...warningsFor(["nginx", "ghcr.io/a"], [long("h")], [hub, both]),
    ...warningsFor(
      [`${"g".repeat(90)}.io:5000/${"a".repeat(90)}`],
      [],
      [credentialOf(long("n"), `${"g".repeat(90)}.io`)],
    ),
    ...warningsFor(
      [`${"g".repeat(90)}.io/a`],
      [],
      [readEligibleCredential(secretOf(long("v"), { auths: { "*.io": {} } }))],
    ),
  ];
  assert.equal(warnings.length, 7);
  for (const warning of warnings) assert.match(warning, /^[\x20-\x7e]{1,119}$/);
});
