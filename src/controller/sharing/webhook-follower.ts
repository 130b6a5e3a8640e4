/** Follows the webhooks of pullring in their configuration: they say which namespaces are served. */
import type { ApiClient } from "../../cluster/api/api-client.ts";
import { describeError } from "../../cluster/api/api-server-error.ts";
import { ObjectClient } from "../../cluster/own-objects/object-client.ts";
import { ownWebhooks, type Webhook } from "../../core/admission/webhook-selection.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";

/** What a follower works with. */
export interface WebhookFollowerOptions {
  readonly client: ApiClient;
  /** Name of the MutatingWebhookConfiguration. */
  readonly name: string;
  /** Called with the webhooks after each change; undefined when there are none. */
  readonly onChange: (webhooks: readonly Webhook[] | undefined) => void;
}

const RETRY_MS = 5_000;

/** @see WebhookFollowerOptions */
export class WebhookFollower {
  readonly #configuration: ObjectClient;
  readonly #onChange: WebhookFollowerOptions["onChange"];
  #failure: string | undefined;

  constructor({ client, name, onChange }: WebhookFollowerOptions) {
    const collectionPath = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
    const rule = { resource: "mutatingwebhookconfigurations", namespace: undefined, name } as const;
    this.#configuration = new ObjectClient({ client, collectionPath, rule });
    this.#onChange = onChange;
  }

  /** Why it cannot be read or followed. */
  get problem(): string | undefined {
    return this.#failure ?? this.#configuration.problem;
  }

  /** Runs until `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let wake = new AbortController();
    const watching = this.#configuration.watch(() => wake.abort(), signal);
    while (!signal.aborted) {
      wake = new AbortController();
      await this.#read();
      const delayMs = this.#failure === undefined ? 2 ** 31 - 1 : RETRY_MS;
      await SYSTEM_CLOCK.delay(delayMs, AbortSignal.any([signal, wake.signal]));
    }
    await watching;
  }

  /** What was known holds while it cannot be read. */
  async #read(): Promise<void> {
    try {
      const snapshot = await this.#configuration.read();
      const webhooks = ownWebhooks(snapshot?.object ?? {});
      this.#failure = undefined;
      this.#onChange(webhooks.length === 0 ? undefined : webhooks);
    } catch (error) {
      this.#failure = describeError(error);
    }
  }
}
