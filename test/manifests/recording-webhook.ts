/** A real HTTPS admission webhook beside pullring, or in its place: it remembers what was sent to it. */
import { once } from "node:events";
import { createServer } from "node:https";
import { json } from "node:stream/consumers";
import { makeServingCertificate } from "../e2e/webhook/serving-certificate.ts";
import { listenOn } from "../listen-on.ts";

/** The part of a request that identifies it. */
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

/**
 * Starts a recorder on a free port of 127.0.0.1.
 * @param directory for its certificate
 * @param patchOf the JSON patch that it answers with; default: none
 */
export async function startRecordingWebhook(
  directory: string,
  patchOf: (object: unknown) => readonly object[] = () => [],
): Promise<RecordingWebhook> {
  const { cert, key } = await makeServingCertificate(directory, "recorder");
  const requests: RecordedRequest[] = [];
  const server = createServer({ cert, key }, async (incoming, response) => {
    const review = await json(incoming).catch((error: unknown) => {
      if (incoming.complete) throw error;
    });
    // An API server that stops cuts the calls that it has begun.
    if (review === undefined) return;
    const { request } = review as { request: Omit<RecordedRequest, "path"> };
    // The API server appends its time limit as a query.
    const [path = ""] = (incoming.url ?? "").split("?");
    requests.push({ ...request, path });
    const patch = Buffer.from(JSON.stringify(patchOf(request.object))).toString("base64");
    const answer = { uid: request.uid, allowed: true, patchType: "JSONPatch", patch };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: answer }));
  });
  // The API server keeps idle connections for 90 s; closing them earlier would lose requests.
  server.keepAliveTimeout = 120_000;
  const port = await listenOn(server);
  return {
    url: `https://127.0.0.1:${port}`,
    caBundle: Buffer.from(cert).toString("base64"),
    requests,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
