/** The webhook as it is usually written for Node: express with its JSON body parser, answering with res.json. */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import express from "express";

const [cert = "", key = ""] = process.argv.slice(2);

const app = express();
app.use(express.json({ limit: "8mb" }));
app.post("/mutate", (request, response) => {
  response.json({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid: request.body.request.uid, allowed: true },
  });
});
const server = createServer(
  { cert: readFileSync(cert), key: readFileSync(key), keepAliveTimeout: 120_000 },
  app,
);
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
