/** What a connection keeps alive while its client has nothing to ask. */
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { EXAMPLE_SOURCE, POD } from "../admission/example-source.ts";
import { startFor } from "../running-server.ts";

/** Node tells of each request that one of its servers got. */
const REQUESTS = "http.server.request.start";

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
}

function watchRequests(context: TestContext): readonly WeakRef<object>[] {
  const seen: WeakRef<object>[] = [];
  const note = (message: unknown): void => {
    seen.push(new WeakRef((message as { readonly request: object }).request));
  };
  subscribe(REQUESTS, note);
  context.after(() => unsubscribe(REQUESTS, note));
  return seen;
}

test("an idle connection keeps nothing of its last request", async (context) => {
  const requests = watchRequests(context);
  const server = await startFor(context, { source: EXAMPLE_SOURCE });
  for (let sent = 0; sent < 3; sent += 1) assert.equal((await server.call({ body: POD })).status, 200);
  const idle = Object.values(server.agent.freeSockets).flatMap((sockets) => sockets ?? []);
  assert.deepEqual([requests.length, idle.length], [3, 1], "one connection, and still open");
  const alive = (): number => requests.filter((request) => request.deref() !== undefined).length;
  // A WeakRef holds what it gave until the end of the turn.
  for (let turn = 0; turn < 20 && alive() > 0; turn += 1) {
    await setImmediate();
    collectGarbage();
  }
  assert.equal(alive(), 0);
});
