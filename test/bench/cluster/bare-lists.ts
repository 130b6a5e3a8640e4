/** The lists that pullring makes when it starts, by a client that throws the bytes away: what no reader of them can beat. */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { CREDENTIAL_TYPES } from "../../../src/core/kubelet/credential.ts";
import type { LoadedCluster } from "./loaded-cluster.ts";

/** Time and size of one run. */
export interface BareLists {
  readonly ms: number;
  readonly bytes: number;
}

/** The metadata of a list stand in front of its items; the token is some hundred characters. */
const HEAD_BYTES = 8192;

/** Reads all pages of the three lists at the same time. */
export async function readBareLists({ plane, identity }: LoadedCluster): Promise<BareLists> {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(plane.caFile) });
  const authorization = `Bearer ${readFileSync(identity.tokenFile, "utf8")}`;
  const lists = [
    ...[...CREDENTIAL_TYPES.keys()].map(
      (type) => `secrets?fieldSelector=${encodeURIComponent(`type=${type}`)}&`,
    ),
    "serviceaccounts?",
  ];
  const startedAt = performance.now();
  let bytes = 0;
  await Promise.all(
    lists.map(async (list) => {
      let token: string | undefined = "";
      while (token !== undefined) {
        const url: URL = new URL(`/api/v1/${list}limit=500&continue=${encodeURIComponent(token)}`, plane.url);
        const page: Page = await readPage(url, agent, authorization);
        bytes += page.bytes;
        token = page.token;
      }
    }),
  );
  agent.destroy();
  return { ms: performance.now() - startedAt, bytes };
}

interface Page {
  readonly bytes: number;
  readonly token: string | undefined;
}

function readPage(url: URL, agent: Agent, authorization: string): Promise<Page> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { agent, headers: { authorization, accept: "application/json" } },
      (answer) => {
        let head = "";
        let bytes = 0;
        answer.on("data", (chunk: Buffer) => {
          if (head.length < HEAD_BYTES) {
            head += chunk.toString("latin1", 0, HEAD_BYTES);
          }
          bytes += chunk.length;
        });
        answer.once("error", reject);
        answer.once("end", () => {
          if (answer.statusCode === 200) {
            resolve({ bytes, token: /"continue":"([^"]+)"/.exec(head)?.[1] });
          } else {
            reject(new Error(`status ${answer.statusCode} for a list`));
          }
        });
      },
    );
    outgoing.once("error", reject);
    outgoing.end();
  });
}
