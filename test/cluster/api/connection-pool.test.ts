/** Connections to the API server, directly and through the proxies that a kubeconfig can name; each proxy really passes bytes on. */
import assert from "node:assert/strict";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import { connect, createServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { inspect } from "node:util";
import { listenOn } from "../../listen-on.ts";
import { certificate, hasCode, withConnection, withServer } from "../raw-server.ts";
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

for (const [title, proxy, scheme, isPlain, expected] of [
  ["an HTTP proxy", httpProxy(), "http://somebody:p%40ss@", false, "127.0.0.1 as somebody:p@ss"],
  ["an HTTP proxy, in plain HTTP", httpProxy(), "http://", true, "127.0.0.1 as "],
  ["an HTTPS proxy", httpProxy({ tls: { cert, key } }), "https://", false, "127.0.0.1 as "],
  ["a SOCKS proxy", socksProxy(), "socks5://", false, "127.0.0.1"],
  ["a SOCKS proxy, in plain HTTP", socksProxy(), "socks5h://", true, "127.0.0.1"],
] as const) {
  test(`reaches the API server through ${title}, and keeps the connection`, async (t) => {
    t.after(() => proxy.server.close());
    const proxyUrl = `${scheme}127.0.0.1:${await listenOn(proxy.server)}`;
    await withServer(
      (_, response) => response.end("fine"),
      { proxyUrl, isPlain },
      async ({ server, send }) => {
        assert.equal(await text(await send()), "fine");
        assert.equal(await text(await send()), "fine");
        assert.deepEqual([proxy.asked, server.accepted], [[expected], 1]);
      },
    );
  });
}

test("leaves it to a SOCKS proxy to find the address of a name", async (t) => {
  const { server: proxy, asked } = socksProxy();
  t.after(() => proxy.close());
  const proxyUrl = `socks5://127.0.0.1:${await listenOn(proxy)}`;
  const behind = createHttpServer((_, response) => response.end("found"));
  const server = `http://only-the-proxy-knows.invalid:${await listenOn(behind)}`;
  await withConnection({ server, proxyUrl, skipTLSVerify: true }, async ({ send }) => {
    assert.equal(await text(await send()), "found");
  });
  assert.deepEqual(asked, ["only-the-proxy-knows.invalid"]);
  behind.close();
});

test("checks the certificate of the API server through a proxy as well", async (t) => {
  const { server: proxy } = httpProxy();
  t.after(() => proxy.close());
  const other = await listenOn(proxy);
  await withServer(
    () => undefined,
    {},
    async ({ server }) => {
      const cluster = { server: server.url, proxyUrl: `http://127.0.0.1:${other}` };
      await withConnection(cluster, async ({ send }) => {
        await assert.rejects(send(), hasCode("UNABLE_TO_VERIFY_LEAF_SIGNATURE"));
      });
    },
  );
});

test("asks nothing of an HTTPS proxy whose certificate is not to be trusted", async (t) => {
  const { server: proxy, asked } = httpProxy({ tls: { cert, key } });
  t.after(() => proxy.close());
  const proxyUrl = `https://127.0.0.1:${await listenOn(proxy)}`;
  await withConnection({ server: "https://192.0.2.1", proxyUrl }, async ({ send }) => {
    await assert.rejects(send(), hasCode("UNABLE_TO_VERIFY_LEAF_SIGNATURE"));
  });
  assert.deepEqual(asked, []);
});

test("names a proxy that makes no connection for us, and takes its answer for none of the API server", async (t) => {
  const { server: proxy } = httpProxy({ status: 404 });
  t.after(() => proxy.close());
  const proxyUrl = `http://somebody:p%40ss@127.0.0.1:${await listenOn(proxy)}`;
  await withConnection({ server: "https://192.0.2.1", proxyUrl }, async ({ send }) => {
    await assert.rejects(send(), (error: Error) => {
      assert.doesNotMatch(inspect(error, { depth: null, showHidden: true }), /p@ss|p%40ss|cEBzcw/);
      return hasCode("ERR_PROXY_REFUSED")(error);
    });
  });
});

test("ends the attempt at a proxy that is silent, with the connection to it", async (t) => {
  let closed = 0;
  const count = (): number => closed++;
  const proxy = createServer((socket) =>
    socket
      .resume()
      .on("error", () => undefined)
      .on("close", count),
  );
  t.after(() => proxy.close());
  const proxyUrl = `http://127.0.0.1:${await listenOn(proxy)}`;
  await withConnection(
    { server: "https://192.0.2.1", proxyUrl },
    async ({ send }) => {
      await assert.rejects(send(), hasCode("ETIMEDOUT"));
      await until(() => closed === 1);
    },
    { limits: { connectTimeoutMs: 50 } },
  );
});

test("ends a connection that is not ready in time, long before the request is to be answered", async (t) => {
  const mute = createServer((socket) => socket.on("error", () => undefined));
  t.after(() => mute.close());
  const server = `https://127.0.0.1:${await listenOn(mute)}`;
  await withConnection(
    { server },
    async ({ send }) => {
      const sentAt = performance.now();
      await assert.rejects(send({ idleTimeoutMs: 20_000 }), hasCode("ETIMEDOUT"));
      assert.ok(performance.now() - sentAt < 10_000);
    },
    { limits: { connectTimeoutMs: 50 } },
  );
});

test("closes a connection that has been idle for long enough", () =>
  withServer(
    (_, response) => response.end("fine"),
    { limits: { maxIdleMs: 50 } },
    async ({ server, send }) => {
      await text(await send());
      await until(() => server.sockets.size === 0);
    },
  ));

test("speaks plain HTTP where the kubeconfig says that this is meant", () =>
  withServer(
    (_, response) => response.end("plain"),
    { isPlain: true },
    async ({ send }) => {
      assert.equal(await text(await send()), "plain");
    },
  ));
