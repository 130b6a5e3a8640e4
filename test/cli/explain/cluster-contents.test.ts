/** Reading some namespaces once, for explanations. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readNamespaces } from "../../../src/cli/explain/cluster-contents.ts";
import { ClusterReader } from "../../../src/cli/explain/cluster-reader.ts";
import { makeTestbed } from "../../cluster/testbed.ts";

test("says what may not be read, once for each namespace and resource, and reads the rest", async (t) => {
  const bed = await makeTestbed(t);
  bed.server.store.put("serviceaccounts", { namespace: "a", name: "default" }, { imagePullSecrets: [{ name: "one" }] });
  bed.server.fault = ({ resource, namespace }) =>
    namespace === "b" ? { reset: true } : resource === "secrets" ? { status: 403 } : undefined;
  const reader = await ClusterReader.open({ kubeconfig: bed.kubeconfig, context: undefined });
  t.after(() => reader.close());
  const { serviceAccounts, known } = await readNamespaces(reader, ["a", "b"]);
  assert.deepEqual(reader.errors, [
    "secrets of namespace a: missing right: list secrets in namespace a; explained as if there were none",
    "secrets of namespace b: no answer: ECONNRESET; explained as if there were none",
    "serviceaccounts of namespace b: no answer: ECONNRESET; explained as if there were none",
  ]);
  assert.deepEqual(
    serviceAccounts.map(({ name, serviceAccount }) => [name, serviceAccount.imagePullSecrets]),
    [["default", ["one"]]],
  );
  assert.equal(known.size, 0);
});
