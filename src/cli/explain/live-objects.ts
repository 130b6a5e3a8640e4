/** Reads the objects of a cluster that the arguments name, with those of their Pods that wait for an image. */
import { describeError } from "../../cluster/api/api-server-error.ts";
import { controllerReferenceOf } from "../../core/admission/injection-target.ts";
import type { GroupKind } from "../../core/admission/pod-template.ts";
import { needsEvents } from "../../core/diagnosis/container-states.ts";
import { controllerOf } from "../../core/healing/owner.ts";
import { listWaitingImages } from "../../core/healing/waiting-images.ts";
import { arrayAt, isObject, type JsonObject, memberAt, memberOf, stringOf } from "../../core/json-value.ts";
import { isBeingDeleted } from "../../core/object-metadata.ts";
import { escapeText, quoteText } from "../../core/quoted-text.ts";
import { type ClusterReader, describeRead } from "./cluster-reader.ts";
import type { ObjectSelection } from "./object-arguments.ts";

/** An object as it is stored now. */
export interface LiveObject {
  readonly kind: GroupKind;
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonObject;
  /** Of a Pod the Pod itself; of a workload those of its Pods that wait for an image, undefined when they cannot be read. */
  readonly pods: readonly LivePod[] | undefined;
}

/** A Pod with what a diagnosis needs besides. */
export interface LivePod {
  readonly pod: JsonObject;
  /** Its controller; undefined when it is gone, or none is known. Only of Pods that wait. */
  readonly owner: JsonObject | undefined;
  /** Its Events, where its status does not say why a pull failed. */
  readonly events: readonly JsonObject[];
}

/** Which objects are read. */
export interface LiveSelection {
  readonly selections: readonly ObjectSelection[];
  /** undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
}

/** Pods whose Events are read; a person reads no more of them. */
const MAX_EVENT_READS = 20;

/** Reads the objects. Never throws: what cannot be read is noted by `reader`. */
export async function readLiveObjects(
  reader: ClusterReader,
  { selections, namespace, labelSelector }: LiveSelection,
): Promise<readonly LiveObject[]> {
  const source = new LiveSource(reader);
  const read = await Promise.all(
    selections.map(async ({ kind, resource, name }): Promise<readonly LiveObject[]> => {
      const type = { ...kind, resource };
      const objects =
        name === null
          ? ((await source.list(type, namespace, labelSelector)) ?? [])
          : await source.readNamed(type, namespace ?? "", name);
      const podsOf =
        kind.kind === "Pod" ? undefined : await source.waitingPodsOf(kind, objects, name === null ? namespace : null);
      return await Promise.all(
        objects.map(async (object) => ({
          kind,
          namespace: textAt(object, "namespace"),
          name: textAt(object, "name"),
          object,
          pods: await source.complete(podsOf === undefined ? [object] : podsOf(object)),
        })),
      );
    }),
  );
  return read.flat();
}

/** A resource with its kind. */
interface Type extends GroupKind {
  readonly resource: string;
}

const PODS: Type = { group: "", kind: "Pod", resource: "pods" };
const REPLICA_SETS: Type = { group: "apps", kind: "ReplicaSet", resource: "replicasets" };
const JOBS: Type = { group: "batch", kind: "Job", resource: "jobs" };

/** What stands between a workload and its Pods. */
const BETWEEN: Readonly<Record<string, Type>> = { Deployment: REPLICA_SETS, CronJob: JOBS };

class LiveSource {
  readonly #reader: ClusterReader;
  readonly #owners: Map<string, Promise<JsonObject | undefined>> = new Map();
  #eventReads = 0;

  constructor(reader: ClusterReader) {
    this.#reader = reader;
  }

  async readNamed({ group, kind, resource }: Type, namespace: string, name: string): Promise<readonly JsonObject[]> {
    const rule = { verb: "get", resource, namespace, name } as const;
    try {
      const object = await this.#reader.read({ group, resource, namespace, name }, rule, kind);
      if (object !== undefined) return [object];
      const place = `${resource} ${quoteText(name, 80)} not found in namespace ${escapeText(namespace)}`;
      this.#reader.addError(`${place}; kubectl -n ${escapeText(namespace)} get ${resource} lists what is there`);
    } catch (error) {
      this.#reader.addError(`${resource} ${quoteText(name, 80)}: ${describeError(error)}`);
    }
    return [];
  }

  async list(
    type: Type,
    namespace: string | undefined,
    labelSelector?: string,
  ): Promise<readonly JsonObject[] | undefined> {
    return await this.#reader.list(type, namespace, { labelSelector }).catch((error: unknown) => {
      this.#reader.addError(`${type.resource}: ${describeError(error)}`);
      return undefined;
    });
  }

  /**
   * Gives the function that finds those Pods of a workload that wait for an image; it gives undefined when they cannot be read.
   * @param scope the namespace that `objects` are all of, undefined for all namespaces; null for one object, whose selector
   * finds its Pods
   */
  async waitingPodsOf(
    { kind }: GroupKind,
    objects: readonly JsonObject[],
    scope: string | undefined | null,
  ): Promise<(object: JsonObject) => readonly JsonObject[] | undefined> {
    const [first] = objects;
    if (first === undefined) return () => [];
    const labelSelector = scope === null ? selectorOf(first) : undefined;
    const namespace = scope === null ? textAt(first, "namespace") : scope;
    const between = BETWEEN[kind];
    const [pods, others] = await Promise.all([
      this.list(PODS, namespace, labelSelector),
      between === undefined ? [] : this.list(between, namespace, labelSelector),
    ]);
    if (pods === undefined || others === undefined) return () => undefined;
    const waiting = pods.filter((pod) => listWaitingImages(pod).length > 0 && !isBeingDeleted(pod));
    return (object) => {
      const owners = new Set([
        textAt(object, "uid"),
        ...ownedBy(others, new Set([textAt(object, "uid")])).map((other) => textAt(other, "uid")),
      ]);
      return ownedBy(waiting, owners);
    };
  }

  /** Reads what a diagnosis needs of Pods besides themselves. */
  async complete(pods: readonly JsonObject[] | undefined): Promise<readonly LivePod[] | undefined> {
    return pods && (await Promise.all(pods.map((pod) => this.#complete(pod))));
  }

  async #complete(pod: JsonObject): Promise<LivePod> {
    if (listWaitingImages(pod).length === 0) return { pod, owner: undefined, events: [] };
    const [owner, events] = await Promise.all([this.#readOwner(pod), this.#readEvents(pod)]);
    return { pod, owner, events };
  }

  /** One that may not be read counts as one that is there. */
  #readOwner(pod: JsonObject): Promise<JsonObject | undefined> {
    const { group, kind, name, uid, resource } = controllerOf(pod) ?? {};
    if (group === undefined || kind === undefined || name === undefined || resource === undefined) {
      return Promise.resolve(undefined);
    }
    const namespace = textAt(pod, "namespace");
    const rule = { verb: "get", resource, namespace, name } as const;
    const key = `${resource}/${namespace}/${name}/${uid}`;
    const reading =
      this.#owners.get(key) ??
      this.#reader.read({ group, resource, namespace, name }, rule, kind).then(
        (owner) => (owner !== undefined && textAt(owner, "uid") === uid ? owner : undefined),
        (error: unknown) => {
          this.#reader.addNote(`${resource}: ${describeRead(error, "get", resource)}; taken to be there`);
          return {};
        },
      );
    this.#owners.set(key, reading);
    return reading;
  }

  async #readEvents(pod: JsonObject): Promise<readonly JsonObject[]> {
    if (!needsEvents(pod) || this.#eventReads >= MAX_EVENT_READS) return [];
    this.#eventReads += 1;
    const type = { group: "", kind: "Event", resource: "events" };
    const fieldSelector = `involvedObject.uid=${textAt(pod, "uid")}`;
    return await this.#reader.list(type, textAt(pod, "namespace"), { fieldSelector }).catch((error: unknown) => {
      this.#reader.addNote(`events: ${describeRead(error, "list", "events")}; the kubelet may say more there`);
      return [];
    });
  }
}

function ownedBy(objects: readonly JsonObject[], uids: ReadonlySet<string>): readonly JsonObject[] {
  return objects.filter((object) => uids.has(stringOf(memberOf(controllerReferenceOf(object), "uid")) ?? ""));
}

function textAt(object: JsonObject, member: "namespace" | "name" | "uid"): string {
  return stringOf(memberAt(object, ["metadata", member])) ?? "";
}

/**
 * The selector of a workload as a query has it; undefined when it has none.
 * @see k8s.io/apimachinery pkg/apis/meta/v1 LabelSelectorAsSelector
 */
function selectorOf(object: JsonObject): string | undefined {
  const selector = memberAt(object, ["spec", "selector"]);
  const matchLabels =
    memberOf(object, "kind") === "ReplicationController" ? selector : memberOf(selector, "matchLabels");
  const equal = Object.entries(isObject(matchLabels) ? matchLabels : {}).map(
    ([key, value]) => `${key}=${String(value)}`,
  );
  const others = arrayAt(selector, ["matchExpressions"]).map((expression) => {
    const [key, operator] = [String(memberOf(expression, "key")), String(memberOf(expression, "operator"))];
    const values = arrayAt(expression, ["values"]).join(",");
    if (operator === "Exists") return key;
    return operator === "DoesNotExist" ? `!${key}` : `${key} ${operator.toLowerCase()} (${values})`;
  });
  return [...equal, ...others].join(",") || undefined;
}
