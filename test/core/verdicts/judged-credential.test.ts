import assert from "node:assert/strict";
import { test } from "node:test";
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { withoutSecrets } from "../../../src/core/kubelet/registry-url.ts";
import type { Finding } from "../../../src/core/verdicts/finding.ts";
import { countFindings } from "../../../src/core/verdicts/judged-credential.ts";
import { canServe } from "../../../src/core/verdicts/key-finding.ts";
import { secretOf } from "../admission/examples.ts";

const TYPE = "kubernetes.io/dockerconfigjson";
const LEGACY = "kubernetes.io/dockercfg";
const base64 = (content: unknown): string =>
  Buffer.from(typeof content === "string" ? content : JSON.stringify(content)).toString("base64");
/** The auth of a user name and a password. */
const login = (text = "puller:not-a-password"): { readonly auth: string } => ({ auth: base64(text) });
const RIGHT = { auths: { "quay.io": login() } };

function findingsOf(secret: JsonObject): readonly Finding[] {
  return readEligibleCredential({ metadata: { name: "s" }, ...secret }).findings;
}

/** A Secret with this content under a data key; strings are taken as they are. */
function dataOf(type: string, key: string, content: unknown): JsonObject {
  return { type, data: { [key]: base64(content) } };
}

/** A Secret with this data as it is written. */
function rawOf(data: string): JsonObject {
  return { type: TYPE, data: { ".dockerconfigjson": data } };
}

const REGISTRY = { registry: "quay.io" };

for (const [title, entry, findings] of [
  ["a user name and a password", { username: "u", password: "p" }, []],
  ["an auth", login(), []],
  ["an auth that says the same as the fields", { ...login(), username: "puller", password: "not-a-password" }, []],
  [
    "an auth, and a field with an escape that says the same",
    `{"auth":"${login("u:a<p>").auth}","password":"a\\u003cp\\u003e"}`,
    [],
  ],
  ["a password with blanks and braces inside", login("u:{{ a b $C"), []],
  ["nothing", {}, [{ code: "void-entry", store: null }]],
  ["null", null, [{ code: "void-entry", store: null }]],
  ["an email alone", { email: "a@b.c" }, [{ code: "void-entry", store: null }]],
  ["an empty auth", { auth: "Og==" }, [{ code: "void-entry", store: null }]],
  ["an identitytoken alone", { identitytoken: "t" }, [{ code: "token-not-read", token: "identitytoken" }]],
  ["a registrytoken alone", { auth: "", registrytoken: "t" }, [{ code: "token-not-read", token: "registrytoken" }]],
  ["an empty identitytoken", { identitytoken: "" }, [{ code: "void-entry", store: null }]],
  ["a user name alone", { username: "u" }, [{ code: "no-password", token: null }]],
  [
    "a user name and an identitytoken",
    { ...login("u:"), identitytoken: "t" },
    [{ code: "no-password", token: "identitytoken" }],
  ],
  ["a password alone", { password: "p" }, [{ code: "no-user" }]],
  ...(
    [
      ["u:p\n", "password", "end", "newline"],
      ["u:p\r\n", "password", "end", "newline"],
      ["u:p ", "password", "end", "blank"],
      ["u:\tp", "password", "start", "blank"],
      ["u\n:p", "user name", "end", "newline"],
      [" u:p", "user name", "start", "blank"],
      ["u:p\u00a0", "password", "end", "hidden character"],
      ["\ufeffu:p", "user name", "start", "hidden character"],
      ["u:p\u0000", "password", "end", "hidden character"],
    ] as const
  ).map(
    ([text, field, place, character]) =>
      [JSON.stringify(text), login(text), [{ code: "white-space", field, place, character }]] as const,
  ),
  [
    "a JWT for a password",
    { username: "u", password: `eyJhIjoxfQ.${Buffer.from('{"exp":1900000000}').toString("base64url")}.c2ln` },
    [{ code: "token-expires", expiresAt: 1_900_000_000 }],
  ],
  ["an auth and another password", { ...login("u:p"), password: "q" }, [{ code: "auth-disagrees" }]],
  ["an auth and another user name", { ...login("u:p"), username: "uu" }, [{ code: "auth-disagrees" }]],
  ...(
    [
      "\u0024{PASSWORD}",
      "$(PASSWORD)",
      "{{ .Values.password }}",
      "<%= password %>",
      "<your-password>",
      "<no value>",
      "$REGISTRY_PASSWORD",
    ] as const
  ).map((password) => [password, { username: "u", password }, [{ code: "template" }]] as const),
  ...(["$", "$PASSWORD", "$_A", "$a_b", "{{a", "<%a", "$(a", "${a", "$A_B-c"] as const).map(
    (password) => [password, { username: "u", password }, []] as const,
  ),
] as const) {
  test(`an entry of ${title} has ${findings.map(({ code }) => code).join(", ") || "nothing wrong"}`, () => {
    const text = typeof entry === "string" ? entry : JSON.stringify(entry);
    const found = findingsOf(secretOf("s", `{"auths":{"quay.io":${text}}}`));
    assert.deepEqual(
      found,
      findings.map((finding) => ({ ...finding, ...REGISTRY })),
    );
  });
}

for (const [title, secret, finding] of [
  [
    "a void entry and a credsStore",
    secretOf("s", { auths: { "quay.io": {} }, credsStore: "desktop" }),
    { code: "void-entry", ...REGISTRY, store: "credsStore" },
  ],
  [
    "a void entry and credHelpers",
    secretOf("s", { auths: { "quay.io": {} }, credHelpers: { "quay.io": "x" } }),
    { code: "void-entry", ...REGISTRY, store: "credHelpers" },
  ],
  [
    "an empty credsStore",
    secretOf("s", { auths: { "quay.io": {} }, credsStore: "" }),
    { code: "void-entry", ...REGISTRY, store: null },
  ],
  [
    "a credsStore alone",
    secretOf("s", { credsStore: "osxkeychain" }),
    { code: "credential-store", store: "credsStore" },
  ],
  [
    "credHelpers alone",
    secretOf("s", { auths: {}, credHelpers: { "eu.gcr.io": "gcloud" } }),
    { code: "credential-store", store: "credHelpers" },
  ],
  ["no entries", secretOf("s", { auths: {} }), { code: "no-entries" }],
  ["null", secretOf("s", "null"), { code: "no-entries" }],
  ["null in the older type", dataOf(LEGACY, ".dockercfg", "null"), { code: "no-entries" }],
  [
    "a void entry in the older type",
    dataOf(LEGACY, ".dockercfg", { "quay.io": {} }),
    { code: "void-entry", ...REGISTRY, store: null },
  ],
  ["no entries in the older type", dataOf(LEGACY, ".dockercfg", {}), { code: "no-entries" }],
  ["entries at the top", secretOf("s", { "quay.io": login() }), { code: "auths-missing" }],
  [
    "entries at the top, beside other members",
    secretOf("s", { HttpHeaders: { a: "b" }, "quay.io": { username: "u" } }),
    { code: "auths-missing" },
  ],
  [
    "an entry of Amazon ECR at the top",
    secretOf("s", { "q.io": { username: "AWS", password: base64({ type: "DATA_KEY", expiration: 1 }) } }),
    { code: "auths-missing" },
  ],
  ["entries under a name like auths", secretOf("s", { auth: { "quay.io": login() } }), { code: "auths-missing" }],
  ["auths in the older type", dataOf(LEGACY, ".dockercfg", RIGHT), { code: "auths-unexpected" }],
  [
    "auths in the older type that the kubelet cannot parse",
    dataOf(LEGACY, ".dockercfg", { auths: { auth: { a: 1 } } }),
    { code: "auths-unexpected" },
  ],
  [
    "a docker config in another object",
    secretOf("s", { ".dockerconfigjson": RIGHT }),
    { code: "wrapped", inside: "object" },
  ],
  [
    "two docker configs in another object",
    secretOf("s", { a: RIGHT, b: RIGHT }),
    { code: "wrapped", inside: "object" },
  ],
  ["a docker config two levels down", secretOf("s", { a: { b: RIGHT } }), { code: "wrapped", inside: "object" }],
  [
    "a Secret manifest for a payload",
    secretOf("s", { kind: "Secret", data: { ".dockerconfigjson": base64(RIGHT) } }),
    { code: "wrapped", inside: "object" },
  ],
  [
    "a docker config as text in an object",
    secretOf("s", { config: JSON.stringify(RIGHT) }),
    { code: "wrapped", inside: "object" },
  ],
  [
    "a map of entries in another object, in the older type",
    dataOf(LEGACY, ".dockercfg", { ".dockercfg": { "quay.io": login() } }),
    { code: "wrapped", inside: "object" },
  ],
  [
    "a docker config as a JSON string",
    secretOf("s", JSON.stringify(JSON.stringify(RIGHT))),
    { code: "wrapped", inside: "string" },
  ],
  ["a docker config encoded twice", secretOf("s", base64(RIGHT)), { code: "encoded-twice" }],
  [
    "one encoded twice, in lines",
    secretOf("s", `${base64(RIGHT).replace(/(.{20})/g, "$1\n")}\n`),
    { code: "encoded-twice" },
  ],
  [
    "one encoded twice without padding",
    secretOf("s", base64({ auths: 1 }).replace(/=+$/, "")),
    { code: "encoded-twice" },
  ],
  ["one encoded twice in a JSON string", secretOf("s", JSON.stringify(base64(RIGHT))), { code: "encoded-twice" }],
  [
    "a value that SOPS encrypted",
    secretOf("s", { auths: { "quay.io": { auth: "ENC[AES256_GCM,data:a]" } } }),
    { code: "encrypted", by: "SOPS" },
  ],
  ["data that SOPS encrypted", rawOf("ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]"), { code: "encrypted", by: "SOPS" }],
  ["the metadata of SOPS", { ...secretOf("s", RIGHT), sops: { mac: "a" } }, { code: "encrypted", by: "SOPS" }],
  [
    "a file of Ansible Vault",
    secretOf("s", "$ANSIBLE_VAULT;1.1;AES256\n3132"),
    { code: "encrypted", by: "Ansible Vault" },
  ],
  ["a file of git-crypt", secretOf("s", "\0GITCRYPT\0abc"), { code: "encrypted", by: "git-crypt" }],
  ["a file of age", secretOf("s", "age-encryption.org/v1\n"), { code: "encrypted", by: "age" }],
  ["an armored file of age", secretOf("s", "-----BEGIN AGE ENCRYPTED FILE-----\n"), { code: "encrypted", by: "age" }],
  ["a message of PGP", secretOf("s", "-----BEGIN PGP MESSAGE-----\n"), { code: "encrypted", by: "PGP" }],
  ["a template for data", rawOf("{{ .Values.pull | b64enc }}"), { code: "template", registry: null }],
  ["a variable for data", rawOf("\u0024{DOCKER_CONFIG}"), { code: "template", registry: null }],
  [
    "a template in the payload",
    secretOf("s", '{"auths":{{ .Values.auths | toJson }}}'),
    { code: "template", registry: null },
  ],
  [
    "a template for auth",
    secretOf("s", { auths: { "quay.io": { auth: "{{ .Values.auth }}" } } }),
    { code: "template", ...REGISTRY },
  ],
  ["a byte order mark", secretOf("s", "\ufeff{}"), { code: "text-encoding", encoding: "UTF-8 with a byte order mark" }],
  [
    "UTF-16",
    rawOf(Buffer.from("\ufeff{}", "utf16le").toString("base64")),
    { code: "text-encoding", encoding: "UTF-16" },
  ],
  [
    "UTF-16 without a mark",
    rawOf(Buffer.from("{}", "utf16le").toString("base64")),
    { code: "text-encoding", encoding: "UTF-16" },
  ],
  ["YAML", secretOf("s", "auths:\n  quay.io: {}\n"), { code: "not-json" }],
  ["text", secretOf("s", "eyeyey"), { code: "not-json" }],
  [
    "a JSON string of text",
    secretOf("s", '"text"'),
    { code: "wrong-value", member: "document", expected: "object", registry: null },
  ],
  ["a list", secretOf("s", "[]"), { code: "wrong-value", member: "document", expected: "object", registry: null }],
  [
    "a number for a user name",
    secretOf("s", { auths: { "quay.io": { username: 1 } } }),
    { code: "wrong-value", member: "username", expected: "string", ...REGISTRY },
  ],
  [
    "a text for auths",
    secretOf("s", { auths: "a", credsStore: "b" }),
    { code: "wrong-value", member: "auths", expected: "object", registry: null },
  ],
  [
    "a plain user:password",
    secretOf("s", { auths: { "https://u:pw@quay.io": { auth: "u:p" } } }),
    { code: "auth-not-base64", registry: "https://quay.io" },
  ],
  [
    "an auth without a colon",
    secretOf("s", { auths: { "quay.io": login("token") } }),
    { code: "auth-without-colon", ...REGISTRY },
  ],
  ["data that is not base64", rawOf(JSON.stringify(RIGHT)), { code: "data-not-base64", dataKey: ".dockerconfigjson" }],
  [
    "data that is no text",
    { type: TYPE, data: { ".dockerconfigjson": 1 } },
    { code: "data-not-base64", dataKey: ".dockerconfigjson" },
  ],
  ["empty data", rawOf(""), { code: "no-data", dataKey: ".dockerconfigjson" }],
  [
    "another data key",
    dataOf(TYPE, "config.json", RIGHT),
    { code: "wrong-data-key", expected: ".dockerconfigjson", present: ["config.json"] },
  ],
  [
    "the data key of the other type",
    dataOf(LEGACY, ".dockerconfigjson", RIGHT),
    { code: "wrong-data-key", expected: ".dockercfg", present: [".dockerconfigjson"] },
  ],
  ["no data", { type: TYPE }, { code: "wrong-data-key", expected: ".dockerconfigjson", present: [] }],
  ...(["Opaque", "kubernetes.io/basic-auth"] as const).map(
    (type) =>
      [
        `a docker config in the type ${type}`,
        dataOf(type, ".dockerconfigjson", RIGHT),
        { code: "wrong-type", type, expected: TYPE, dataKey: ".dockerconfigjson", foundUnder: ".dockerconfigjson" },
      ] as const,
  ),
  [
    "the older payload in the type Opaque",
    dataOf("Opaque", ".dockercfg", { "quay.io": login() }),
    { code: "wrong-type", type: "Opaque", expected: LEGACY, dataKey: ".dockercfg", foundUnder: ".dockercfg" },
  ],
  [
    "a docker config under a key of its own in the type Opaque",
    dataOf("Opaque", "config.json", RIGHT),
    { code: "wrong-type", type: "Opaque", expected: TYPE, dataKey: ".dockerconfigjson", foundUnder: "config.json" },
  ],
  [
    "the older payload under a key of its own",
    dataOf("Opaque", "dockercfg", { "quay.io": login() }),
    { code: "wrong-type", type: "Opaque", expected: LEGACY, dataKey: ".dockercfg", foundUnder: "dockercfg" },
  ],
  [
    "no type",
    { data: { ".dockerconfigjson": base64(RIGHT) } },
    {
      code: "wrong-type",
      type: "Opaque",
      expected: TYPE,
      dataKey: ".dockerconfigjson",
      foundUnder: ".dockerconfigjson",
    },
  ],
  ["another kind of Secret", dataOf("Opaque", "password", "not-a-password"), undefined],
  [
    "another kind of Secret with JSON",
    { type: "Opaque", data: { a: base64({ users: { b: login() } }), c: 1, d: "!" } },
    undefined,
  ],
  ["a Secret without data", { type: "Opaque" }, undefined],
] as const) {
  test(`a Secret with ${title} has ${finding?.code ?? "nothing wrong"}`, () => {
    assert.deepEqual(findingsOf(secret as JsonObject), finding === undefined ? [] : [finding]);
  });
}

test("findings come by registry key in the order of bytes, those of the key first", () => {
  const found = findingsOf(
    secretOf("s", { auths: { "quay.io": {}, "a.io:*": { username: "u" }, "ghcr.io": login() } }),
  );
  assert.deepEqual(
    found.map((finding) => [finding.code, "registry" in finding && finding.registry]),
    [
      ["key-not-a-url", "a.io:*"],
      ["no-password", "a.io:*"],
      ["void-entry", "quay.io"],
    ],
  );
});

test("of many entries with one mistake the first few are told", () => {
  const keys = Array.from({ length: 1_000 }, (_, index) => [`a${index}.io`, {}]);
  const found = findingsOf(secretOf("s", { auths: { ...Object.fromEntries(keys), "z.io\n": {} } }));
  assert.equal(found.filter(({ code }) => code === "void-entry").length, 16);
  assert.equal(found.at(-1)?.code, "key-not-a-url");
});

test("counts the credentials that have a finding, and a token that is over as expired", () => {
  const half = readEligibleCredential(secretOf("half", { auths: { "a.io": {}, "b.io": {} } }));
  const right = readEligibleCredential(secretOf("right", RIGHT));
  const token: Finding = { code: "token-expires", registry: "quay.io", expiresAt: 100 };
  const credentials = [half, right, half, { ...right, findings: [token] }];
  assert.deepEqual(
    [...countFindings(credentials, 99)],
    [
      ["void-entry", 2],
      ["token-expires", 1],
    ],
  );
  assert.equal(countFindings(credentials, 100).get("token-expired"), 1);
});

test("credentials without a finding share one list", () => {
  assert.equal(findingsOf(secretOf("a", RIGHT)), findingsOf(secretOf("b", RIGHT)));
});

test("no finding shows the user info of a registry key", () => {
  for (const key of [
    "https://puller:hunter2@quay.io:x",
    "puller:hunter2@quay.io\n",
    "puller:hun/ter2@quay.io:*",
    "https://puller%3Ahunter2%40quay.io",
  ]) {
    const credential = readEligibleCredential(secretOf("s", { auths: { [key]: {} } }));
    assert.ok(credential.findings.length > 0);
    assert.doesNotMatch(JSON.stringify(credential), /puller|hun|ter2/);
  }
});

test("nothing shows user info that the kubelet takes for a path, and such a key still covers no image", () => {
  for (const [key, shown] of [
    ["oci://puller:hunter2@quay.io/a", "oci://@quay.io/a"],
    ["HTTPS://puller:hunter2@quay.io", "HTTPS://@quay.io"],
    ["https://https://puller:hunter2@quay.io", "https://https://@quay.io"],
    ["https:/puller:hunter2@quay.io", "https:/@quay.io"],
    ["https//puller:hunter2@quay.io", "https//@quay.io"],
    ["//puller:hunter2@quay.io", "//@quay.io"],
    ["//puller:hun@ter2@quay.io", "//@quay.io"],
    ["https://puller:12/hunter2@quay.io", "https:///@quay.io"],
    ["puller:12/hunter2@quay.io", "/@quay.io"],
    ["oci://puller%3Ahunter2%40quay.io/a", "oci://@quay.io/a"],
    ["quay.io/puller%3Ahunter2%40quay.io", "/@quay.io"],
    ["oci://puller:hunter2#b@quay.io", "oci://@"],
    ["HTTPS://quay.io?token=hunter2@a", "HTTPS://@"],
    ["quay.io/a@sha256:0123", "quay.io/a@sha256:0123"],
  ] as const) {
    const { registries, findings } = readEligibleCredential(
      secretOf("s", { auths: { [key]: { username: "u", password: "p" } } }),
    );
    assert.deepEqual(registries, [shown]);
    assert.deepEqual(
      findings.map((finding) => [finding.code, "registry" in finding && finding.registry]),
      [["key-never-matches", shown]],
    );
    assert.equal(canServe(shown), false);
    assert.equal(withoutSecrets(shown), shown);
  }
});

test("a template of which both key and password are a part is told once", () => {
  const auths = { "<your-registry>": { username: "<your-name>", password: "<your-password>" } };
  assert.deepEqual(findingsOf(secretOf("s", { auths })), [{ code: "template", registry: "<your-registry>" }]);
});

test("nothing shows the query or the fragment of a registry key, which may be a token", () => {
  for (const [key, shown] of [
    ["quay.io/a?token=hunter2", "quay.io/a"],
    ["https://quay.io#hunter2", "https://quay.io"],
    ["quay.io:x?hunter2", "quay.io:x"],
    ["u:p?a@quay.io:x#hunter2", "quay.io:x"],
    ["u:p@quay.io/a?hunter2", "quay.io/a"],
  ] as const) {
    const { registries, findings } = readEligibleCredential(secretOf("s", { auths: { [key]: { username: "u" } } }));
    const keys = [...registries, ...findings.flatMap((finding) => ("registry" in finding ? finding.registry : []))];
    assert.deepEqual([...new Set(keys)], [shown]);
  }
});
