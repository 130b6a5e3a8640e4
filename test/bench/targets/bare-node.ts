/**
 * The least webhook that Node can be: node:https reads a review, parses it and allows it. A third argument, a JSON patch, goes
 * into every answer as it is, if it is not empty; a fourth is CPU time to waste for each request, in microseconds.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

const [cert = "", key = "", patch = "", waste = "0"] = process.argv.slice(2);
const change = patch === "" ? {} : { patchType: "JSONPatch", patch: Buffer.from(patch).toString("base64") };
const wasteMs = Number(waste) / 1000;

function wasteTime(): void {
  const until = performance.now() + wasteMs;
  while (performance.now() < until) {
    // Nothing is what takes the time.
  }
}

const server = createServer(
  { cert: readFileSync(cert), key: readFileSync(key), keepAliveTimeout: 120_000 },
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { request: review } = JSON.parse(Buffer.concat(chunks).toString()) as {
        request: { uid: string };
      };
      if (wasteMs > 0) {
        wasteTime();
      }
      const body = JSON.stringify({
        apiVersion: "admission.k8s.io/v1",
        kind: "AdmissionReview",
        response: { uid: review.uid, allowed: true, ...change },
      });
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      });
      response.end(body);
    });
  },
);
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
