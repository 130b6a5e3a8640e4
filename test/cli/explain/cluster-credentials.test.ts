/** Reading some namespaces once, for explanations. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readClusterCredentials } from "../../../src/cli/explain/cluster-credentials.ts";
import { dockercfgSecret, dockerSecret, makeTestbed } from "../../cluster/testbed.ts";

test("reads credentials and ServiceAccounts of the namespaces asked for, and no others", async (t) => {
  const bed = await makeTestbed(t);
  const { store } = bed.server;
  store.put("secrets", { namespace: "a", name: "two" }, dockercfgSecret("ghcr.io"));
  store.put("secrets", { namespace: "a", name: "one" }, dockerSecret("quay.io"));
  store.put("serviceaccounts", { namespace: "a", name: "default" }, { imagePullSecrets: [{ name: "one" }] });
  store.put("secrets", { namespace: "c", name: "other" }, dockerSecret("quay.io"));
  const known = await readClusterCredentials({ kubeconfig: bed.kubeconfig, context: undefined }, ["b", "a"]);
  assert.deepEqual(known.errors, []);
  assert.deepEqual(
    known.list().map(({ namespace, name, registries }) => [namespace, name, registries]),
    [
      ["a", "one", ["quay.io"]],
      ["a", "two", ["ghcr.io"]],
    ],
  );
  assert.deepEqual(known.view("a", "default").serviceAccount?.imagePullSecrets, ["one"]);
  assert.equal(known.view("b", "default").keyring.credentials.size, 0);
  assert.deepEqual(new Set(bed.server.requests.map(({ namespace }) => namespace)), new Set(["a", "b"]));
  assert.equal(bed.server.requests.length, 6);
});

test("says what may not be read, once for each namespace and resource, and reads the rest", async (t) => {
  const bed = await makeTestbed(t);
  bed.server.store.put("serviceaccounts", { namespace: "a", name: "default" }, {});
  bed.server.fault = ({ resource, namespace }) =>
    namespace === "b" ? { reset: true } : resource === "secrets" ? { status: 403 } : undefined;
  const { errors, view } = await readClusterCredentials({ kubeconfig: bed.kubeconfig, context: undefined }, ["a", "b"]);
  assert.deepEqual(errors, [
    "secrets of namespace a: missing right: list secrets in namespace a; explained as if there were none",
    "secrets of namespace b: no answer: ECONNRESET; explained as if there were none",
    "serviceaccounts of namespace b: no answer: ECONNRESET; explained as if there were none",
  ]);
  assert.notEqual(view("a", "default").serviceAccount, undefined);
});
