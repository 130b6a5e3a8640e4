/** Makes what a plan asks for and verifies it as if it had come from the Secret. It stores nothing. */
import { AppError } from "../../core/app-error.ts";
import { formatBundle } from "../pem-bundle.ts";
import { type IssuedCertificate, issueAuthority, issueLeaf } from "./issue-certificate.ts";
import type { IssuePlan } from "./plan-issue.ts";
import type { RotationPolicy } from "./rotation-policy.ts";
import { decodeSecret, encodeSecret } from "./secret-format.ts";
import type { TrustState } from "./trust-state.ts";

/** Why and how something is made. */
export interface IssueOrder {
  readonly plan: IssuePlan;
  readonly policy: RotationPolicy;
  readonly dnsNames: readonly string[];
  readonly nowMs: number;
}

/**
 * The state that follows `state`; `state` itself when nothing is to be made.
 * @throws AppError ERR_CERTIFICATE when what was made does not verify
 */
export async function issueState(state: TrustState, order: IssueOrder): Promise<TrustState> {
  const { plan, policy, dnsNames, nowMs } = order;
  if (plan.authorityAtMs === undefined && !plan.leaf) {
    return state;
  }
  const data = { ...encodeSecret(state) };
  if (plan.authorityAtMs !== undefined) {
    const made = await issueAuthority(plan.authorityAtMs, policy.caValidityMs);
    data["ca.crt"] = made.cert + formatBundle(state.trusted);
    data["ca.key"] = made.key;
  }
  if (plan.leaf) {
    const authority = decodeSecret(data, dnsNames).authority ?? fail("authority");
    const issuer: IssuedCertificate = { cert: authority.certificate.pem, key: authority.key };
    const made = await issueLeaf({
      authority: issuer,
      authorityEndsAtMs: authority.certificate.notAfterMs,
      dnsNames,
      nowMs,
      validityMs: policy.leafValidityMs,
    });
    data["tls.crt"] = made.cert;
    data["tls.key"] = made.key;
  }
  const next = decodeSecret(data, dnsNames);
  if (next.authority === undefined || (next.leaf === undefined && (plan.leaf || state.leaf !== undefined))) {
    return fail("certificate");
  }
  return next;
}

function fail(what: string): never {
  throw new AppError("ERR_CERTIFICATE", `${what} that was just made does not verify`);
}
