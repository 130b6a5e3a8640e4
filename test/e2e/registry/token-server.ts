/**
 * A token server as registries name them: it signs what a user may do with a key that the registry trusts.
 * @see https://distribution.github.io/distribution/spec/auth/jwt/
 */
import { createPrivateKey, randomUUID, sign, X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import type { MadeCertificate } from "../../../src/certificates/issue.ts";
import { listenOn } from "../../listen-on.ts";

/** A user: the password, and the prefix of the repositories that may be pulled from and pushed to; null: none. */
export interface RegistryUser {
  readonly password: string;
  readonly repositories: string | null;
}

/** A running token server. */
export interface TokenServer {
  /** As the registry names it. */
  readonly realm: string;
  /** Requests so far, as `METHOD user`; the user is empty for none. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/** What the registry calls itself, and the token server. */
export const SERVICE = "registry.example";
export const ISSUER = "tokens.example";

/** Starts one on this machine, which ends with the test. @param takesForms whether a login may come in a form, as OAuth 2 has it */
export async function startTokenServer(
  t: TestContext,
  certificate: MadeCertificate,
  users: Readonly<Record<string, RegistryUser>>,
  takesForms: boolean,
): Promise<TokenServer> {
  const requests: string[] = [];
  const server = createServer({ cert: certificate.cert, key: certificate.key }, async (request, response) => {
    const { username, password, scopes } = await readLogin(request);
    requests.push(`${request.method} ${username}`);
    const user = Object.hasOwn(users, username) ? users[username] : undefined;
    const isForm = request.method === "POST";
    if (isForm && !takesForms) {
      response.writeHead(405).end();
    } else if (user === undefined || user.password !== password) {
      response.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify({ details: "wrong" }));
    } else {
      const token = signToken(username, accessOf(user, scopes), certificate);
      const body = isForm ? { access_token: token } : { token };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    }
  });
  const port = await listenOn(server);
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  t.after(stop);
  return { realm: `https://localhost:${port}/token`, requests, stop };
}

async function readLogin(
  request: IncomingMessage,
): Promise<Record<"username" | "password", string> & { scopes: string[] }> {
  const form = new URLSearchParams(await text(request));
  const query = new URL(request.url ?? "", "https://localhost").searchParams;
  const basic = Buffer.from(request.headers.authorization?.replace(/^Basic /, "") ?? "", "base64").toString();
  const [username = "", password = ""] = basic.split(":");
  return {
    username: form.get("username") ?? username,
    password: form.get("password") ?? password,
    scopes: form.get("scope")?.split(" ") ?? query.getAll("scope"),
  };
}

/** What is asked for and may be done. */
function accessOf({ repositories }: RegistryUser, scopes: readonly string[]): readonly object[] {
  return scopes.flatMap((scope) => {
    const [type, name = "", actions = ""] = scope.split(":");
    const mayUse = repositories !== null && name.startsWith(repositories);
    return mayUse ? [{ type, name, actions: actions.split(",") }] : [];
  });
}

/** The token of a user; exported for the one that pushes. */
export function signToken(sub: string, access: readonly object[], { cert, key }: MadeCertificate): string {
  const now = Math.floor(Date.now() / 1_000);
  const der = new X509Certificate(cert).raw.toString("base64");
  const header = { typ: "JWT", alg: "ES256", x5c: [der] };
  const claims = { iss: ISSUER, sub, aud: SERVICE, exp: now + 300, nbf: now - 10, iat: now, jti: randomUUID(), access };
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const signed = `${encode(header)}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(signed), { key: createPrivateKey(key), dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}
