/** Missing rights and overload. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "../../manual-clock.ts";
import type { Fault, SeenRequest } from "../fake-api-server.ts";
import { dockerSecret, makeTestbed, until } from "../testbed.ts";

const isSecretWatch = ({ verb, resource }: SeenRequest): boolean => verb === "watch" && resource === "secrets";

test("names the missing rule in the readiness and once in the log, and recovers when it is granted", async (t) => {
  const bed = await makeTestbed(t);
  bed.server.fault = ({ resource }) => (resource === "secrets" ? { status: 403 } : undefined);
  bed.run();
  const missing = "not listed yet (missing right: list secrets in all namespaces)";
  await until(() => bed.cluster.notReady() === `dockerconfigjson ${missing}; dockercfg ${missing}`);
  await until(() => bed.server.requests.filter(({ resource }) => resource === "secrets").length >= 8);
  const errors = bed.log.filter(({ level }) => level === "error");
  assert.deepEqual(errors.map(({ msg, resource, rule }) => [msg, resource, rule]).sort(), [
    ["Lacked a right at the API server", "dockercfg", "list secrets in all namespaces"],
    ["Lacked a right at the API server", "dockerconfigjson", "list secrets in all namespaces"],
  ]);
  bed.server.fault = () => undefined;
  await until(() => bed.cluster.notReady() === undefined);
});

test("tells a right to watch from one to list, and stays ready when it is taken away", async (t) => {
  const bed = await makeTestbed(t, { namespaces: ["a"], limits: { reflector: { shortestWatchMs: 0 } } });
  bed.server.store.put("secrets", { namespace: "a", name: "first" }, dockerSecret("quay.io"));
  await bed.ready();
  await until(() => bed.server.openWatches === 3);
  bed.server.fault = (request) => (isSecretWatch(request) ? { status: 403 } : undefined);
  bed.server.resetConnections();
  await until(() => bed.log.some(({ rule }) => rule === "watch secrets in namespace a"));
  assert.equal(bed.cluster.notReady(), undefined);
  assert.deepEqual(bed.names("a"), ["first"]);
  assert.match(
    bed.cluster.problem() ?? "",
    / in namespace a not followed \(missing right: watch secrets in namespace a\)/,
  );
  bed.server.store.put("secrets", { namespace: "a", name: "second" }, dockerSecret("quay.io"));
  bed.server.fault = () => undefined;
  await until(() => bed.names("a").length === 2 && bed.cluster.problem() === undefined);
  bed.server.endWatches();
  bed.server.store.put("secrets", { namespace: "a", name: "third" }, dockerSecret("quay.io"));
  await until(() => bed.names("a").length === 3 && bed.server.openWatches === 3);
  const regained = bed.log.filter(({ msg }) => msg === "Regained the API server");
  assert.equal(new Set(regained.map(({ resource }) => resource)).size, regained.length, "once for each");
});

test("names the right that live reads lack, once in the log and as a problem, until one succeeds", async (t) => {
  const bed = await makeTestbed(t);
  bed.server.store.put("serviceaccounts", { namespace: "a", name: "default" }, {});
  await bed.ready();
  bed.server.fault = ({ verb }) => (verb === "get" ? { status: 403 } : undefined);
  assert.equal((await bed.readLive("a")).result, "failed");
  assert.equal((await bed.readLive("b", "default", "serviceaccount")).result, "failed");
  const right = "get serviceaccounts in all namespaces";
  assert.equal(bed.cluster.problem(), `live reads not possible (missing right: ${right})`);
  const lines = bed.log.filter(({ msg }) => msg === "Lacked a right at the API server");
  const logged = lines.map(({ level, rule }) => `${level} ${rule}`);
  assert.deepEqual(logged, [`error ${right}`, `debug ${right}`]);
  bed.server.fault = () => undefined;
  assert.equal((await bed.readLive("a")).result, "fresh");
  assert.equal(bed.cluster.problem(), undefined);
  assert.equal(bed.log.filter(({ msg }) => msg === "Regained live reads").length, 1);
});

for (const [title, fault] of [
  ["Retry-After", { status: 429, headers: { "retry-after": "7" } }],
  [
    "an ERROR event of a watch",
    { lines: '{"type":"ERROR","object":{"code":429,"details":{"retryAfterSeconds":7}}}\n', end: true },
  ],
] as const satisfies readonly (readonly [string, Fault])[]) {
  test(`leaves a server alone for as long as it asks by ${title}`, async (t) => {
    const clock = new ManualClock();
    const bed = await makeTestbed(t, { clock });
    let left = 1;
    bed.server.fault = ({ resource, verb }) => {
      const isMeant = resource === "serviceaccounts" && verb === ("lines" in fault ? "watch" : "list");
      left -= isMeant ? 1 : 0;
      return isMeant && left >= 0 ? fault : undefined;
    };
    bed.run();
    await until(() => clock.delays.length > 0);
    assert.deepEqual(clock.delays, [7_002.5]);
    clock.advance(7_003);
    await until(() => bed.server.openWatches === 3);
  });
}
