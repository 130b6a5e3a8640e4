/** Whether the webhook answers by now: what is evicted before that comes back as it went. */
import type { ApiReader } from "../../cluster/api/api-client.ts";
import type { HealingEvidence } from "../../core/healing/decision.ts";
import { arrayAt, isObject, type JsonObject, memberAt, memberOf, stringOf } from "../../core/json-value.ts";
import type { Clock } from "../../telemetry/clock.ts";
import { listItems } from "../object-access.ts";

/** kube-proxy learns of a new endpoint up to a second later; as minReadySeconds of the webhook. */
const SETTLE_MS = 3_000;
/** Times in `managedFields` are cut to seconds. */
const TIME_STEP_MS = 1_000;

const SLICE = {
  metadata: { uid: "value", resourceVersion: "value", managedFields: [{ time: "value" }] },
  endpoints: [{ conditions: { ready: "value" } }],
} as const;

/** Looks at the endpoints of the webhook's Service when it is asked. */
export class WebhookPresence {
  readonly #client: ApiReader;
  readonly #clock: Clock;
  /** The slices as they were seen last, and since when they are like that, by the clock's `elapsed`. */
  #seen: { readonly versions: string; readonly sinceMs: number } | undefined;
  /** Why the webhook does not answer; undefined when it does, or is about to. */
  problem: string | undefined;

  constructor(client: ApiReader, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /**
   * Whether the Service has a ready endpoint, and had it for a moment. One that is called by a URL counts as answering.
   * @throws ApiServerError when its endpoints cannot be read
   */
  async isAnswering({ webhooks }: Pick<HealingEvidence, "webhooks">): Promise<boolean> {
    const service = webhooks.map(({ clientConfig }) => memberOf(clientConfig, "service")).find(isObject);
    const [namespace, name] = [stringOf(service?.namespace), stringOf(service?.name)];
    if (namespace === undefined || name === undefined) return true;
    const slices = await listItems(
      this.#client,
      { group: "discovery.k8s.io", resource: "endpointslices", namespace },
      { labelSelector: `kubernetes.io/service-name=${name}`, item: SLICE, ruleNamespace: namespace },
    );
    const endpoints = slices.flatMap((slice) => arrayAt(slice, ["endpoints"]));
    // Missing counts as ready. @see k8s.io/api/discovery/v1 EndpointConditions
    const isReady = endpoints.some((endpoint) => memberAt(endpoint, ["conditions", "ready"]) !== false);
    this.problem = isReady ? undefined : `Service ${namespace}/${name} has no ready endpoint, so nothing is evicted`;
    return isReady && this.#clock.elapsed() - this.#unchangedSinceMs(slices) >= SETTLE_MS;
  }

  /** By the API server's time, so that a look after a long while need not wait; where the clocks differ, by ours. */
  #unchangedSinceMs(slices: readonly JsonObject[]): number {
    const versions = JSON.stringify(
      slices.map(({ metadata }) => [memberOf(metadata, "uid"), memberOf(metadata, "resourceVersion")]),
    );
    if (this.#seen?.versions !== versions) {
      const times = slices.flatMap((slice) => arrayAt(slice, ["metadata", "managedFields"]));
      const writtenMs = Math.max(...times.map((entry) => Date.parse(stringOf(memberOf(entry, "time")) ?? "")));
      const ageMs = this.#clock.now() - writtenMs - TIME_STEP_MS;
      this.#seen = { versions, sinceMs: this.#clock.elapsed() - (Number.isFinite(ageMs) ? Math.max(0, ageMs) : 0) };
    }
    return this.#seen.sinceMs;
  }
}
