/** The API client and the fake API server, for the objects that pullring writes. */
import type { TestContext } from "node:test";
import { type ApiClient, type ApiClientOptions, createApiClient } from "../../../src/cluster/api/api-client.ts";
import { loadClientConfig } from "../../../src/cluster/api/client-config.ts";
import type { FakeApiServer } from "../fake-api-server.ts";
import { makeTestbed } from "../testbed.ts";

/** @see startBed */
export interface OwnObjectBed {
  readonly server: FakeApiServer;
  readonly client: ApiClient;
  readonly kubeconfig: string;
  /** How many PUTs there were. */
  updates(): number;
  /** How often the configuration was read. */
  loads(): number;
}

/** Starts a server and a client of it, which end with the test. */
export async function startBed(t: TestContext, options: Partial<ApiClientOptions> = {}): Promise<OwnObjectBed> {
  const { server, kubeconfig, stop } = await makeTestbed();
  let loads = 0;
  const load = (): ReturnType<typeof loadClientConfig> => {
    loads += 1;
    return loadClientConfig({ kubeconfig });
  };
  const client = createApiClient({ load, userAgent: "pullring/1.2.3", maxConnections: 4, ...options });
  t.after(() => {
    client.close();
    return stop();
  });
  const updates = (): number => server.requests.filter(({ verb }) => verb === "update").length;
  return { server, client, kubeconfig, updates, loads: () => loads };
}
