/** The secrets of one control plane, made for it alone: static users with their tokens, and the ServiceAccount signing key. */
import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A user that the API server knows by a static token. */
export interface StaticUser {
  readonly name: string;
  readonly groups?: readonly string[];
}

/** Paths and values that the processes are started with. */
export interface PlaneIdentities {
  /** Token of a member of `system:masters`. */
  readonly adminToken: string;
  readonly controllerManagerToken: string;
  /** Token of each static user, by name. */
  readonly userTokens: ReadonlyMap<string, string>;
  /** CSV file for `--token-auth-file`. */
  readonly tokenFile: string;
  /** P-256 key that signs ServiceAccount tokens; PEM files of both halves. */
  readonly serviceAccountKey: KeyObject;
  readonly serviceAccountKeyFile: string;
  readonly serviceAccountPublicKeyFile: string;
}

/** Makes tokens and keys, and writes their files into `directory` (which only its owner can read). */
export function createIdentities(directory: string, users: readonly StaticUser[]): PlaneIdentities {
  const admin = { name: "pullring-test-admin", groups: ["system:masters"] };
  const controllerManager = { name: "system:kube-controller-manager" };
  const tokens = new Map([admin, controllerManager, ...users].map((user) => [user.name, newToken()]));
  const tokenOf = (user: StaticUser): string => tokens.get(user.name) ?? "";
  const line = (user: StaticUser): string =>
    `${tokenOf(user)},${user.name},${user.name},"${(user.groups ?? []).join(",")}"\n`;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const path = (name: string): string => join(directory, name);
  writeFileSync(path("tokens.csv"), [admin, controllerManager, ...users].map(line).join(""));
  writeFileSync(path("sa.key"), privateKey.export({ type: "sec1", format: "pem" }));
  writeFileSync(path("sa.pub"), publicKey.export({ type: "spki", format: "pem" }));
  return {
    adminToken: tokenOf(admin),
    controllerManagerToken: tokenOf(controllerManager),
    userTokens: tokens,
    tokenFile: path("tokens.csv"),
    serviceAccountKey: privateKey,
    serviceAccountKeyFile: path("sa.key"),
    serviceAccountPublicKeyFile: path("sa.pub"),
  };
}

function newToken(): string {
  return randomBytes(24).toString("base64url");
}
