/** Symbols in place of certificates, for the tables of decisions: their names tell the day when they were made. */
import type {
  Authority,
  CaCertificate,
  Leaf,
  TrustState,
} from "../../../src/certificates/managed/trust-state.ts";
import { DAY_MS, POLICY } from "./test-replica.ts";

/** An authority made at `day`, named by it. */
export function ca(day: number, isOurs = true): CaCertificate {
  const createdAtMs = day * DAY_MS;
  return {
    pem: `ca${day}`,
    fingerprint: `ca${day}`,
    createdAtMs,
    notBeforeMs: createdAtMs - 3_600_000,
    notAfterMs: createdAtMs + POLICY.caValidityMs,
    isOurs,
  };
}
export const authority = (day: number): Authority => ({ certificate: ca(day), key: `key${day}` });
/** A leaf made at `day` by the authority made at `issuer`. */
export function leaf(day: number, issuer: number): Leaf {
  const fingerprint = `leaf${day}of${issuer}`;
  const times = {
    notBeforeMs: day * DAY_MS - 3_600_000,
    notAfterMs: day * DAY_MS + POLICY.leafValidityMs,
  };
  return { cert: fingerprint, key: "key", fingerprint, issuer: `ca${issuer}`, ...times };
}
/** Signing authority, leaf and all trusted authorities. */
export const state = (
  signer: number,
  served: Leaf | undefined,
  ...trusted: readonly number[]
): TrustState => ({
  authority: authority(signer),
  leaf: served,
  trusted: trusted.map((day) => ca(day)),
});
