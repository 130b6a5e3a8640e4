import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "../../../src/server/limits/server-limits.ts";

/** How long Go's clients, API servers among them, keep an idle connection. @see net/http DefaultTransport IdleConnTimeout */
const GO_IDLE_MS = 90_000;
/** Longest `timeoutSeconds` of a webhook configuration. */
const WEBHOOK_TIMEOUT_MS = 30_000;

test("an API server is the first to close an idle connection, so that it loses no request to a closing one", () => {
  const { keepAliveTimeoutMs, headersTimeoutMs, requestTimeoutMs } = DEFAULT_LIMITS;
  assert.ok(keepAliveTimeoutMs > GO_IDLE_MS);
  // Neither of these ends an idle connection before its time.
  assert.ok(headersTimeoutMs > keepAliveTimeoutMs);
  assert.ok(requestTimeoutMs > headersTimeoutMs);
});

test("no request waits for a client longer than its own webhook call may last", () => {
  const { bodyTimeoutMs, idleTimeoutMs, handshakeTimeoutMs, closeTimeoutMs } = DEFAULT_LIMITS;
  assert.equal(bodyTimeoutMs, WEBHOOK_TIMEOUT_MS);
  for (const timeoutMs of [idleTimeoutMs, handshakeTimeoutMs, closeTimeoutMs]) {
    assert.ok(timeoutMs > 0 && timeoutMs <= WEBHOOK_TIMEOUT_MS / 2);
  }
});

test("a client may be silent for as long as the longest webhook call lasts while it waits for its response", () => {
  assert.ok(DEFAULT_LIMITS.callTimeoutMs >= WEBHOOK_TIMEOUT_MS);
});
