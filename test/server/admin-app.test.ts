/** The admin port: health, version, metrics. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EXAMPLE_SOURCE, POD } from "./admission/example-source.ts";
import { admin, startFor } from "./running-server.ts";

test("health pages name each check that is not ready, and each problem", { timeout: 20_000 }, async (context) => {
  let reason: string | undefined = "no list yet";
  let problem: string | undefined;
  const checks = [
    { name: "credentials", notReady: () => reason, problem: () => problem },
    { name: "other", notReady: () => undefined, problem: () => undefined },
  ];
  const server = await startFor(context, { checks });
  const unready = await admin(server, "/readyz");
  assert.deepEqual([unready.status, unready.text], [503, "credentials: no list yet\n"]);
  reason = undefined;
  const ready = await admin(server, "/readyz");
  assert.deepEqual([ready.status, ready.text], [200, "ok\n"]);
  problem = "a right is missing";
  const noted = await admin(server, "/readyz");
  assert.deepEqual([noted.status, noted.text], [200, "ok\ncredentials: a right is missing\n"]);
  assert.equal((await admin(server, "/livez")).status, 200);
  assert.equal(JSON.parse((await admin(server, "/version")).text).version, "1.2.3");
  assert.equal((await admin(server, "/mutate")).status, 404);
  const refused = await admin(server, "/readyz", "DELETE");
  assert.deepEqual([refused.status, refused.headers.allow], [405, "GET, HEAD"]);
});

test("answers are counted at /metrics", { timeout: 20_000 }, async (context) => {
  const server = await startFor(context, { source: EXAMPLE_SOURCE });
  await server.call({ body: POD });
  const { text, headers } = await admin(server, "/metrics");
  assert.match(headers["content-type"] ?? "", /^text\/plain; version=0\.0\.4/);
  assert.match(text, /^pullring_admission_requests_total\{operation="CREATE",resource="pods",outcome="injected"\} 1$/m);
  assert.match(text, /^pullring_certificate_expiry_timestamp_seconds \d{10}$/m);
});
