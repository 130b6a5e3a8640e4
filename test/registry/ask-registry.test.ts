import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { type TestContext, test } from "node:test";
import { makeLocalCertificate } from "../../src/certificates/issue.ts";
import { askRegistry } from "../../src/registry/ask-registry.ts";
import type { ExchangeOptions } from "../../src/registry/registry-exchange.ts";
import { listenOn } from "../listen-on.ts";

const PASSWORD = "correct-horse-7";
const LOGIN = { username: "ann", password: PASSWORD };
const BASIC = `Basic ${Buffer.from(`ann:${PASSWORD}`).toString("base64")}`;

/** A registry of one test, with all that it was sent. */
interface Scene {
  readonly host: string;
  /** Everything of each request that could hold a login. */
  readonly seen: string[];
}

const isReady = { environment: {}, userAgent: "pullring/test", ca: undefined };

/** Starts a server that answers in plain HTTP, as that of an insecure registry may. */
function start(t: TestContext, answer: Answer): Promise<Scene> {
  return startAt("127.0.0.1", t, answer);
}

async function startAt(address: string, t: TestContext, answer: Answer): Promise<Scene> {
  const seen: string[] = [];
  const server = createServer(collect(seen, answer));
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  t.after(() => server.close().closeAllConnections());
  return { host: `${address}:${(server.address() as AddressInfo).port}`, seen };
}

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

function collect(
  seen: string[],
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): RequestListener {
  return (request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? ""} ${body}`);
      answer(request, response, body);
    });
  };
}

const ask = ({ host }: Scene, login: typeof LOGIN | null = LOGIN, more: Partial<ExchangeOptions> = {}) =>
  askRegistry({ host, path: "acme/web", reference: "1" }, login ?? undefined, {
    ...isReady,
    insecureHosts: new Set([host]),
    ...more,
  });

const demand = (response: ServerResponse, header: string): void => {
  response.writeHead(401, { "www-authenticate": header }).end();
};

/** Answers the right login, and the others with 401. */
const basicRegistry =
  (then: (response: ServerResponse, request: IncomingMessage) => void) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    if (request.headers.authorization === BASIC) then(response, request);
    else demand(response, 'Basic realm="registry"');
  };

test("gives the outcome of a login with Basic", async (t) => {
  const scene = await start(
    t,
    basicRegistry((response) => response.writeHead(200).end()),
  );
  assert.deepEqual(await ask(scene), { code: "pulls" });
  assert.equal(scene.seen[0], "HEAD /v2/acme/web/manifests/1  ", "nothing is sent before it is asked for");
  assert.deepEqual(await ask(scene, { ...LOGIN, password: "no" }), { code: "refused" });
  assert.deepEqual(await ask(scene, null), { code: "login-required" });
  assert.deepEqual(
    await ask(scene, { username: "", password: PASSWORD }),
    { code: "login-required" },
    "as containerd has it",
  );
});

for (const [status, body, code] of [
  [403, "", "no-right"],
  [404, '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}', "no-such-tag"],
  [404, '{"errors":[{"code":"NAME_UNKNOWN"}]}', "no-such-repository"],
  [429, "", "rate-limited"],
  [500, "", "server-error"],
] as const) {
  test(`status ${status} ${body} after a login is ${code}`, async (t) => {
    const scene = await start(
      t,
      basicRegistry((response) => response.writeHead(status).end(body)),
    );
    assert.equal((await ask(scene)).code, code);
  });
}

test("a login that is good for /v2/ and not for the repository has no right to it", async (t) => {
  const scene = await start(
    t,
    basicRegistry((response, { url }) => {
      if (url === "/v2/") response.writeHead(200).end();
      else demand(response, 'Basic realm="registry"');
    }),
  );
  assert.deepEqual(await ask(scene), { code: "no-right" });
});

/** A registry that is its own token server. */
function tokenRegistry(token: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  return (request: IncomingMessage, response: ServerResponse, body: string): void => {
    if (request.url?.startsWith("/token") === true) token(request, response, body);
    else if (request.headers.authorization === "Bearer good") response.writeHead(200).end();
    else
      demand(
        response,
        `Bearer realm="http://${request.headers.host}/token",service="reg",scope="repository:acme/web:pull"`,
      );
  };
}

test("gets a token with a form, as containerd does, and with a header where no form is taken", async (t) => {
  const form = await start(
    t,
    tokenRegistry((_, response, body) => {
      const fields = new URLSearchParams(body);
      const isRight = fields.get("password") === PASSWORD && fields.get("scope") === "repository:acme/web:pull";
      response.writeHead(isRight ? 200 : 401).end(JSON.stringify({ access_token: isRight ? "good" : undefined }));
    }),
  );
  assert.deepEqual(await ask(form), { code: "pulls" });
  const header = await start(
    t,
    tokenRegistry(({ method, headers }, response) => {
      if (method === "POST") response.writeHead(405).end();
      else response.writeHead(headers.authorization === BASIC ? 200 : 401).end(JSON.stringify({ token: "good" }));
    }),
  );
  assert.deepEqual(await ask(header), { code: "pulls" });
  assert.ok(header.seen.some((line) => line.startsWith("GET /token?service=reg&scope=repository%3Aacme%2Fweb%3Apull")));
  assert.deepEqual(await ask(header, { ...LOGIN, password: "no" }), { code: "refused" });
});

test("a token that the registry does not take ends at once", async (t) => {
  const scene = await start(
    t,
    tokenRegistry((_, response) => response.end('{"token":"bad"}')),
  );
  assert.deepEqual(await ask(scene), { code: "no-right" });
  assert.deepEqual(await ask(scene, null), { code: "login-required" });
  assert.equal(scene.seen.length, 6);
});

for (const [what, body, how] of [
  ["no token", "{}", "no-token"],
  ["no JSON", "<html>", "no-token"],
  ["a token with a newline", '{"token":"a\\nb"}', "no-token"],
  ["an endless body", "x".repeat(300_000), "too-long"],
] as const) {
  test(`a token server that gives ${what} is told nothing more`, async (t) => {
    const scene = await start(
      t,
      tokenRegistry((_, response) => response.end(body)),
    );
    assert.deepEqual(await ask(scene), { code: "misbehaves", how, host: scene.host });
  });
}

test("a redirect to another host has no login with it, and the login is not made there", async (t) => {
  const other = await start(t, (_, response) => demand(response, 'Basic realm="other"'));
  const scene = await start(
    t,
    basicRegistry((response) => {
      response.writeHead(307, { location: `http://${other.host}/there` }).end();
    }),
  );
  assert.deepEqual(await ask(scene), { code: "misbehaves", how: "login-elsewhere", host: other.host });
  assert.deepEqual(other.seen, ["HEAD /there  "]);
  const before = await start(t, (_, response) => response.writeHead(302, { location: `http://${other.host}/` }).end());
  assert.deepEqual(await ask(before), { code: "misbehaves", how: "login-elsewhere", host: other.host });
  assert.ok(!JSON.stringify(other.seen).includes("Basic"));
});

test("a redirect within the host keeps the login, and one to another host serves without", async (t) => {
  const other = await start(t, (_, response) => response.writeHead(200).end());
  const scene = await start(
    t,
    basicRegistry((response, { url }) => {
      const location = url === "/second" ? `http://${other.host}/blob` : "/second";
      response.writeHead(307, { location }).end();
    }),
  );
  assert.deepEqual(await ask(scene), { code: "pulls" });
  assert.ok(scene.seen.includes(`HEAD /second ${BASIC} `));
  assert.deepEqual(other.seen, ["HEAD /blob  "]);
});

test("a token server that redirects the form is not followed", async (t) => {
  const other = await start(t, (_, response) => response.end('{"token":"good"}'));
  const scene = await start(
    t,
    tokenRegistry((_, response) => {
      response.writeHead(307, { location: `http://${other.host}/token` }).end();
    }),
  );
  assert.deepEqual(await ask(scene), { code: "misbehaves", how: "login-elsewhere", host: other.host });
  assert.deepEqual(other.seen, []);
});

test("endless redirects end", async (t) => {
  const scene = await start(t, (_, response) => response.writeHead(302, { location: "/again" }).end());
  assert.deepEqual(await ask(scene), { code: "misbehaves", how: "too-many-redirects", host: scene.host });
  assert.equal(scene.seen.length, 11);
});

/** 127.0.0.2 stands for the internet here, and all else of the machine for itself. */
const reachOf: NonNullable<ExchangeOptions["reachOf"]> = (address) => (address === "127.0.0.2" ? 0 : 2);

for (const realm of [
  "http://127.0.0.1:PORT/token",
  "http://[::1]:PORT/token",
  "http://169.254.169.254/token",
  `http://${hostname()}:PORT/token`,
]) {
  test(`a realm or a redirect that points inwards to ${realm} gets nothing`, async (t) => {
    const inner = createServer((request) => assert.fail(`asked for ${request.url}`));
    await new Promise<void>((resolve) => inner.listen(0, "::", resolve));
    t.after(() => inner.close().closeAllConnections());
    const url = realm.replace("PORT", String((inner.address() as { port: number }).port));
    const { host } = new URL(url);
    const scene = await startAt("127.0.0.2", t, (_, response) => demand(response, `Bearer realm="${url}"`));
    assert.deepEqual(await ask(scene, LOGIN, { reachOf }), { code: "misbehaves", how: "points-inwards", host });
    const moved = await startAt("127.0.0.2", t, (_, response) => response.writeHead(302, { location: url }).end());
    assert.deepEqual(await ask(moved, LOGIN, { reachOf }), { code: "misbehaves", how: "points-inwards", host });
  });
}

test("401 for ever ends at once", async (t) => {
  const scene = await start(t, (_, response) => demand(response, 'Basic realm="registry"'));
  assert.deepEqual(await ask(scene), { code: "refused" });
  assert.equal(scene.seen.length, 3);
  const unknown = await start(t, (_, response) => demand(response, "Negotiate"));
  assert.deepEqual(await ask(unknown), { code: "misbehaves", how: "unknown-login", host: unknown.host });
  assert.equal(unknown.seen.length, 1);
});

test("huge headers end in a clear outcome", async (t) => {
  const scene = await start(t, (_, response) => response.writeHead(200, { "x-long": "x".repeat(100_000) }).end());
  assert.deepEqual(await ask(scene), { code: "misbehaves", how: "too-long", host: scene.host });
});

test("a registry that drips ends at the deadline", async (t) => {
  const timers: NodeJS.Timeout[] = [];
  t.after(() => timers.forEach(clearInterval));
  const scene = await start(
    t,
    tokenRegistry((_, response) => {
      timers.push(setInterval(() => response.write(" "), 50));
    }),
  );
  assert.deepEqual(await ask(scene), { code: "too-slow", host: scene.host });
});

test("nothing listens", async () => {
  const outcome = await ask({ host: "127.0.0.1:1", seen: [] });
  assert.deepEqual(outcome, { code: "unreachable", host: "127.0.0.1:1", reason: "ECONNREFUSED" });
  const nowhere = await ask({ host: "registry.invalid", seen: [] }, LOGIN, { insecureHosts: new Set() });
  assert.equal(nowhere.code, "unreachable");
});

test("TLS is the rule: a certificate that is not trusted gets nothing, its CA or --insecure-registry does", async (t) => {
  const leaf = await makeLocalCertificate(Date.now());
  const seen: string[] = [];
  const server = createSecureServer(
    { cert: leaf.cert, key: leaf.key },
    collect(
      seen,
      basicRegistry((response) => response.writeHead(200).end()),
    ),
  );
  t.after(() => server.close().closeAllConnections());
  const scene = { host: `localhost:${await listenOn(server)}`, seen };
  const secure = { insecureHosts: new Set<string>() };
  const refused = await ask(scene, LOGIN, secure);
  assert.equal(refused.code, "untrusted");
  assert.deepEqual(seen, []);
  assert.deepEqual(await ask(scene, LOGIN, { ...secure, ca: leaf.caCert }), { code: "pulls" });
  assert.deepEqual(await ask(scene), { code: "pulls" });
});

test("a realm without TLS of a registry with TLS gets nothing", async (t) => {
  const plain = await start(t, (_, response) => response.end('{"token":"good"}'));
  const leaf = await makeLocalCertificate(Date.now());
  const server = createSecureServer({ cert: leaf.cert, key: leaf.key }, (_, response) =>
    demand(response, `Bearer realm="http://${plain.host}/token"`),
  );
  t.after(() => server.close().closeAllConnections());
  const scene = { host: `localhost:${await listenOn(server)}`, seen: [] };
  const outcome = await ask(scene, LOGIN, { insecureHosts: new Set(), ca: leaf.caCert });
  assert.deepEqual(outcome, { code: "misbehaves", how: "points-to-http", host: plain.host });
  assert.deepEqual(plain.seen, []);
});
