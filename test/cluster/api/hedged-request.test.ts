/** A second attempt beside a silent first one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hedgedRequest } from "../../../src/cluster/api/hedged-request.ts";

/** Attempts that end as the test says, in the order in which they are made. */
function scripted(...ends: readonly (() => Promise<string>)[]): {
  attempt: (signal: AbortSignal) => Promise<string>;
  signals: AbortSignal[];
} {
  const left = [...ends];
  const signals: AbortSignal[] = [];
  return {
    signals,
    attempt: (signal) => {
      signals.push(signal);
      return left.shift()?.() ?? Promise.reject(new Error("one attempt too many"));
    },
  };
}

const after = (delayMs: number, text: string) => (): Promise<string> =>
  new Promise((resolve) => setTimeout(resolve, delayMs, text));
const fails = (text: string) => (): Promise<string> => Promise.reject(new Error(text));
const never = (): Promise<string> => new Promise(() => undefined);
const options = { hedgeAfterMs: 20, mayTryAgain: () => true, discard: () => undefined };

test("makes one attempt when the answer comes soon", async () => {
  const { attempt, signals } = scripted(after(0, "first"));
  assert.equal(await hedgedRequest({ ...options, hedgeAfterMs: 5_000, attempt }), "first");
  assert.equal(signals.length, 1);
});

test("takes the second attempt's answer when the first stays silent, and aborts the first", async () => {
  const { attempt, signals } = scripted(never, after(0, "second"));
  assert.equal(await hedgedRequest({ ...options, attempt }), "second");
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  );
});

test("discards the answer that comes second", async () => {
  const discarded: string[] = [];
  const { attempt } = scripted(after(60, "first"), after(1, "second"));
  const discard = (text: string): void => {
    discarded.push(text);
  };
  assert.equal(await hedgedRequest({ ...options, discard, attempt }), "second");
  await after(80, "")();
  assert.deepEqual(discarded, ["first"]);
});

test("waits for the first attempt when the second fails, or when there may be none", async () => {
  const failing = scripted(after(60, "first"), fails("second failed"));
  assert.equal(await hedgedRequest({ ...options, attempt: failing.attempt }), "first");
  const alone = scripted(after(60, "first"));
  assert.equal(
    await hedgedRequest({ ...options, mayTryAgain: () => false, attempt: alone.attempt }),
    "first",
  );
  assert.equal(alone.signals.length, 1);
});

test("gives the first failure when both fail", async () => {
  const late = (): Promise<string> => after(40, "")().then(fails("first failed"));
  const { attempt } = scripted(late, fails("second failed"));
  await assert.rejects(hedgedRequest({ ...options, attempt }), /first failed/);
});
