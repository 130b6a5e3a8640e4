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

for (const [winner, loser] of [
  [0, 1],
  [1, 0],
] as const) {
  test(`takes the answer of request ${winner} when it comes first, and aborts the other one`, async () => {
    const { result, sent, fallSilent } = startHedged();
    await fallSilent();
    sent[winner]?.answer("early");
    assert.equal(await result, "early");
    sent[loser]?.answer("late");
    await new Promise(setImmediate);
    assert.deepEqual([sent[winner]?.signal.aborted, sent[loser]?.signal.aborted], [false, true]);
  });
}

test("waits for the first answer when there may be no second request", async () => {
  const { result, sent, fallSilent } = startHedged(false);
  await fallSilent();
  sent[0]?.answer("first");
  assert.equal(await result, "first");
  assert.equal(sent.length, 1);
});

test("waits for the first answer when the second request fails, and gives the first error when both do", async () => {
  for (const isAnswered of [true, false]) {
    const { result, sent, fallSilent } = startHedged();
    await fallSilent();
    sent[1]?.fail(new Error("second failed"));
    if (isAnswered) {
      sent[0]?.answer("first");
      assert.equal(await result, "first");
    } else {
      sent[0]?.fail(new Error("first failed"));
      await assert.rejects(result, /first failed/);
    }
  }
});
