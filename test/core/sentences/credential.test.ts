import assert from "node:assert/strict";
import { test } from "node:test";
import { verdictOf } from "../../../src/core/sentences/credential.ts";
import { sentenceOfWarning } from "../../../src/core/sentences/warning.ts";
import type { CredentialReason } from "../../../src/core/verdicts/finding.ts";
import { FINDING_CODES, isFinding } from "../../../src/core/verdicts/finding.ts";
import type { Warning } from "../../../src/core/verdicts/warning.ts";

const HUB = "https://index.docker.io/v1/";
/** What is said of one entry keeps the others. */
const ENTRY =
  "write username and password into the entry, or delete the Secret with all its entries and make it again:";
const quay = { registry: "quay.io" } as const;

/** Each reason with its sentence, and with the beginning of its remedy. */
const SENTENCES: readonly (readonly [CredentialReason, sentence: string, remedy: string | null])[] = [
  [{ code: "other-type" }, "not a registry credential type", null],
  [{ code: "opted-out" }, "opted out by the label pullring.dev/inject", "take the label off"],
  [{ code: "not-chosen" }, "not chosen by --credential-selector", "give it the labels"],
  [{ code: "being-deleted" }, "being deleted", null],
  [{ code: "owned", owner: "Job" }, "belongs to a Job and goes with it", "make a Secret of its own"],
  [{ code: "openshift-managed" }, "managed by OpenShift for one ServiceAccount", null],
  [{ code: "too-many-members", most: 5_000 }, "the payload has more than 5000 members", "leave out the registries"],
  [
    { code: "no-data", dataKey: ".dockercfg" },
    "the data under .dockercfg is empty",
    "delete the Secret and make it again: kubectl create",
  ],
  [
    { code: "data-not-base64", dataKey: ".dockercfg" },
    "the data under .dockercfg is not base64",
    "encode the docker config in base64",
  ],
  [{ code: "not-json" }, "the payload is not valid JSON", "delete the Secret and make it again"],
  [
    { code: "wrong-value", member: "document", expected: "object", registry: null },
    "the payload is not an object",
    "correct it",
  ],
  [
    { code: "wrong-value", member: "entry", expected: "object", registry: null },
    "an entry is not an object",
    "correct it",
  ],
  [
    { code: "wrong-value", member: "password", expected: "string", ...quay },
    'password of the entry "quay.io" is not a string',
    "correct it",
  ],
  [
    { code: "auth-not-base64", ...quay },
    'auth of the entry "quay.io" is not base64',
    "write the base64 of user:password",
  ],
  [
    { code: "auth-without-colon", ...quay },
    'auth of the entry "quay.io" is not user:password in base64',
    "write the base64",
  ],
  [
    { code: "wrong-type", type: "Opaque", expected: "kubernetes.io/dockercfg", dataKey: ".dockercfg", foundUnder: "a" },
    'it holds a docker config under "a", but the kubelet does not read the type "Opaque"',
    "delete it and make it again with type: kubernetes.io/dockercfg and the data key .dockercfg",
  ],
  [
    { code: "wrong-data-key", expected: ".dockerconfigjson", present: ["a", "b"] },
    'no data under .dockerconfigjson; the data keys are "a", "b"',
    "put the docker config under .dockerconfigjson",
  ],
  [
    { code: "wrong-data-key", expected: ".dockerconfigjson", present: [".dockercfg"] },
    'no data under .dockerconfigjson; the data keys are ".dockercfg"',
    "give the Secret the type that goes with .dockercfg",
  ],
  [
    { code: "wrong-data-key", expected: ".dockercfg", present: [] },
    "no data under .dockercfg",
    "put the docker config under",
  ],
  [
    { code: "refused", problem: "missing", field: "data[a\n]" },
    "the API server refuses it: data[a\\n] is missing",
    "correct that",
  ],
  [{ code: "no-entries" }, "the payload holds no registry", "delete the Secret"],
  [
    { code: "credential-store", store: "credHelpers" },
    "it holds no registry: its credHelpers say that Docker gets the passwords from programs of the computer where the file was made",
    "delete the Secret",
  ],
  [
    { code: "auths-missing" },
    "the payload has its registries outside of auths, where the kubelet looks for them",
    "put them under auths",
  ],
  [
    { code: "auths-unexpected" },
    "the payload has its registries under auths, and the type kubernetes.io/dockercfg has them at the top",
    "make the Secret again with type: kubernetes.io/dockerconfigjson",
  ],
  [
    { code: "wrapped", inside: "string" },
    "the docker config is inside another JSON string, where the kubelet does not look",
    "make the docker config the whole",
  ],
  [{ code: "encoded-twice" }, "the payload is encoded in base64 twice", "encode it once under data"],
  [
    { code: "encrypted", by: "SOPS" },
    "the content is still encrypted by SOPS",
    "decrypt it before it is applied (sops -d",
  ],
  [{ code: "encrypted", by: "age" }, "the content is still encrypted by age", "decrypt it before it is applied"],
  [
    { code: "template", registry: null },
    "the payload holds a template that nothing has filled in",
    "render the template",
  ],
  [
    { code: "template", ...quay },
    'the entry "quay.io" holds a template that nothing has filled in',
    "render the template",
  ],
  [
    { code: "text-encoding", encoding: "UTF-16" },
    "the payload is UTF-16, which the kubelet does not read",
    "save the file as UTF-8",
  ],
  [
    { code: "void-entry", registry: "a b", store: null },
    'the entry "a b" has neither user name nor password, so the kubelet pulls anonymously with it',
    `${ENTRY} kubectl create secret docker-registry NAME --docker-server=HOST `,
  ],
  [
    { code: "void-entry", registry: "docker.io", store: null },
    'the entry "docker.io" has neither user name nor password, so the kubelet pulls anonymously with it',
    `${ENTRY} kubectl create secret docker-registry NAME --docker-server=${HUB} `,
  ],
  [
    { code: "void-entry", registry: HUB, store: "credsStore" },
    `the entry "${HUB}" has neither user name nor password, so the kubelet pulls anonymously with it: its credsStore says that Docker keeps the passwords in a credential store of the computer where the file was made`,
    `${ENTRY} kubectl create secret docker-registry NAME --docker-server=${HUB} `,
  ],
  [
    { code: "token-not-read", ...quay, token: "identitytoken" },
    'the entry "quay.io" has only an identitytoken, which the kubelet does not read',
    "write username and password into the entry",
  ],
  [
    { code: "token-not-read", ...quay, token: "registrytoken" },
    'the entry "quay.io" has only a registrytoken, which the kubelet does not read',
    "write username and password into the entry",
  ],
  [
    { code: "no-password", ...quay, token: null },
    'the entry "quay.io" has a user name and no password',
    "write username and password into the entry",
  ],
  [
    { code: "no-password", ...quay, token: "identitytoken" },
    'the entry "quay.io" has a user name and no password; the kubelet does not read its identitytoken',
    "write username and password into the entry",
  ],
  [{ code: "no-user", ...quay }, 'the entry "quay.io" has a password and no user name', "give the user name as well"],
  [
    { code: "white-space", ...quay, field: "password", place: "end", character: "newline" },
    'the password of the entry "quay.io" ends with a newline, which is sent to the registry as a part of it',
    "take it out of username and password, or write auth again (printf %s 'user:password' | base64 -w0); echo adds a newline",
  ],
  [
    { code: "white-space", ...quay, field: "user name", place: "start", character: "blank" },
    'the user name of the entry "quay.io" begins with a blank, which is sent to the registry as a part of it',
    "take it out of username and password, or write auth again (printf %s 'user:password' | base64 -w0)",
  ],
  [
    { code: "auth-disagrees", ...quay },
    'auth of the entry "quay.io" differs from its username and password, and the kubelet uses auth',
    "write the right",
  ],
  [
    { code: "key-not-a-url", registry: "a\n", cause: "newline" },
    'the kubelet ignores the entry "a\\n": its key has a newline, so it is no URL',
    "write the key",
  ],
  [
    { code: "key-never-matches", registry: "a", cause: "one-label" },
    'the entry "a" covers no image: its host has neither a dot nor a port, and an image with such a host is one of Docker Hub',
    "write the key as",
  ],
  [
    { code: "key-never-matches", registry: "index.docker.io/a", cause: "docker-hub-path" },
    'the entry "index.docker.io/a" covers no image: the kubelet looks for Docker Hub\'s account under index.docker.io without a path',
    `use the key ${HUB}`,
  ],
  [
    { code: "key-api-path", registry: "a.io/v2" },
    'the entry "a.io/v2" covers only images whose path begins with it: /v1 and /v2 are dropped only with a slash behind them',
    "leave /v1 or /v2 out",
  ],
  [
    { code: "docker-hub-name", registry: "hub.docker.com" },
    'the kubelet does not use the entry "hub.docker.com" for images of Docker Hub',
    `use the key ${HUB}`,
  ],
  [
    { code: "token-expires", ...quay, expiresAt: 951_782_400 },
    'the token of the entry "quay.io" expires at 2000-02-29 00:00 UTC',
    "have something renew",
  ],
  [
    { code: "token-expired", ...quay, expiresAt: 951_782_400 },
    'the token of the entry "quay.io" expired at 2000-02-29 00:00 UTC',
    "put a new token",
  ],
];

for (const [reason, sentence, remedy] of SENTENCES) {
  test(`${JSON.stringify(reason).slice(0, 100)} says: ${sentence}`, () => {
    const verdict = verdictOf(reason);
    assert.equal(verdict.sentence, sentence);
    assert.ok(remedy === null ? verdict.remedy === null : verdict.remedy?.startsWith(remedy), `${verdict.remedy}`);
    assert.doesNotMatch(`${verdict.sentence} ${verdict.remedy}`, /undefined|\.$/);
  });
}

test("every finding has its sentence in the table above", () => {
  const codes = new Set(SENTENCES.map(([{ code }]) => code));
  assert.deepEqual(
    FINDING_CODES.filter((code) => !codes.has(code)),
    [],
  );
});

test("a warning about any finding stays under 120 characters, with a piece of image and Secret", () => {
  for (const [finding] of SENTENCES) {
    if (!isFinding(finding)) continue;
    for (const others of [0, 12_000]) {
      const warning: Warning = {
        code: "unserved-image",
        image: "i".repeat(300),
        secret: "s".repeat(253),
        finding,
        others,
      };
      const sentence = sentenceOfWarning(warning);
      assert.match(
        sentence,
        /^no credential for "i{2,}\.\.\.i+"; Secret "s{2,}\.\.\.s+" (?:is|has|holds|belongs) [\x20-\x7e]+$/,
      );
      assert.ok(sentence.length < 120, sentence);
    }
  }
});

test("an object without room has its warning", () => {
  assert.equal(
    sentenceOfWarning({ code: "too-large" }),
    "the object is too large for the imagePullSecrets that it needs; they were left out",
  );
});

test("a command that makes the Secret again has its namespace and its name, unless they are no plain words", () => {
  const remedyAt = (namespace: string, name: string) =>
    verdictOf({ code: "not-json" }, { namespace, name }).remedy?.replace(/ --docker-server.*/, "");
  const start = "delete the Secret and make it again:";
  assert.equal(remedyAt("shop", "reg.cred"), `${start} kubectl -n shop create secret docker-registry reg.cred`);
  for (const word of ["", "a b", "$(id)", "--help", "a;b"]) {
    assert.equal(remedyAt("shop", word), `${start} kubectl -n shop create secret docker-registry NAME`);
    assert.equal(remedyAt(word, "regcred"), `${start} kubectl create secret docker-registry regcred`);
  }
});
