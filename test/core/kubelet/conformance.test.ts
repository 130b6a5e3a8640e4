import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { positionsOf, triedEntries } from "../../../src/core/admission/plan.ts";
import { compareBytes } from "../../../src/core/go/byte-string.ts";
import { type Credential, readCredential } from "../../../src/core/kubelet/credential.ts";
import { parseImageReference } from "../../../src/core/kubelet/image-reference.ts";
import { buildKeyring, lookupCredentials } from "../../../src/core/kubelet/keyring.ts";
import { toIndexKey } from "../../../src/core/kubelet/registry-key.ts";

interface KeyringCase {
  readonly auths: readonly string[];
  readonly image: string;
  readonly parse: { readonly repo: string } | { readonly error: string };
  readonly matchedKeys: readonly string[];
  readonly match: boolean;
  readonly fallback: boolean;
  readonly index: readonly string[];
  readonly keyIndex: Readonly<Record<string, string | null>>;
}

interface DockerConfigCase {
  readonly type: string;
  readonly dataKey: string;
  readonly payload: string;
  readonly outcome:
    | { readonly error: string }
    | { readonly skipped: true }
    | { readonly keys: readonly (string | { readonly b64: string })[] };
}

interface MultiCase {
  readonly secrets: readonly {
    readonly name: string;
    readonly type: string;
    readonly data: Record<string, string>;
  }[];
  readonly secretStatus: readonly ("ok" | "skipped" | "error")[];
  readonly images: readonly {
    readonly image: string;
    readonly parse: { readonly repo?: string };
    readonly perSecret?: readonly boolean[];
    readonly combined?: readonly { readonly secret: string; readonly username: string }[] | null;
  }[];
}

function readLines<Case>(name: string, count: number): readonly Case[] {
  const text = readFileSync(new URL(`../../fixtures/conformance/${name}`, import.meta.url), "utf8");
  const cases = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Case);
  assert.equal(cases.length, count, `${name} holds ${count} cases`);
  return cases;
}

function credentialOf(name: string, registries: readonly string[]): Credential {
  return { name, type: "kubernetes.io/dockerconfigjson", status: "usable", reason: null, registries };
}

/** Names that the kubelet would try for `repository` if a Pod listed `credentials` in this order. */
function tried(credentials: readonly Credential[], repository: string): readonly string[] {
  const keyring = buildKeyring(credentials);
  const positions = positionsOf(credentials.map(({ name }) => name));
  return triedEntries(lookupCredentials(keyring, repository), positions).map(
    ({ credential }) => credential.name,
  );
}

test("agrees with the kubelet on every case of keyring-fuzz.jsonl", () => {
  for (const example of readLines<KeyringCase>("keyring-fuzz.jsonl", 2400)) {
    const label = JSON.stringify([example.auths, example.image]);
    for (const [key, index] of Object.entries(example.keyIndex)) {
      const byteString = index === null ? undefined : Buffer.from(index, "utf8").toString("latin1");
      assert.equal(toIndexKey(key), byteString, `index key of ${JSON.stringify(key)}`);
    }
    const reference = parseImageReference(example.image);
    assert.equal(reference.repository, "repo" in example.parse ? example.parse.repo : null, label);
    if (reference.repository !== null) {
      // One credential for each key, named by the key, so that the answer tells keys; ties are sorted by bytes.
      const credentials = example.auths
        .map((key) => credentialOf(key, [key]))
        .sort((a, b) => compareBytes(a.name, b.name));
      assert.deepEqual([...new Set(tried(credentials, reference.repository))], example.matchedKeys, label);
    }
  }
});

test("agrees with the kubelet on every case of dockerconfig-fuzz.jsonl", () => {
  for (const { type, dataKey, payload, outcome } of readLines<DockerConfigCase>(
    "dockerconfig-fuzz.jsonl",
    400,
  )) {
    const credential = readCredential({ metadata: { name: "case" }, type, data: { [dataKey]: payload } });
    if ("error" in outcome) {
      assert.equal(credential.status, "malformed", payload);
    } else if ("skipped" in outcome) {
      assert.equal(credential.status, "ignored", payload);
    } else {
      const keys = outcome.keys.map((key) =>
        typeof key === "string" ? key : Buffer.from(key.b64, "base64").toString(),
      );
      assert.equal(credential.status, keys.length === 0 ? "empty" : "usable", payload);
      assert.deepEqual(credential.registries, keys.toSorted(compareBytes), payload);
    }
  }
});

test("agrees with the kubelet on every case of keyring-multi.jsonl", () => {
  let images = 0;
  for (const { secrets, secretStatus, images: cases } of readLines<MultiCase>("keyring-multi.jsonl", 160)) {
    const credentials = secrets.map(({ name, type, data }) =>
      readCredential({
        metadata: { name },
        type,
        data: Object.fromEntries(
          Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
        ),
      }),
    );
    const statuses = { usable: "ok", empty: "ok", malformed: "error", ignored: "skipped" } as const;
    assert.deepEqual(
      credentials.map(({ status }) => statuses[status]),
      secretStatus,
    );
    for (const { image, parse, perSecret, combined } of cases) {
      images += 1;
      assert.equal(parseImageReference(image).repository, parse.repo ?? null, image);
      if (parse.repo !== undefined) {
        const repository = parse.repo;
        assert.deepEqual(
          credentials.map((credential) => tried([credential], repository).length > 0),
          perSecret,
          image,
        );
        if (combined !== null) {
          const expected = new Set(combined?.map(({ secret }) => secret));
          assert.deepEqual([...new Set(tried(credentials, repository))], [...expected], image);
        }
      }
    }
  }
  assert.ok(images > 400, `${images} images`);
});
