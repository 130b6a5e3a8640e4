/**
 * The caBundle of our own MutatingWebhookConfiguration. Everything else in it belongs to others and goes back as it came:
 * the object is replaced under the version that was read, so that no edit of anybody is lost.
 */
import type { CaBundle, CaBundleSnapshot } from "../../certificates/managed/ports.ts";
import { isObject, type JsonObject, memberAt, memberOf, stringOf } from "../../core/json-value.ts";
import type { Connection } from "../api/connection.ts";
import { ObjectClient } from "./object-client.ts";

/** Which configuration, and which of its entries are ours. */
export interface WebhookConfigurationOptions {
  readonly connection: Connection;
  /** As in `pullring/1.2.3`. */
  readonly userAgent: string;
  readonly name: string;
  /** Entries that name another Service are not ours; those with a URL are. */
  readonly service: { readonly name: string; readonly namespace: string };
}

/** Reads, writes and watches the caBundle; needs `get`, `update` and `watch` on the name of the configuration. */
export class WebhookConfiguration implements CaBundle {
  readonly #object: ObjectClient;
  readonly #service: WebhookConfigurationOptions["service"];

  constructor({ connection, userAgent, name, service }: WebhookConfigurationOptions) {
    this.#service = service;
    const collectionPath = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
    const description = `MutatingWebhookConfiguration ${name}`;
    this.#object = new ObjectClient({ connection, userAgent, collectionPath, name, description });
  }

  /** undefined when there is no such configuration. @throws ApiServerError */
  async read(): Promise<CaBundleSnapshot | undefined> {
    const reading = await this.#object.read();
    if (reading === undefined) {
      return undefined;
    }
    const { object, resourceVersion, serverTimeMs } = reading;
    const ours = entriesOf(object).filter((entry) => this.#isOurs(entry));
    const bundles = ours.map((entry) => stringOf(memberAt(entry, ["clientConfig", "caBundle"])) ?? "");
    return {
      bundles: bundles.map((encoded) => Buffer.from(encoded, "base64").toString("utf8")),
      resourceVersion,
      serverTimeMs,
      replace: (pem) => this.#object.replace({ ...object, webhooks: this.#withBundle(object, pem) }),
    };
  }

  /** Calls `onChange` soon after each change by anybody, until `signal` is aborted. Never rejects. */
  watch(onChange: () => void, signal: AbortSignal): Promise<void> {
    return this.#object.watch(onChange, signal);
  }

  /** The right that the watch lacks, as `missing right: ...`; undefined when there is nothing to fix. */
  problem(): string | undefined {
    return this.#object.watchProblem();
  }

  /** All entries, with `pem` in those that are ours. */
  #withBundle(object: JsonObject, pem: string): readonly JsonObject[] {
    const caBundle = Buffer.from(pem).toString("base64");
    return entriesOf(object).map((entry) => {
      const clientConfig = memberOf(entry, "clientConfig");
      return isObject(clientConfig) && this.#isOurs(entry)
        ? { ...entry, clientConfig: { ...clientConfig, caBundle } }
        : entry;
    });
  }

  #isOurs(entry: JsonObject): boolean {
    const service = memberAt(entry, ["clientConfig", "service"]);
    return (
      service === undefined ||
      (memberOf(service, "name") === this.#service.name &&
        memberOf(service, "namespace") === this.#service.namespace)
    );
  }
}

function entriesOf(object: JsonObject): readonly JsonObject[] {
  const { webhooks } = object;
  return Array.isArray(webhooks) ? webhooks.filter(isObject) : [];
}
