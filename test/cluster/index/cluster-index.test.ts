import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterIndex, type ScopeTables } from "../../../src/cluster/index/cluster-index.ts";
import type { IndexedCredential } from "../../../src/cluster/objects/secret-resource.ts";
import type { Observed } from "../../../src/cluster/objects/watched-resource.ts";

const JSON_TYPE = "kubernetes.io/dockerconfigjson";
const CFG_TYPE = "kubernetes.io/dockercfg";

function observed(namespace: string, name: string, { type = JSON_TYPE, version = 1 } = {}) {
  const value = {
    name,
    type,
    status: "usable",
    reason: null,
    registries: ["quay.io"],
    voidRegistries: [],
    findings: [],
    version,
  } as const;
  return { namespace, name, version, value } satisfies Observed<IndexedCredential>;
}

function tablesOf(index: ClusterIndex): ScopeTables {
  const tables = index.tablesOf("a");
  assert.ok(tables);
  return tables;
}

for (const order of [
  [JSON_TYPE, CFG_TYPE],
  [CFG_TYPE, JSON_TYPE],
]) {
  test(`of one name in two types the newer counts: ${order.join(", then ")}`, () => {
    const index = new ClusterIndex({ namespaces: undefined });
    const [older = "", newer = ""] = order;
    const { credentials } = tablesOf(index);
    const typeInForce = () => index.view("a", "default").keyring.credentials.get("same")?.type;
    credentials.get(newer)?.put(observed("a", "same", { type: newer, version: 20 }));
    credentials.get(older)?.put(observed("a", "same", { type: older, version: 10 }));
    assert.equal(typeInForce(), newer);
    credentials.get(older)?.remove({ namespace: "a", name: "same", version: 21 });
    assert.equal(typeInForce(), newer);
  });
}

test("keeps the keyrings asked for last, within the bound, until their credentials change", () => {
  const index = new ClusterIndex({ namespaces: undefined, maxBuiltKeys: 10 });
  const table = tablesOf(index).credentials.get(JSON_TYPE);
  for (const namespace of ["a", "b", "c"]) {
    table?.put(observed(namespace, "one"));
    table?.put(observed(namespace, "two"));
  }
  for (let number = 0; number < 10; number += 1) table?.put(observed("large", `s${number}`));
  const keyring = (namespace: string) => index.view(namespace, "default").keyring;
  const [a, b] = [keyring("a"), keyring("b")];
  assert.equal(keyring("a"), a);
  keyring("c");
  assert.equal(keyring("a"), a);
  assert.notEqual(keyring("b"), b, "b was asked for before a");
  table?.put(observed("a", "three", { version: 2 }));
  assert.deepEqual([...keyring("a").credentials.keys()].sort(), ["one", "three", "two"]);
  assert.equal(keyring("large").credentials.size, 10);
  assert.equal(keyring("large"), keyring("large"), "one that is larger than the bound is kept alone");
  table?.replaceAll(new Map(), 30);
  assert.equal(keyring("large").credentials.size, 0);
});

test("a keyring has no more than 50,000 keys: the credentials beyond serve nothing, and other namespaces have all of theirs", () => {
  const index = new ClusterIndex({ namespaces: undefined });
  const table = tablesOf(index).credentials.get(JSON_TYPE);
  const registries = Array.from({ length: 30_000 }, (_, number) => `${number}.io`);
  for (const [namespace, name] of [
    ["a", "one"],
    ["a", "two"],
    ["b", "one"],
  ] as const) {
    const { value, ...key } = observed(namespace, name);
    table?.put({ ...key, value: { ...value, registries } });
  }
  const counts = (namespace: string): readonly number[] =>
    [...index.view(namespace, "default").keyring.credentials.values()].map(
      (credential) => credential.registries.length,
    );
  assert.deepEqual([counts("a"), counts("b")], [[30_000, 0], [30_000]]);
});

test("counts the credentials that are held, and no ignored ones", () => {
  const index = new ClusterIndex({ namespaces: undefined });
  const table = tablesOf(index).credentials.get(JSON_TYPE);
  for (const status of ["usable", "empty", "malformed", "ignored"] as const) {
    const { value, ...key } = observed("a", status);
    table?.put({ ...key, value: { ...value, status } });
  }
  assert.deepEqual(index.count(), { credentials: 3, malformed: 1 });
});

test("counts the credentials that have a finding, and whether a token is over by now", () => {
  const index = new ClusterIndex({ namespaces: undefined });
  const registry = "quay.io";
  for (const [name, findings] of [
    ["none", []],
    [
      "two",
      [
        { code: "no-user", registry },
        { code: "no-user", registry },
        { code: "token-expires", registry, expiresAt: 100 },
      ],
    ],
  ] as const) {
    const { value, ...key } = observed("a", name);
    tablesOf(index)
      .credentials.get(JSON_TYPE)
      ?.put({ ...key, value: { ...value, findings } });
  }
  assert.deepEqual(
    [...index.countFindings(99)],
    [
      ["no-user", 1],
      ["token-expires", 1],
    ],
  );
  assert.deepEqual(
    [...index.countFindings(100)],
    [
      ["no-user", 1],
      ["token-expired", 1],
    ],
  );
});
