/** The shared Secret, read and replaced at an API server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SecretStore } from "../../../src/cluster/own-objects/secret-store.ts";
import { type ClientBed, startBed } from "../testbed.ts";

const PLACE = { namespace: "pullring", name: "pullring-tls" };
const encode = (text: string): string => Buffer.from(text).toString("base64");

function putSecret({ server }: ClientBed, data: Readonly<Record<string, string>>): void {
  const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, encode(value)]));
  server.store.put("secrets", PLACE, {
    type: "kubernetes.io/tls",
    metadata: { labels: { team: "platform" } },
    data: encoded,
  });
}

/** The Secret as the server has it. */
function stored({ server }: ClientBed): Readonly<Record<string, unknown>> | undefined {
  return server.store.list("secrets", PLACE.namespace)[0];
}

test("reads the Secret, with the time of the server", async (t) => {
  const bed = await startBed(t);
  const store = new SecretStore({ client: bed.client, ...PLACE });
  assert.equal(await store.read(), undefined);
  putSecret(bed, { "tls.crt": "certificate" });
  const snapshot = await store.read();
  assert.deepEqual(snapshot?.data, { "tls.crt": "certificate" });
  assert.ok(Math.abs((snapshot?.serverTimeMs ?? 0) - Date.now()) < 60_000);
});

test("sets keys and leaves other keys, the type and the labels as they are", async (t) => {
  const bed = await startBed(t);
  putSecret(bed, { "tls.crt": "old", other: "kept" });
  const snapshot = await new SecretStore({ client: bed.client, ...PLACE }).read();
  assert.equal(await snapshot?.replace({ "tls.crt": "new", "ca.crt": "added" }), "written");
  const { data, type, metadata } = stored(bed) ?? {};
  assert.deepEqual(data, { "tls.crt": encode("new"), other: encode("kept"), "ca.crt": encode("added") });
  assert.equal(type, "kubernetes.io/tls");
  assert.deepEqual((metadata as { labels: unknown }).labels, { team: "platform" });
  const update = bed.server.requests.at(-1);
  assert.deepEqual([update?.verb, update?.query.get("fieldManager")], ["update", "pullring"]);
});

for (const [title, change, left] of [
  [
    "changed",
    (bed) => putSecret(bed, { "tls.crt": "of another replica" }),
    { "tls.crt": encode("of another replica") },
  ],
  ["deleted", ({ server }) => server.store.delete("secrets", PLACE), undefined],
] as const satisfies readonly (readonly [string, (bed: ClientBed) => void, unknown])[]) {
  test(`takes a Secret that was ${title} between reading and writing for a conflict, and leaves it so`, async (t) => {
    const bed = await startBed(t);
    putSecret(bed, { "tls.crt": "read" });
    const snapshot = await new SecretStore({ client: bed.client, ...PLACE }).read();
    change(bed);
    assert.equal(await snapshot?.replace({ "tls.crt": "ours" }), "conflict");
    assert.deepEqual(stored(bed)?.data, left);
    assert.equal(bed.updates(), 1);
  });
}
