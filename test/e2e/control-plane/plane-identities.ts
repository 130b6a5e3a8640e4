/** The secrets of one control plane, made for it alone: static users with their tokens, and the ServiceAccount signing key. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A user that the API server knows by a static token. */
export interface StaticUser {
  readonly name: string;
  readonly groups?: readonly string[];
}

/** The issuer and only audience of all tokens of ServiceAccounts. */
const ISSUER = "https://kubernetes.default.svc";
/** How long past its expiry the API server accepts a token: the clock leeway of go-jose (jwt.DefaultLeeway). */
const LEEWAY_SECONDS = 60;

export const ADMIN = "pullring-test-admin";
export const CONTROLLER_MANAGER = "system:kube-controller-manager";

/** What was made. */
export interface PlaneIdentities {
  /** Token of each static user, by name. */
  readonly tokens: ReadonlyMap<string, string>;
  readonly serviceAccountKey: KeyObject;
  readonly apiServerFlags: readonly string[];
}

/** Makes tokens and keys, and writes their files into `directory` (which only its owner can read). */
export function createIdentities(directory: string, users: readonly StaticUser[]): PlaneIdentities {
  const all = [{ name: ADMIN, groups: ["system:masters"] }, { name: CONTROLLER_MANAGER }, ...users];
  const tokens = new Map(all.map(({ name }) => [name, randomBytes(24).toString("base64url")]));
  const lines = all.map(
    ({ name, groups = [] }: StaticUser) => `${tokens.get(name)},${name},${name},"${groups.join()}"\n`,
  );
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const write = (name: string, content: string | Buffer): string => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };
  const apiServerFlags = [
    `--token-auth-file=${write("tokens.csv", lines.join(""))}`,
    `--service-account-issuer=${ISSUER}`,
    `--service-account-key-file=${write("sa.pub", publicKey.export({ type: "spki", format: "pem" }))}`,
    `--service-account-signing-key-file=${write("sa.key", privateKey.export({ type: "sec1", format: "pem" }))}`,
  ];
  return { tokens, serviceAccountKey: privateKey, apiServerFlags };
}

/** Whose token, and for how long. */
export interface TokenOptions {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /**
   * The token is refused after that time: its expiry stands a minute earlier, as the API server allows for clocks that differ.
   * An accepted token is remembered for 10 s, and can live on for as long.
   */
  readonly expirationSeconds: number;
}

/** A token of a ServiceAccount, with the claims that kubernetes pkg/serviceaccount/claims.go demands. */
export function signToken(key: KeyObject, { namespace, name, uid, expirationSeconds }: TokenOptions): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    iss: ISSUER,
    aud: [ISSUER],
    sub: `system:serviceaccount:${namespace}:${name}`,
    iat: now,
    nbf: now,
    exp: now + expirationSeconds - LEEWAY_SECONDS,
    "kubernetes.io": { namespace, serviceaccount: { name, uid } },
  };
  const parts = [{ alg: "ES256", typ: "JWT" }, claims];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}
