/** Asks a running pullring, as an API server would, which credentials it adds for an image in a namespace. */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import type { PullringProcess } from "../../e2e/webhook/pullring-process.ts";

/** @see createReviewClient */
export interface ReviewClient {
  /** Names that the answer adds to the list of a Pod with that image. @throws when there is no answer with status 200 */
  added(namespace: string, image: string): Promise<readonly string[]>;
  close(): void;
}

/** Makes a client with a few connections that stay open. */
export function createReviewClient({ url, caFile }: PullringProcess): ReviewClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 16, ca: readFileSync(caFile) });
  return {
    added: async (namespace, image) => namesIn(await post(url, agent, reviewOf(namespace, image))),
    close: () => agent.destroy(),
  };
}

function reviewOf(namespace: string, image: string): object {
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "asked", namespace },
    spec: { containers: [{ name: "main", image }], serviceAccountName: "default" },
  };
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "00000000-0000-4000-8000-000000000000",
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      namespace,
      operation: "CREATE",
      object,
    },
  };
}

function post(url: string, agent: Agent, review: object): Promise<Answer> {
  const body = JSON.stringify(review);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: "POST", agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.once("error", reject);
      answer.once("end", () => {
        if (answer.statusCode === 200) {
          resolve(JSON.parse(Buffer.concat(chunks).toString()) as Answer);
        } else {
          reject(new Error(`status ${answer.statusCode} for a review`));
        }
      });
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

interface Answer {
  readonly response: { readonly patch?: string };
}

/** Names in the operations of a patch: a whole list is added, or one entry at a time. */
function namesIn({ response }: Answer): readonly string[] {
  if (response.patch === undefined) {
    return [];
  }
  const operations = JSON.parse(Buffer.from(response.patch, "base64").toString()) as readonly {
    readonly path: string;
    readonly value: unknown;
  }[];
  return operations
    .filter(({ path }) => path.startsWith("/spec/imagePullSecrets"))
    .flatMap(({ value }) => (Array.isArray(value) ? value : [value]) as readonly { readonly name: string }[])
    .map(({ name }) => name);
}
