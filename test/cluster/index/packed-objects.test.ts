/** The packed objects of namespaces against the plain maps that they stand for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PackedObjects, plainForm } from "../../../src/cluster/index/packed-objects.ts";
import { credentialForm } from "../../../src/cluster/objects/secret-resource.ts";
import { SERVICE_ACCOUNT_FORM } from "../../../src/cluster/objects/service-account-resource.ts";
import { PLAIN_SERVICE_ACCOUNT } from "../../../src/core/admission/service-account.ts";

type Value = string;
type Model = Map<string, Map<string, Value>>;

const FORM = { ...plainForm<Value>(), isFaulty: (value: Value) => value.startsWith("!") };

/** Few names, so that writes meet; a name more than a packed namespace holds, so that some grow beyond it. */
const names = fc.integer({ min: 0, max: 99 }).map((number) => `name\n"${number}`);
const namespaces = fc.constantFrom("a", "b", "c");
const values = fc.oneof(fc.string({ unit: "binary" }), fc.constant("!broken"));
const objects = fc.array(fc.tuple(names, values), { maxLength: 90 });
const writes = fc.array(
  fc.oneof(
    fc.record({ put: fc.tuple(namespaces, names, values) }),
    fc.record({ remove: fc.tuple(namespaces, names) }),
    fc.record({ replace: fc.tuple(namespaces, objects) }),
  ),
  { maxLength: 30 },
);

function putInto(model: Model, namespace: string, name: string, value: Value): void {
  const held = model.get(namespace) ?? new Map<string, Value>();
  model.set(namespace, held.set(name, value));
}

test("holds what plain maps would hold, whatever is written in whatever order", () => {
  fc.assert(
    fc.property(writes, (steps) => {
      const content = new PackedObjects<Value>(FORM);
      const model: Model = new Map();
      for (const step of steps) {
        if ("put" in step) {
          content.put(...step.put);
          putInto(model, ...step.put);
        } else if ("remove" in step) {
          const [namespace, name] = step.remove;
          const isThere = model.get(namespace)?.delete(name) ?? false;
          assert.equal(content.remove(namespace, name), isThere);
        } else {
          const [namespace, entries] = step.replace;
          content.replace(namespace, new Map(entries));
          model.set(namespace, new Map(entries));
        }
        for (const namespace of ["a", "b", "c"]) {
          assert.deepEqual(content.get(namespace), model.get(namespace) ?? new Map());
        }
      }
      const all = [...model.values()].flatMap((held) => [...held.values()]);
      assert.equal(content.size, all.length);
      assert.equal(content.faulty, all.filter(FORM.isFaulty).length);
      const filled = [...model].filter(([, held]) => held.size > 0).map(([namespace]) => namespace);
      assert.deepEqual([...content.namespaces()].sort(), filled.sort());
    }),
  );
});

for (const count of [1, 64, 65, 1000]) {
  test(`tells a namespace of ${count} that has changed from one that has not`, () => {
    const [one, other] = [new PackedObjects<Value>(FORM), new PackedObjects<Value>(FORM)];
    for (let number = 0; number < count; number += 1) {
      one.put("a", `name-${number}`, "same");
      other.put("a", `name-${number}`, "same");
    }
    assert.equal(one.agreesWith(other, "a"), true);
    other.put("a", "name-0", "different");
    assert.equal(one.agreesWith(other, "a"), false);
    other.put("a", "name-0", "same");
    other.put("a", "one more", "same");
    assert.equal(one.agreesWith(other, "a"), false);
    assert.equal(one.agreesWith(other, "neither has it"), true);
  });
}

test("gives a credential back as it was put, whatever its registry keys hold", () => {
  const type = "kubernetes.io/dockercfg";
  const content = new PackedObjects(credentialForm(type));
  const usable = {
    name: "n",
    type,
    status: "usable",
    reason: null,
    registries: ['a\n"\u0000\ud800', "é"],
  } as const;
  const malformed = {
    ...usable,
    name: "m",
    status: "malformed",
    reason: "not valid JSON",
    registries: [],
  } as const;
  content.put("a", "n", { ...usable, version: 2 ** 53 - 1 });
  content.put("a", "m", { ...malformed, version: 7 });
  content.put("b", "n", { ...usable, version: 8 });
  assert.deepEqual(
    [...content.get("a").values()],
    [
      { ...usable, version: 2 ** 53 - 1 },
      { ...malformed, version: 7 },
    ],
  );
  assert.deepEqual([content.size, content.faulty], [3, 1]);
});

test("gives ServiceAccounts back as they were put, plain ones as the one object for all", () => {
  const content = new PackedObjects(SERVICE_ACCOUNT_FORM);
  const special = { imagePullSecrets: ["x"], enforcesMountableSecrets: true };
  content.put("a", "default", PLAIN_SERVICE_ACCOUNT);
  content.put("a", "special", special);
  content.put("b", "default", PLAIN_SERVICE_ACCOUNT);
  assert.equal(content.get("a").get("default"), PLAIN_SERVICE_ACCOUNT);
  assert.deepEqual(content.get("a").get("special"), special);
});
