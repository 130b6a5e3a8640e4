/** Who is let in with --client-ca-file, over real TLS with real certificates. */
import assert from "node:assert/strict";
import { Agent } from "node:https";
import { type TestContext, test } from "node:test";
import { connect } from "node:tls";
import { makeLocalCertificate } from "../../src/certificates/issue.ts";
import type { RejectionReason } from "../../src/server/limits/rejection.ts";
import { type IssuedCertificate, issue, makeCa } from "./client-certificates.ts";
import { QUICK_REVIEW } from "./raw-connection.ts";
import { type Answer, linesOf, send, startBare, startFor, type TestServer } from "./running-server.ts";

const clientCa = await makeCa("clients");
const other = await makeCa("others");
const intermediate = await makeCa("between", { parent: clientCa });

interface Gated extends TestServer {
  /** Puts other CAs in force. */
  replaceCa(ca: string): void;
}

async function startGated(
  context: TestContext,
  { ca = clientCa.cert, allowedNames = [] as readonly string[] } = {},
): Promise<Gated> {
  let current = ca;
  const listeners: ((ca: string) => void)[] = [];
  const server = await startFor(context, {
    limits: { handshakeTimeoutMs: 300 },
    clients: { ca: { current: () => current, onChange: (listener) => listeners.push(listener) }, allowedNames },
  });
  const replaceCa = (next: string): void => {
    current = next;
    for (const listener of listeners) listener(next);
  };
  return { ...server, replaceCa };
}

async function callAs(context: TestContext, server: TestServer, client: Partial<IssuedCertificate>): Promise<Answer> {
  const agent = new Agent({ ca: server.ca, ...client });
  context.after(() => agent.destroy());
  return send(agent, server.server.address.port, { body: QUICK_REVIEW });
}

const expired = { notAfter: new Date(Date.now() - 1000) };

for (const [who, client, reason] of [
  ["no certificate", {}, "no-certificate"],
  ["one of another CA", await issue(other, "kube-apiserver"), "untrusted-certificate"],
  ["one that has ended", await issue(clientCa, "kube-apiserver", expired), "untrusted-certificate"],
  [
    "one for servers, as kubelets have of the same CA",
    await issue(clientCa, "kube-apiserver", { purpose: "server" }),
    "untrusted-certificate",
  ],
  ["another name", await issue(clientCa, "kube-scheduler"), "name-not-allowed"],
  ["a name that begins alike", await issue(clientCa, "kube-apiserver2"), "name-not-allowed"],
  ["a wildcard over the name", await issue(clientCa, "x", { dnsNames: ["*.example.org"] }), "name-not-allowed"],
] as readonly [string, Partial<IssuedCertificate>, RejectionReason][]) {
  test(`a client with ${who} is refused and told nothing of its review`, async (context) => {
    const server = await startGated(context, { allowedNames: ["kube-apiserver", "api.example.org"] });
    const answer = await callAs(context, server, client);
    assert.deepEqual([answer.status, answer.headers.connection], [reason === "no-certificate" ? 401 : 403, "close"]);
    assert.match(answer.text, /^.* client certificate .*\n$/);
    assert.deepEqual(server.rejections, [reason]);
    assert.equal(server.observed.length, 0);
    assert.equal(server.linesOf("Rejected a client").length, 1);
  });
}

for (const [who, client, allowedNames] of [
  ["any name when none is asked for", await issue(clientCa, "anybody"), []],
  ["the common name", await issue(clientCa, "kube-apiserver"), ["a", "kube-apiserver"]],
  ["a DNS name", await issue(clientCa, "x", { dnsNames: ["a.example", "api.example.org"] }), ["api.example.org"]],
  ["a CA below the root, which it need not show", await issue(intermediate, "a"), []],
] as const) {
  test(`a client with ${who} is answered`, async (context) => {
    const server = await startGated(context, { ca: `${intermediate.cert}${clientCa.cert}`, allowedNames });
    assert.equal((await callAs(context, server, client)).status, 200);
    assert.deepEqual(server.rejections, []);
  });
}

for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`a session of ${maxVersion} is never resumed: it would show no certificate`, async (context) => {
    const server = await startGated(context);
    const options = { ...server.server.address, ca: server.ca, servername: "localhost", maxVersion };
    const session = await new Promise<Buffer | undefined>((resolve, reject) => {
      let found: Buffer | undefined;
      const socket = connect(options, () => socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
      socket.on("session", (ticket) => {
        found = ticket;
      });
      socket.on("data", () => undefined);
      socket.on("error", reject).on("close", () => resolve(found ?? socket.getSession()));
    });
    const isReused = await new Promise<boolean>((resolve, reject) => {
      const socket = connect({ ...options, session }, () => {
        resolve(socket.isSessionReused());
        socket.destroy();
      });
      socket.on("error", reject);
    });
    assert.equal(isReused, false);
  });
}

test("certificates are demanded after a change of the served certificate as before", async (context) => {
  const [first, second] = [await makeLocalCertificate(Date.now()), await makeLocalCertificate(Date.now())];
  const ca = { current: () => clientCa.cert, onChange: () => undefined };
  const server = await startBare(context, { clients: { ca, allowedNames: [] } });
  server.publish(first);
  server.publish(second);
  const client = await issue(clientCa, "a");
  const statuses: number[] = [];
  for (const certificate of [client, {}, await issue(other, "a")]) {
    const agent = new Agent({ ca: second.caCert, ...certificate });
    statuses.push((await send(agent, server.address.port, { body: "{}" })).status);
    agent.destroy();
  }
  assert.deepEqual(statuses, [200, 401, 403]);
  assert.equal(linesOf(server.log(), "Changed the served certificate").length, 2);
});

test("a change of the CAs holds for new connections, and ends old ones after one more answer", async (context) => {
  const server = await startGated(context);
  const [old, next] = [await issue(clientCa, "a"), await issue(other, "a")];
  const agent = new Agent({ ca: server.ca, keepAlive: true, maxSockets: 1, ...old });
  context.after(() => agent.destroy());
  const { port } = server.server.address;
  assert.equal((await send(agent, port, { body: QUICK_REVIEW })).headers.connection, "keep-alive");
  server.replaceCa(other.cert);
  assert.equal((await callAs(context, server, next)).status, 200);
  assert.equal((await callAs(context, server, old)).status, 403);
  const last = await send(agent, port, { body: QUICK_REVIEW });
  assert.deepEqual([last.status, last.headers.connection], [200, "close"]);
  assert.equal((await send(agent, port, { body: QUICK_REVIEW })).status, 403);
});
