import assert from "node:assert/strict";
import { test } from "node:test";
import { positionsOf, triedEntries } from "../../../src/core/admission/trial.ts";
import { type ByteSpan, bytesOfSpan } from "../../../src/core/go/byte-span.ts";
import { compareBytes } from "../../../src/core/go/byte-string.ts";
import { type Credential, readCredential } from "../../../src/core/kubelet/credential.ts";
import { parseImageReference } from "../../../src/core/kubelet/image-reference.ts";
import { buildKeyring, lookupCredentials } from "../../../src/core/kubelet/keyring.ts";
import { toIndexKey, withoutSecrets } from "../../../src/core/kubelet/registry-url.ts";
import { readVectors } from "../../oracle/conformance-vectors.ts";

const { keys, payloads, lists } = readVectors();

function credentialOf(name: string, registries: readonly string[]): Credential {
  return { name, type: "kubernetes.io/dockerconfigjson", status: "usable", registries, voidRegistries: [] };
}

/** Names that the kubelet would try for `repository` if a Pod listed `credentials` in this order. */
function tried(credentials: readonly Credential[], repository: string): readonly string[] {
  const keyring = buildKeyring(credentials);
  const positions = positionsOf(credentials.map(({ name }) => name));
  return triedEntries(lookupCredentials(keyring, repository), positions).map(({ credential }) => credential.name);
}

test("no case of the conformance files is missing", () => {
  assert.deepEqual([keys.length, payloads.length, lists.length], [2400, 400, 160]);
});

test("agrees with the kubelet on every case of keyring-fuzz.jsonl", () => {
  for (const example of keys) {
    const label = JSON.stringify([example.auths, example.image]);
    for (const [key, index] of Object.entries(example.keyIndex)) {
      const byteString = index === null ? undefined : Buffer.from(index, "utf8").toString("latin1");
      assert.equal(toIndexKey(key), byteString, `index key of ${JSON.stringify(key)}`);
      if (byteString !== undefined) assert.equal(toIndexKey(withoutSecrets(key)), byteString, "without user info");
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
  for (const { type, dataKey, payload, outcome } of payloads) {
    const { credential, entries } = readCredential({ metadata: { name: "case" }, type, data: { [dataKey]: payload } });
    if ("error" in outcome) {
      assert.equal(credential.status, "malformed", payload);
    } else if ("skipped" in outcome) {
      assert.equal(credential.status, "ignored", payload);
    } else {
      const found = outcome.keys.map((key) =>
        typeof key === "string" ? key : Buffer.from(key.b64, "base64").toString(),
      );
      assert.deepEqual([...entries.keys()].sort(compareBytes), found.toSorted(compareBytes), payload);
      const indexed = found.filter((key) => toIndexKey(key) !== undefined).map(withoutSecrets);
      assert.deepEqual(credential.registries, [...new Set(indexed)].sort(compareBytes));
      assert.equal(credential.status, credential.registries.length === 0 ? "empty" : "usable", payload);
      // An entry of a key that is not UTF-8 stands under another name in the file, and so does a text that is not UTF-8.
      for (const [key, { username, password }] of Object.entries(outcome.entries)) {
        const entry = entries.get(key);
        if (entry === undefined || typeof username !== "string" || typeof password !== "string") continue;
        assert.deepEqual([textOf(entry.username), textOf(entry.password)], [username, password], payload);
      }
    }
  }
});

function textOf(span: ByteSpan): string {
  return Buffer.from(bytesOfSpan(span)).toString();
}

test("agrees with the kubelet on every case of keyring-multi.jsonl", () => {
  let images = 0;
  for (const { secrets, secretStatus, images: cases } of lists) {
    const credentials = secrets.map(({ name, type, data }) => {
      const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
      return readCredential({ metadata: { name }, type, data: Object.fromEntries(encoded) }).credential;
    });
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
