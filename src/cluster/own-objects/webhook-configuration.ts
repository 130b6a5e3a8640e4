/**
 * The caBundle of our own MutatingWebhookConfiguration. Everything else in it belongs to others and goes back as it came:
 * the object is replaced under the version that was read, so that no edit of anybody is lost.
 */
import type { CaBundle, CaBundleSnapshot } from "../../certificates/managed/ports.ts";
import { arrayAt, isObject, type JsonObject, memberAt, memberOf, stringOf } from "../../core/json-value.ts";
import type { ApiClient } from "../api/api-client.ts";
import { ObjectClient } from "./object-client.ts";

/** Which configuration, and which of its entries are ours. */
export interface WebhookConfigurationOptions {
  readonly client: ApiClient;
  readonly name: string;
  /** Entries that name another Service are not ours; those with a URL are. */
  readonly service: { readonly name: string; readonly namespace: string };
}

/** Reads, writes and watches the caBundle; needs `get`, `update` and `watch` on the name of the configuration. */
export class WebhookConfiguration implements CaBundle {
  readonly #object: ObjectClient;
  readonly #service: WebhookConfigurationOptions["service"];

  constructor({ client, name, service }: WebhookConfigurationOptions) {
    this.#service = service;
    const collectionPath = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
    const rule = { resource: "mutatingwebhookconfigurations", namespace: undefined, name } as const;
    this.#object = new ObjectClient({ client, collectionPath, rule });
  }

  /** undefined when there is no such configuration. @throws ApiServerError */
  async read(): Promise<CaBundleSnapshot | undefined> {
    const snapshot = await this.#object.read();
    if (snapshot === undefined) return undefined;
    const entries = entriesOf(snapshot.object);
    const ours = entries.filter((entry) => this.#isOurs(entry));
    const bundles = ours.map((entry) => stringOf(memberAt(entry, ["clientConfig", "caBundle"])) ?? "");
    return {
      bundles: bundles.map((encoded) => Buffer.from(encoded, "base64").toString("utf8")),
      resourceVersion: snapshot.resourceVersion,
      serverTimeMs: snapshot.serverTimeMs,
      replace: (pem) => snapshot.replace({ webhooks: entries.map((entry) => this.#withBundle(entry, pem)) }),
    };
  }

  /** Calls `onChange` soon after each change by anybody, until `signal` is aborted. Never rejects. */
  watch(onChange: () => void, signal: AbortSignal): Promise<void> {
    return this.#object.watch(onChange, signal);
  }

  /** The right that the watch lacks, as `missing right: ...`; undefined when there is nothing to fix. */
  problem(): string | undefined {
    return this.#object.problem;
  }

  /** The entry as it is, with `pem` in it if it is ours. */
  #withBundle(entry: JsonObject, pem: string): JsonObject {
    const clientConfig = memberOf(entry, "clientConfig");
    const caBundle = Buffer.from(pem).toString("base64");
    return isObject(clientConfig) && this.#isOurs(entry)
      ? { ...entry, clientConfig: { ...clientConfig, caBundle } }
      : entry;
  }

  #isOurs(entry: JsonObject): boolean {
    const service = memberAt(entry, ["clientConfig", "service"]);
    return (
      service === undefined ||
      (memberOf(service, "name") === this.#service.name && memberOf(service, "namespace") === this.#service.namespace)
    );
  }
}

function entriesOf(object: JsonObject): readonly JsonObject[] {
  return arrayAt(object, ["webhooks"]).filter(isObject);
}
