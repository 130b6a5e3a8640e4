/** A real HTTPS admission webhook that changes nothing and remembers what was sent to it: the witness of the selectors. */
import { once } from "node:events";
import { createServer } from "node:https";
import { makeLocalCertificate } from "../../src/certificates/issue.ts";
import { listenOn } from "../listen-on.ts";

/** The part of a request that tells which it was. */
export interface RecordedRequest {
  /** Path at which it arrived. */
  readonly path: string;
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly operation: string;
  readonly subResource?: string;
  readonly userInfo: { readonly username: string };
  readonly namespace: string;
  /** Of the request, or of the object as long as the API server has yet to generate it ("" then). */
  readonly name: string;
  readonly object: unknown;
}

/** A running recorder. */
export interface RecordingWebhook {
  /** `https://127.0.0.1:PORT`; every path answers. */
  readonly url: string;
  /** The CA of `url` as a webhook configuration has it, base64. */
  readonly caBundle: string;
  /** All requests so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Stops answering; connections are cut. */
  stop(): Promise<void>;
}

/** Starts a recorder on a free port of 127.0.0.1. */
export async function startRecordingWebhook(): Promise<RecordingWebhook> {
  const { caCert, cert, key } = await makeLocalCertificate(Date.now());
  const requests: RecordedRequest[] = [];
  const server = createServer({ cert, key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const review = JSON.parse(Buffer.concat(chunks).toString("utf8")) as {
      request: Omit<RecordedRequest, "path">;
    };
    // The API server appends its time limit as a query.
    const [path = ""] = (request.url ?? "").split("?");
    requests.push({ ...review.request, path });
    const answer = { uid: review.request.uid, allowed: true };
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: answer }),
    );
  });
  // The API server keeps idle connections for 90 s; closing them earlier would lose requests.
  server.keepAliveTimeout = 120_000;
  const port = await listenOn(server);
  return {
    url: `https://127.0.0.1:${port}`,
    caBundle: Buffer.from(caCert).toString("base64"),
    requests,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
