/** A second request beside a silent first one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hedgedRequest } from "../../../src/cluster/api/hedged-request.ts";
import { ManualClock } from "../../manual-clock.ts";

/** One hedged request whose parts end as the test says. */
function startHedged(mayHedge = true) {
  const clock = new ManualClock();
  const sent: { signal: AbortSignal; answer: (text: string) => void; fail: (error: Error) => void }[] = [];
  const send = (signal: AbortSignal): Promise<string> =>
    new Promise((answer, fail) => {
      sent.push({ signal, answer, fail });
    });
  const result = hedgedRequest({ send, hedgeAfterMs: 200, mayHedge: () => mayHedge, clock });
  /** Lets the time pass after which the first one counts as silent. */
  const fallSilent = async (): Promise<void> => {
    clock.advance(200);
    await new Promise(setImmediate);
  };
  return { result, sent, clock, fallSilent };
}

test("sends one request when the answer comes soon", async () => {
  const { result, sent, clock, fallSilent } = startHedged();
  clock.advance(199);
  sent[0]?.answer("first");
  assert.equal(await result, "first");
  await fallSilent();
  assert.equal(sent.length, 1);
});

test("takes the second answer when the first stays away, and aborts the first request", async () => {
  const { result, sent, fallSilent } = startHedged();
  await fallSilent();
  sent[1]?.answer("second");
  assert.equal(await result, "second");
  assert.deepEqual(
    sent.map(({ signal }) => signal.aborted),
    [true, false],
  );
  sent[0]?.answer("late");
  await new Promise(setImmediate);
  assert.equal(sent[1]?.signal.aborted, false);
});

test("takes the first answer when it comes late but first", async () => {
  const { result, sent, fallSilent } = startHedged();
  await fallSilent();
  sent[0]?.answer("first");
  assert.equal(await result, "first");
  assert.equal(sent[1]?.signal.aborted, true);
});

test("waits for the first answer when the second request fails, or when there may be none", async () => {
  const failing = startHedged();
  await failing.fallSilent();
  failing.sent[1]?.fail(new Error("second failed"));
  failing.sent[0]?.answer("first");
  assert.equal(await failing.result, "first");
  const alone = startHedged(false);
  await alone.fallSilent();
  alone.sent[0]?.answer("first");
  assert.equal(await alone.result, "first");
  assert.equal(alone.sent.length, 1);
});

test("gives the first error when both fail", async () => {
  const { result, sent, fallSilent } = startHedged();
  await fallSilent();
  sent[1]?.fail(new Error("second failed"));
  sent[0]?.fail(new Error("first failed"));
  await assert.rejects(result, /first failed/);
});
