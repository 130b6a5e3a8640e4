/** Reading some namespaces once, for explanations. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readNamespaces } from "../../../src/cli/explain/read-namespaces.ts";
import { loadClientConfig } from "../../../src/cluster/api/client-config.ts";
import { dockercfgSecret, dockerSecret, makeTestbed } from "../../cluster/testbed.ts";

test("reads credentials and ServiceAccounts of the namespaces asked for, and no others", async () => {
  const bed = await makeTestbed();
  const { store } = bed.server;
  store.put("secrets", { namespace: "a", name: "one" }, dockerSecret("quay.io"));
  store.put("secrets", { namespace: "a", name: "two" }, dockercfgSecret("ghcr.io"));
  store.put("serviceaccounts", { namespace: "a", name: "default" }, { imagePullSecrets: [{ name: "one" }] });
  store.put("secrets", { namespace: "c", name: "other" }, dockerSecret("quay.io"));
  const loadConfig = () => loadClientConfig({ kubeconfig: bed.kubeconfig });
  const reading = await readNamespaces({ loadConfig, version: "1.2.3", namespaces: ["a", "b", "a"] });
  assert.deepEqual(reading.unreadable, []);
  assert.deepEqual([...reading.view("a", "default").keyring.credentials.keys()], ["one", "two"]);
  assert.deepEqual(reading.view("a", "default").serviceAccount?.imagePullSecrets, ["one"]);
  assert.equal(reading.view("b", "default").keyring.credentials.size, 0);
  assert.deepEqual(new Set(bed.server.requests.map(({ namespace }) => namespace)), new Set(["a", "b"]));
  assert.equal(bed.server.requests.length, 6);
  await bed.stop();
});

test("says what may not be read, once for each namespace and resource, and reads the rest", async () => {
  const bed = await makeTestbed();
  bed.server.store.put("serviceaccounts", { namespace: "a", name: "default" }, {});
  bed.server.fault = ({ resource, namespace }) =>
    namespace === "b" ? { reset: true } : resource === "secrets" ? { status: 403 } : undefined;
  const loadConfig = () => loadClientConfig({ kubeconfig: bed.kubeconfig });
  const { unreadable, view } = await readNamespaces({ loadConfig, version: "1.2.3", namespaces: ["a", "b"] });
  assert.deepEqual(unreadable.map(({ namespace, resource, reason }) => [namespace, resource, reason]).sort(), [
    ["a", "secrets", "missing right: list secrets in namespace a"],
    ["b", "secrets", "no answer: ECONNRESET"],
    ["b", "serviceaccounts", "no answer: ECONNRESET"],
  ]);
  assert.notEqual(view("a", "default").serviceAccount, undefined);
  await bed.stop();
});
