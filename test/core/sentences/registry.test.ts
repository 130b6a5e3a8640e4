import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOfLogin, verdictOfOutcome, verdictOfTrial } from "../../../src/core/sentences/registry.ts";
import type { RegistryOutcome, TrialVerdict } from "../../../src/core/verdicts/registry-outcome.ts";

const HOST = { host: "quay.io" } as const;
const OUTCOMES: readonly (readonly [RegistryOutcome, RegExp])[] = [
  [{ code: "pulls" }, /^the registry gives the image out$/],
  [{ code: "refused" }, /refuses user name and password as wrong. Fix: put the right/],
  [{ code: "expired", expiresAt: 951_782_400 }, /a token that ended 2000-02-29 00:00 UTC. Fix: put a new token/],
  [{ code: "no-right" }, /no right to this repository.*Fix: give the user the right to pull/],
  [{ code: "login-required" }, /without a login. Fix: make a Secret/],
  [{ code: "no-such-repository" }, /no repository of this name. Fix: correct the image/],
  [{ code: "no-such-tag" }, /no such tag or digest, or no such repository. Fix: correct the image/],
  [{ code: "rate-limited" }, /too many requests.*Fix: wait/],
  [{ code: "server-error", ...HOST, status: 502 }, /^"quay.io" answers with status 502/],
  [{ code: "unreachable", ...HOST, reason: "ENOTFOUND" }, /^"quay.io" cannot be reached from here \(ENOTFOUND\)/],
  [{ code: "untrusted", ...HOST, reason: "CERT_HAS_EXPIRED" }, /nothing was sent. Fix: name its CA with --registry-ca/],
  [{ code: "too-slow", ...HOST }, /no whole answer within 9 s/],
  [{ code: "misbehaves", how: "points-inwards", host: "10.0.0.1\n" }, /^"10.0.0.1\\n" is an address inside/],
];

for (const [outcome, expected] of OUTCOMES) {
  test(`${JSON.stringify(outcome)} has its sentence`, () => {
    const { sentence, remedy } = verdictOfOutcome(outcome);
    assert.match(remedy === null ? sentence : `${sentence}. Fix: ${remedy}`, expected);
  });
}

const VERDICTS: readonly (readonly [TrialVerdict, RegExp])[] = [
  [{ code: "would-pull", secret: "quay" }, /^it would be pulled with Secret "quay"$/],
  [{ code: "would-pull", secret: null }, /^it would be pulled without a login$/],
  [
    { code: "would-fail", secret: "quay", outcome: { code: "refused" } },
    /^it would not be pulled; with Secret "quay", the registry refuses/,
  ],
  [
    { code: "would-fail", secret: null, outcome: { code: "login-required" } },
    /^it would not be pulled; the registry does not give/,
  ],
  [{ code: "malformed-listed", secret: "bad" }, /^not asked: the kubelet pulls nothing.*"bad"/],
  [{ code: "not-an-image" }, /^not asked: this is no image reference$/],
  [{ code: "too-many", limit: 200 }, /^not asked: 200 questions at a time are enough for registries$/],
  [{ code: "not-read", secret: "quay" }, /^not asked: Secret "quay" cannot be read/],
];

for (const [verdict, expected] of VERDICTS) {
  test(`${JSON.stringify(verdict)} has its sentence`, () => {
    assert.match(verdictOfTrial(verdict).sentence, expected);
  });
}

test("a login is named by its Secret", () => {
  assert.equal(nameOfLogin("a"), 'with Secret "a"');
  assert.equal(nameOfLogin(null), "without a login");
});
