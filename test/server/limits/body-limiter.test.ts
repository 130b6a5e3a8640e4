/** What a counted body takes of the budget, and until when. */
import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import type { BadRequestError } from "../../../src/server/http-error.ts";
import { BodyMemoryLimit } from "../../../src/server/limits/body-limiter.ts";

/** Two of these are more than the bound on values. */
const BODY = Buffer.from(JSON.stringify(Array(200_000).fill(0)));

interface Settled {
  readonly response: ServerResponse;
  /** The statuses with which it was given up. */
  readonly statuses: readonly number[];
}

/** A whole body whose response is open until the test ends. */
function settle(budget: BodyMemoryLimit): Settled {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const statuses: number[] = [];
  const giveUp = ({ status }: BadRequestError): void => {
    statuses.push(status);
  };
  const body = budget.open(response, giveUp);
  body.hold(BODY.length);
  body.settle(BODY);
  return { response, statuses };
}

function makeBudget(): BodyMemoryLimit {
  return new BodyMemoryLimit({ maxBytes: 8_000_000, timeoutMs: 60_000, onRejection: () => undefined });
}

test("a body that is not answered yet leaves no room for one as large", () => {
  const budget = makeBudget();
  assert.deepEqual(settle(budget).statuses, []);
  assert.deepEqual(settle(budget).statuses, [503]);
});

test("an answered body leaves its room at once, though its response is still open", () => {
  const budget = makeBudget();
  const { response } = settle(budget);
  budget.release(response);
  assert.equal(response.closed, false);
  assert.deepEqual(settle(budget).statuses, []);
});

test("a response that closes without an answer leaves its room too", () => {
  const budget = makeBudget();
  settle(budget).response.emit("close");
  assert.deepEqual(settle(budget).statuses, []);
});
