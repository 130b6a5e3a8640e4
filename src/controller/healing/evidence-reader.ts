/** Reads what the decision about one Pod rests on, now: its credentials, its owners, its namespace and the webhooks. */
import type { ApiReader } from "../../cluster/api/api-client.ts";
import { ApiServerError } from "../../cluster/api/api-server-error.ts";
import type { ClusterSource } from "../../cluster/cluster-source.ts";
import { labelsOf, ownWebhooks } from "../../core/admission/webhook-selection.ts";
import { type PodInNamespace, serviceAccountOf } from "../../core/healing/assessment.ts";
import type { HealingEvidence } from "../../core/healing/decision.ts";
import { controllerOf, type Owner } from "../../core/healing/owner.ts";
import { type JsonObject, memberAt } from "../../core/json-value.ts";
import { readObject } from "../object-access.ts";

/** What an evidence reader works with. */
export interface EvidenceReaderDependencies {
  readonly client: ApiReader;
  readonly source: Pick<ClusterSource, "readLive">;
  /** Name of the MutatingWebhookConfiguration of pullring. */
  readonly webhookConfiguration: string;
  /** Whether rights are those of chosen namespaces. */
  readonly isNamespaced: boolean;
}

const METADATA = {
  uid: "value",
  name: "value",
  deletionTimestamp: "value",
  ownerReferences: "value",
  labels: "short-texts",
} as const;

/** What is read of owners; the other members of `spec` and those of `status` are those of a Job. */
const OWNER = {
  metadata: METADATA,
  spec: {
    selector: "value",
    suspend: "value",
    backoffLimit: "value",
    backoffLimitPerIndex: "value",
    podFailurePolicy: "value",
  },
  status: { failed: "value", conditions: [{ type: "value", status: "value" }] },
} as const;

/** @see EvidenceReaderDependencies */
export class EvidenceReader {
  readonly #parts: EvidenceReaderDependencies;

  constructor(parts: EvidenceReaderDependencies) {
    this.#parts = parts;
  }

  /** @throws ApiServerError when a part of it cannot be read */
  async read({ namespace, pod }: PodInNamespace): Promise<HealingEvidence> {
    const [view, namespaceLabels, webhooks, owners] = await Promise.all([
      this.#readView(namespace, pod),
      this.#readNamespaceLabels(namespace),
      this.#readWebhooks(),
      this.#readOwners(namespace, pod),
    ]);
    return { namespace, pod, view, namespaceLabels, webhooks, ...owners };
  }

  async #readView(namespace: string, pod: JsonObject): Promise<HealingEvidence["view"]> {
    const serviceAccountName = serviceAccountOf(pod);
    const live = await this.#parts.source.readLive?.({ namespace, serviceAccountName, scope: "namespace" });
    if (live?.result !== "fresh") throw new ApiServerError("the credentials of a namespace could not be read");
    return live.view;
  }

  async #readNamespaceLabels(namespace: string): Promise<HealingEvidence["namespaceLabels"]> {
    const address = { group: "", resource: "namespaces", namespace: undefined, name: namespace };
    const object = await this.#read(address, { metadata: { labels: "short-texts" } }, namespace);
    return labelsOf(object);
  }

  async #readWebhooks(): Promise<HealingEvidence["webhooks"]> {
    const { client, webhookConfiguration: name } = this.#parts;
    const address = {
      group: "admissionregistration.k8s.io",
      resource: "mutatingwebhookconfigurations",
      namespace: undefined,
      name,
    };
    const rule = { namespace: undefined, name };
    const configuration = await readObject(client, address, { selection: { webhooks: "value" }, rule });
    return ownWebhooks(configuration ?? {});
  }

  async #readOwners(namespace: string, pod: JsonObject): Promise<Pick<HealingEvidence, "owner" | "workload">> {
    const owner = await this.#readOwner(namespace, controllerOf(pod));
    const workload = owner && (await this.#readOwner(namespace, controllerOf(owner)));
    return { owner, workload };
  }

  async #readOwner(namespace: string, owner: Owner | undefined): Promise<JsonObject | undefined> {
    if (owner?.resource === undefined) return undefined;
    const { group, resource, name, uid } = owner;
    const object = await this.#read({ group, resource, namespace, name }, OWNER, namespace);
    return memberAt(object, ["metadata", "uid"]) === uid ? object : undefined;
  }

  #read(
    address: Parameters<typeof readObject>[1],
    selection: Parameters<typeof readObject>[2]["selection"],
    namespace: string,
  ): Promise<JsonObject | undefined> {
    const rule = { namespace: this.#parts.isNamespaced ? namespace : undefined };
    return readObject(this.#parts.client, address, { selection, rule });
  }
}
