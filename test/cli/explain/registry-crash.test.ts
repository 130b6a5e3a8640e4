/** However `--try` ends, in an error that nobody foresaw as well, no login comes out. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { podManifest } from "../../files/secret-manifest.ts";
import { makeDirectory } from "../../files/temporary-directory.ts";
import { listenOn } from "../../listen-on.ts";
import { runPullring } from "../run-pullring.ts";

const PASSWORD = "planted-Pw-77-radioactive";
const LOGIN = Buffer.from(`ann:${PASSWORD}`).toString("base64");

/** What goes wrong within Node once a login is about to be sent; the error quotes it, as that of a library might. */
const CRASHES = {
  "a request throws": "throw new Error(said)",
  "an error is thrown later, from a timer": "setTimeout(() => { throw new Error(said) }); return request",
  "a promise is rejected, and nobody waits for it": "Promise.reject(new Error(said)); return request",
  "the request emits an error": "setImmediate(() => request.destroy(new Error(said))); return request",
  "something throws what is no error": "setTimeout(() => { throw said }); return request",
};

/** The crash, as a module that Node loads first. */
function preloadOf(crash: string): string {
  return `
    import http from "node:http";
    const start = http.request;
    http.request = (...args) => {
      const request = start(...args);
      const headers = args.find((arg) => arg?.headers)?.headers ?? {};
      const login = headers.authorization ?? headers.Authorization;
      if (login === undefined) return request;
      const said = "cannot send " + login + " ${PASSWORD}";
      console.error("crashes");
      ${crash};
    };
  `;
}

for (const [title, crash] of Object.entries(CRASHES)) {
  test(`when ${title}`, async (t) => {
    const directory = makeDirectory(t);
    const server = createServer((_, response) => {
      response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
    });
    t.after(() => server.close().closeAllConnections());
    const host = `127.0.0.1:${await listenOn(server)}`;
    const auths = { [host]: { username: "ann", password: PASSWORD } };
    const secret = {
      ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "reg", namespace: "default" } },
      ...{ type: "kubernetes.io/dockerconfigjson", stringData: { ".dockerconfigjson": JSON.stringify({ auths }) } },
    };
    const preload = join(directory, "crash.mjs");
    writeFileSync(preload, preloadOf(crash));
    writeFileSync(join(directory, "pod.json"), JSON.stringify(podManifest(["default", "web"], [`${host}/acme/web:1`])));
    writeFileSync(join(directory, "secret.json"), JSON.stringify(secret));
    const files = ["-f", join(directory, "pod.json"), "--credentials", join(directory, "secret.json")];
    const trial = ["--try", `--insecure-registry=${host}`];
    const { stdout, stderr } = await runPullring(["explain", ...files, ...trial], "", [`--import=${preload}`]);
    const said = stdout + stderr;
    assert.match(said, /crashes/);
    assert.match(said, /would not be pulled|internal error/);
    for (const piece of [PASSWORD, LOGIN, "radioactive"]) assert.ok(!said.includes(piece), said);
  });
}
