/** Connections to the API server, directly and through the proxies that a kubeconfig can name; each proxy really passes bytes on. */
import assert from "node:assert/strict";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import { connect, createServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { inspect } from "node:util";
import { listenOn } from "../../listen-on.ts";
import { certificate, connectTo, hasCode, startServer } from "../raw-server.ts";
import { until } from "../testbed.ts";

/** A proxy and what it was asked for. */
interface Proxy {
  readonly server: Server;
  readonly asked: string[];
}

function passOn(client: Socket, port: number, greeting: string | Buffer): void {
  const upstream = connect(port, "127.0.0.1", () => {
    client.write(greeting);
    client.pipe(upstream).pipe(client);
  });
  const end = (): void => {
    client.destroy();
    upstream.destroy();
  };
  client.on("error", end).on("close", end);
  upstream.on("error", end).on("close", end);
}

function httpProxy({ status = 200, tls }: { status?: number; tls?: ServerOptions } = {}): Proxy {
  const asked: string[] = [];
  const server = tls === undefined ? createHttpServer() : createHttpsServer(tls);
  server.on("connect", ({ url = "", headers }, client: Socket) => {
    const basic = headers["proxy-authorization"]?.replace("Basic ", "") ?? "";
    asked.push(`${url.replace(/:\d+$/, "")} as ${Buffer.from(basic, "base64")}`);
    if (status === 200) {
      passOn(client, Number(url.split(":").at(-1)), "HTTP/1.1 200 Connected\r\n\r\n");
    } else {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    }
  });
  return { server, asked };
}

/** SOCKS 5 without authentication. @see https://www.rfc-editor.org/rfc/rfc1928 */
function socksProxy(): Proxy {
  const asked: string[] = [];
  const server = createServer((client) => {
    client.once("data", () => {
      client.write(Buffer.from([5, 0]));
      client.once("data", (request: Buffer) => {
        const isName = request[3] === 3;
        const host = isName ? request.toString("latin1", 5, request.length - 2) : request.subarray(4, 8).join(".");
        asked.push(host);
        const granted = Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]);
        passOn(client, request.readUInt16BE(request.length - 2), granted);
      });
    });
  });
  return { server, asked };
}

const { cert, key } = await certificate;

/** Listens until the test ends and gives the port. */
async function listenFor(t: TestContext, server: Server): Promise<number> {
  t.after(() => server.close());
  return listenOn(server);
}

const fine: RequestListener = (_, response) => response.end("fine");

for (const [title, proxy, scheme, isPlain, expected] of [
  ["an HTTP proxy", httpProxy(), "http://somebody:p%40ss@", false, "127.0.0.1 as somebody:p@ss"],
  ["an HTTP proxy, in plain HTTP", httpProxy(), "http://", true, "127.0.0.1 as "],
  ["an HTTPS proxy", httpProxy({ tls: { cert, key } }), "https://", false, "127.0.0.1 as "],
  ["a SOCKS proxy", socksProxy(), "socks5://", false, "127.0.0.1"],
  ["a SOCKS proxy, in plain HTTP", socksProxy(), "socks5h://", true, "127.0.0.1"],
] as const) {
  test(`reaches the API server through ${title}, and keeps the connection`, async (t) => {
    const proxyUrl = `${scheme}127.0.0.1:${await listenFor(t, proxy.server)}`;
    const { server, send } = await startServer(t, fine, { proxyUrl, isPlain });
    assert.equal(await text(await send()), "fine");
    assert.equal(await text(await send()), "fine");
    assert.deepEqual([proxy.asked, server.accepted], [[expected], 1]);
  });
}

test("leaves it to a SOCKS proxy to find the address of a name", async (t) => {
  const { server: proxy, asked } = socksProxy();
  const proxyUrl = `socks5://127.0.0.1:${await listenFor(t, proxy)}`;
  const server = `http://only-the-proxy-knows.invalid:${await listenFor(t, createHttpServer(fine))}`;
  const { send } = connectTo(t, { server, proxyUrl, skipTLSVerify: true });
  assert.equal(await text(await send()), "fine");
  assert.deepEqual(asked, ["only-the-proxy-knows.invalid"]);
});

test("checks the certificate of the API server through a proxy as well", async (t) => {
  const { server } = await startServer(t, fine);
  const proxyUrl = `http://127.0.0.1:${await listenFor(t, httpProxy().server)}`;
  const { send } = connectTo(t, { server: server.url, proxyUrl });
  await assert.rejects(send(), hasCode("UNABLE_TO_VERIFY_LEAF_SIGNATURE"));
});

/** No server has it: a request gets no further than to the proxy. */
const BEHIND_PROXY = "https://192.0.2.1";

test("asks nothing of an HTTPS proxy whose certificate is not to be trusted", async (t) => {
  const { server: proxy, asked } = httpProxy({ tls: { cert, key } });
  const proxyUrl = `https://127.0.0.1:${await listenFor(t, proxy)}`;
  const { send } = connectTo(t, { server: BEHIND_PROXY, proxyUrl });
  await assert.rejects(send(), hasCode("UNABLE_TO_VERIFY_LEAF_SIGNATURE"));
  assert.deepEqual(asked, []);
});

test("names a proxy that makes no connection for us, and takes its answer for none of the API server", async (t) => {
  const proxyUrl = `http://somebody:p%40ss@127.0.0.1:${await listenFor(t, httpProxy({ status: 404 }).server)}`;
  const { send } = connectTo(t, { server: BEHIND_PROXY, proxyUrl });
  await assert.rejects(send(), (error: Error) => {
    assert.doesNotMatch(inspect(error, { depth: null, showHidden: true }), /p@ss|p%40ss|cEBzcw/);
    return hasCode("ERR_PROXY_REFUSED")(error);
  });
});

for (const peer of ["a proxy", "an API server"]) {
  test(`ends a connection to ${peer} that is silent, long before the request is to be answered`, async (t) => {
    let closed = 0;
    const mute = createServer((socket) => {
      socket.resume().on("error", () => undefined);
      socket.on("close", () => closed++);
    });
    const address = `127.0.0.1:${await listenFor(t, mute)}`;
    const cluster =
      peer === "a proxy" ? { server: BEHIND_PROXY, proxyUrl: `http://${address}` } : { server: `https://${address}` };
    const { send } = connectTo(t, cluster, { connectTimeoutMs: 50 });
    const sentAt = performance.now();
    await assert.rejects(send(), hasCode("ETIMEDOUT"));
    assert.ok(performance.now() - sentAt < 10_000);
    await until(() => closed === 1);
  });
}

test("closes a connection that has been idle for long enough", async (t) => {
  const { server, send } = await startServer(t, fine, { maxIdleMs: 50 });
  await text(await send());
  await until(() => server.sockets.size === 0);
});
