/** Tokens of ServiceAccounts: from the TokenRequest API, or, for lifetimes that it refuses, signed here by the same key. */
import { type KeyObject, sign } from "node:crypto";
import type { ApiClient } from "./api-client.ts";

/** The issuer and only audience of all tokens of a control plane. */
export const tokenIssuer = "https://kubernetes.default.svc";

/** The shortest lifetime that TokenRequest grants (API validation: "may not specify a duration less than 10 minutes"). */
const shortestRequestSeconds = 600;

/** How long past its expiry the API server accepts a token: the clock leeway of go-jose (jwt.DefaultLeeway). */
const leewaySeconds = 60;

/** Whose token, and for how long. */
export interface TokenOptions {
  readonly namespace: string;
  readonly name: string;
  /**
   * Below 600 the token is signed here, so that it is refused after that time: its expiry stands a minute earlier, as the API
   * server allows for clocks that differ. An accepted token is remembered for 10 s, and can live on for as long.
   */
  readonly expirationSeconds: number;
}

/** A bearer token of an existing ServiceAccount. @throws Error when there is no such ServiceAccount */
export async function requestToken(
  api: ApiClient,
  key: KeyObject,
  { namespace, name, expirationSeconds }: TokenOptions,
): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`;
  if (expirationSeconds >= shortestRequestSeconds) {
    const body = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds },
    };
    return (await api.expect<{ status: { token: string } }>("POST", `${path}/token`, body)).status.token;
  }
  const { uid } = (await api.expect("GET", path)).metadata;
  return signToken(key, { namespace, name, uid, expirationSeconds });
}

interface Claims extends TokenOptions {
  readonly uid: string;
}

/** The claims that the API server demands of a token: kubernetes pkg/serviceaccount/claims.go. */
function signToken(key: KeyObject, claims: Claims): string {
  const now = Math.floor(Date.now() / 1_000);
  const payload = {
    iss: tokenIssuer,
    aud: [tokenIssuer],
    sub: `system:serviceaccount:${claims.namespace}:${claims.name}`,
    iat: now,
    nbf: now,
    exp: now + claims.expirationSeconds - leewaySeconds,
    "kubernetes.io": {
      namespace: claims.namespace,
      serviceaccount: { name: claims.name, uid: claims.uid },
    },
  };
  const signed = `${encode({ alg: "ES256", typ: "JWT" })}.${encode(payload)}`;
  const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
