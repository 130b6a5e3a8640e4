/** A registry that is asked through a proxy: what the proxy sees, and what comes of one that does not do its work. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { issueLeaf, issueManagedCa } from "../../src/certificates/issue.ts";
import type { RegistryOutcome } from "../../src/core/verdicts/registry-outcome.ts";
import { askRegistry } from "../../src/registry/ask-registry.ts";
import { listenOn } from "../listen-on.ts";

const LOGIN = { username: "ann", password: "planted-Pw-5" };
const BASIC = `Basic ${Buffer.from("ann:planted-Pw-5").toString("base64")}`;
const DAY_MS = 86_400_000;

/** A registry that no name server knows, and a proxy that does. */
interface Scene {
  readonly ca: string;
  /** Logins that the registry was sent. */
  readonly logins: (string | undefined)[];
  /** What the proxy was sent, headers and all. */
  readonly asked: string[];
  readonly proxy: string;
}

type Proxying = (request: IncomingMessage, socket: Socket, registryPort: number) => void;

/** Lets the bytes through. */
const tunnel: Proxying = (_, socket, port) => {
  const there = connect(port, "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    there.pipe(socket).pipe(there);
  });
  there.on("error", () => socket.destroy());
  socket.on("error", () => there.destroy());
};

async function start(t: TestContext, proxying: Proxying): Promise<Scene> {
  const lifetime = { createdAtMs: Date.now(), endsAtMs: Date.now() + DAY_MS };
  const ca = await issueManagedCa(lifetime);
  const leaf = await issueLeaf(ca, ["registry.example"], lifetime);
  const logins: (string | undefined)[] = [];
  const registry = createSecureServer({ cert: leaf.cert, key: leaf.key }, ({ headers }, response) => {
    logins.push(headers.authorization);
    if (headers.authorization === BASIC) response.writeHead(200).end();
    else response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
  });
  const registryPort = await listenOn(registry);
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(502).end();
  });
  proxy.on("connect", (request, socket) => {
    asked.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    proxying(request, socket as Socket, registryPort);
  });
  const proxyPort = await listenOn(proxy);
  t.after(() => {
    for (const server of [registry, proxy]) server.close().closeAllConnections();
  });
  return { ca: ca.cert, logins, asked, proxy: `http://me:my-proxy-pw@127.0.0.1:${proxyPort}` };
}

function ask({ ca, proxy }: Scene, environment: Readonly<Record<string, string>> = {}): Promise<RegistryOutcome> {
  return askRegistry({ host: "registry.example", path: "acme/web", reference: "1" }, LOGIN, {
    ca,
    insecureHosts: new Set(),
    userAgent: "pullring/test",
    environment: { HTTPS_PROXY: proxy, ...environment },
  });
}

test("a registry is asked in a tunnel, and the proxy sees its name and none of its login", async (t) => {
  const scene = await start(t, tunnel);
  assert.deepEqual(await ask(scene), { code: "pulls" });
  assert.deepEqual(scene.logins, [undefined, BASIC]);
  assert.ok(scene.asked.every((line) => line.startsWith("CONNECT registry.example:443 ")));
  const proxyLogin = Buffer.from("me:my-proxy-pw").toString("base64");
  assert.ok(scene.asked.every((line) => line.includes(`"proxy-authorization":"Basic ${proxyLogin}"`)));
  assert.ok(!scene.asked.some((line) => line.includes(BASIC)));
});

test("a host of NO_PROXY is asked without it", async (t) => {
  const scene = await start(t, tunnel);
  const { code } = await ask(scene, { NO_PROXY: "registry.example" });
  assert.equal(code, "unreachable");
  assert.deepEqual(scene.asked, []);
});

for (const [title, proxying] of [
  ["wants another login", (_, socket) => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")],
  ["refuses the host", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno")],
  ["closes the connection", (_, socket) => socket.destroy()],
  ["speaks no HTTP", (_, socket) => socket.end("220 mail.example ESMTP\r\n")],
  ["says yes and is not there", (_, socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n")],
] satisfies readonly (readonly [string, Proxying])[]) {
  test(`through a proxy that ${title} nothing comes of it, and the registry gets nothing`, async (t) => {
    const scene = await start(t, proxying);
    const outcome = await ask(scene);
    assert.equal(outcome.code, "unreachable", JSON.stringify(outcome));
    assert.deepEqual(scene.logins, []);
    assert.doesNotMatch(JSON.stringify([outcome, scene.asked]), /planted|my-proxy-pw/);
  });
}

test("a certificate that is not trusted is not made good by a proxy", async (t) => {
  const scene = await start(t, tunnel);
  const outcome = await askRegistry({ host: "registry.example", path: "acme/web", reference: "1" }, LOGIN, {
    ca: undefined,
    insecureHosts: new Set(),
    userAgent: "pullring/test",
    environment: { HTTPS_PROXY: scene.proxy },
  });
  assert.equal(outcome.code, "untrusted");
  assert.deepEqual(scene.logins, []);
});
