/**
 * Writes one copy: reads the payload of the source, and has it nowhere after that. Each write is bound to what was seen, the version
 * of the copy and that of the source; what has changed since is planned again.
 */
import type { ApiClient } from "../../cluster/api/api-client.ts";
import { ApiServerError } from "../../cluster/api/api-server-error.ts";
import { LAST_APPLIED_ANNOTATION } from "../../core/admission/written-names.ts";
import { isObject, type JsonObject, memberAt, memberOf, stringOf } from "../../core/json-value.ts";
import { CREDENTIAL_TYPES } from "../../core/kubelet/credential.ts";
import { copyMarks, sharedFrom } from "../../core/sharing/copy.ts";
import type { CopyStep } from "../../core/sharing/copy-plan.ts";
import { createObject, deleteObject, readObject, replaceObject } from "../object-access.ts";
import type { CopyKey } from "./backlog.ts";
import type { Planned } from "./sharing-state.ts";

/** What a writer works with. */
export interface CopyWriterDependencies {
  readonly client: Pick<ApiClient, "get" | "post" | "put" | "delete">;
  readonly sharedNamespace: string;
  /** Whether rights are those of chosen namespaces. */
  readonly isNamespaced: boolean;
}

/** It is written; something has changed since it was planned; or a Secret of that name is not ours. */
export type WriteOutcome = "written" | "changed" | "name-taken";

/** A step that is to be done. */
export interface PlannedStep extends Pick<Planned, "source" | "copy"> {
  readonly step: CopyStep;
  /** Whether the server failed to do it before: it may take its time then. */
  readonly isLate: boolean;
}

/**
 * Longest wait for the answer to a late write. A webhook that does not answer takes 10 s unless it says otherwise, one that is asked
 * before validation and one at validation take 20 s, and then the write goes on where they have the failure policy Ignore. A
 * controller that is told to stop has 30 s.
 */
const LATE_ANSWER_MS = 25_000;

const MARKS = {
  type: "value",
  metadata: { name: "value", labels: "short-texts", annotations: { "pullring.dev/shared-from": "value" } },
} as const;

/** What stays of a copy that is replaced: what other people and tools have written about it. */
const METADATA = {
  metadata: {
    resourceVersion: "value",
    labels: "value",
    annotations: "value",
    finalizers: "value",
    ownerReferences: "value",
  },
} as const;

/** @see CopyWriterDependencies */
export class CopyWriter {
  readonly #parts: CopyWriterDependencies;

  constructor(parts: CopyWriterDependencies) {
    this.#parts = parts;
  }

  /** @throws ApiServerError when something cannot be read or written */
  async write(key: CopyKey, { step, source, copy, isLate }: PlannedStep): Promise<WriteOutcome> {
    const { client } = this.#parts;
    const address = { group: "", resource: "secrets", ...key };
    const ruleNamespace = this.#ruleNamespace(key);
    const options = { ruleNamespace, ...(isLate ? { answerMs: LATE_ANSWER_MS } : {}) };
    if (step === "remove") {
      const preconditions = { resourceVersion: String(copy?.version) };
      return outcomeOf(await deleteObject(client, address, { preconditions, ...options }));
    }
    const before = copy === undefined ? {} : await this.#readMetadata(key, copy.version);
    const object = source && before && (await this.#makeCopy(key, source, before));
    if (object === undefined) return "changed";
    if (step === "replace") return outcomeOf(await replaceObject(client, address, { object, ...options }));
    try {
      const created = await createObject(client, { ...address, name: "" }, { object, ...options });
      return created === "created" || (await this.#isOurs(key)) ? outcomeOf(created) : "name-taken";
    } catch (error) {
      if (error instanceof ApiServerError && isNamespaceGone(error)) return "changed";
      throw error;
    }
  }

  /** undefined when the copy is not what it was any more. */
  async #readMetadata(key: CopyKey, version: number): Promise<JsonObject | undefined> {
    const address = { group: "", resource: "secrets", ...key };
    const rule = { namespace: this.#ruleNamespace(key) };
    const metadata = memberOf(await readObject(this.#parts.client, address, { selection: METADATA, rule }), "metadata");
    return isObject(metadata) && metadata.resourceVersion === String(version) ? metadata : undefined;
  }

  /**
   * undefined when the source is not what it was any more.
   * @param before metadata of the copy that is replaced
   */
  async #makeCopy(
    { namespace, name }: CopyKey,
    { type, version }: NonNullable<Planned["source"]>,
    before: JsonObject,
  ): Promise<JsonObject | undefined> {
    const { client, sharedNamespace } = this.#parts;
    const dataKey = CREDENTIAL_TYPES.get(type)?.dataKey ?? "";
    const address = { group: "", resource: "secrets", namespace: sharedNamespace, name };
    const selection = { metadata: { resourceVersion: "value" }, data: { [dataKey]: "value" } } as const;
    const rule = { namespace: this.#ruleNamespace(address) };
    const secret = await readObject(client, address, { selection, rule });
    const payload = stringOf(memberAt(secret, ["data", dataKey]));
    if (memberAt(secret, ["metadata", "resourceVersion"]) !== String(version) || payload === undefined)
      return undefined;
    const marks = copyMarks({ namespace: sharedNamespace, name }, version);
    const metadata = {
      ...before,
      namespace,
      name,
      labels: { ...textsAt(before, "labels"), ...marks.labels },
      annotations: { ...textsAt(before, "annotations"), ...marks.annotations },
    };
    return { apiVersion: "v1", kind: "Secret", metadata, type, data: { [dataKey]: payload } };
  }

  /** Another controller may have been quicker; but a Secret that is no credential is no copy, whatever its marks say. */
  async #isOurs(key: CopyKey): Promise<boolean> {
    const { client, sharedNamespace } = this.#parts;
    const address = { group: "", resource: "secrets", ...key };
    const rule = { namespace: this.#ruleNamespace(key) };
    const secret = await readObject(client, address, { selection: MARKS, rule });
    if (secret === undefined) return true;
    return CREDENTIAL_TYPES.has(stringOf(secret.type) ?? "") && sharedFrom(secret) === sharedNamespace;
  }

  #ruleNamespace({ namespace }: Pick<CopyKey, "namespace">): string | undefined {
    return this.#parts.isNamespaced ? namespace : undefined;
  }
}

/** Without what `kubectl apply` notes down, which may be an older payload. */
function textsAt(metadata: JsonObject, member: "labels" | "annotations"): JsonObject {
  const texts = memberOf(metadata, member);
  const { [LAST_APPLIED_ANNOTATION]: _, ...others } = isObject(texts) ? texts : {};
  return others;
}

function isNamespaceGone({ status, obstacle }: ApiServerError): boolean {
  return status === 404 || obstacle === "namespace-ending";
}

function outcomeOf(outcome: "created" | "written" | "deleted" | "conflict"): WriteOutcome {
  return outcome === "conflict" ? "changed" : "written";
}
