/**
 * Evicts Pods so that their owners make them again: one of an owner first, so many at a time, and none while the webhook does not
 * answer. Each eviction is bound to the Pod as it was seen. What was begun stands in an Event with a name of its own, so that
 * neither a restart nor a second controller begins again.
 */
import { LRUCache } from "lru-cache";
import type { ApiClient } from "../../cluster/api/api-client.ts";
import { ApiServerError } from "../../cluster/api/api-server-error.ts";
import type { HealingEvidence } from "../../core/healing/decision.ts";
import { nextStep, type Step } from "../../core/healing/next-step.ts";
import { isObject, type JsonObject, memberAt, memberOf, stringOf } from "../../core/json-value.ts";
import { sentenceOfEviction } from "../../core/sentences/healing.ts";
import type { Clock } from "../../telemetry/clock.ts";
import { digestOf, eventOf } from "../event-writer.ts";
import { createObject, listItems, readObject } from "../object-access.ts";
import { podObject } from "./verdict-reporter.ts";
import type { SeenPod } from "./waiting-pods.ts";
import { WebhookPresence } from "./webhook-presence.ts";

/** What an evictor works with. */
export interface EvictorDependencies {
  readonly client: Pick<ApiClient, "get" | "post">;
  readonly clock: Clock;
  readonly isNamespaced: boolean;
  /** Least time between two evictions, in milliseconds. */
  readonly intervalMs: number;
  /** Evicted Pods that are still there, at most. */
  readonly maxParallel: number;
  /** Whether a Pod of phase Pending is still there. */
  readonly isThere: (pod: SeenPod) => boolean;
}

/** What came of a Pod: it was evicted, it waits for something, or its owner is left alone. */
export type EvictionOutcome = "evicted" | "stripped" | { readonly waitMs: number };

/** A first eviction. */
interface Start {
  readonly startedAt: string;
  /** Those of the owner at that time; none where another controller began. */
  readonly olderUids: ReadonlySet<string>;
  /** When it was noticed, or a Pod was evicted last. */
  waitingSinceMs: number;
  isEvicted: boolean;
}

/** A successor is there after so long, or there is none. */
const STALE_MS = 60_000;
/** Pause until the next look at what is waited for: a successor, or the webhook. */
const WAIT_MS = 1_000;
/** Owners whose first eviction is remembered. */
const MAX_STARTS = 10_000;

const SIBLING = {
  metadata: { uid: "value", ownerReferences: "value", creationTimestamp: "value", deletionTimestamp: "value" },
  spec: { imagePullSecrets: "value" },
} as const;

/** @see EvictorDependencies */
export class Evictor {
  readonly #parts: EvictorDependencies;
  readonly #webhook: WebhookPresence;
  readonly #starts = new LRUCache<string, Start>({ max: MAX_STARTS });
  /** Evicted Pods that may still be there, each with when it counts no more. */
  readonly #leaving = new Map<SeenPod, number>();
  #evictedAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: EvictorDependencies) {
    this.#parts = parts;
    this.#webhook = new WebhookPresence(parts.client, parts.clock);
  }

  /** Why nothing is evicted; undefined when nothing stands against it. */
  get problem(): string | undefined {
    return this.#webhook.problem;
  }

  /** How long until a Pod may be evicted, in milliseconds. */
  waitMs(): number {
    const { clock, intervalMs, maxParallel, isThere } = this.#parts;
    const now = clock.elapsed();
    for (const [pod, until] of this.#leaving) if (until < now || !isThere(pod)) this.#leaving.delete(pod);
    const byRate = Math.max(0, this.#evictedAtMs + intervalMs - now);
    return this.#leaving.size >= maxParallel ? Math.max(byRate, WAIT_MS) : byRate;
  }

  /** Evicts the Pod if it is its turn. @throws ApiServerError when something cannot be read or written */
  async evict(pod: SeenPod, secrets: readonly string[], evidence: HealingEvidence): Promise<EvictionOutcome> {
    const { clock } = this.#parts;
    if (!(await this.#webhook.isAnswering(evidence))) return { waitMs: WAIT_MS };
    const key = digestOf([pod.owner, secrets]);
    const siblings = await this.#listSiblings(pod, evidence);
    const known = this.#starts.get(key);
    const stepOf = (start: Start | undefined): Step =>
      nextStep({
        owner: pod.owner,
        siblings,
        secrets,
        startedAt: start?.startedAt,
        olderUids: start?.olderUids ?? new Set(),
        isStale: start !== undefined && clock.elapsed() - start.waitingSinceMs > STALE_MS,
      });
    let step = known?.isEvicted === false ? "first" : stepOf(known);
    let start = known;
    if (step === "first" && known === undefined) {
      const begun = await this.#begin(key, pod, secrets);
      const uids = siblings.map((sibling) => stringOf(memberAt(sibling, ["metadata", "uid"])) ?? "");
      start = { ...begun, olderUids: new Set(begun.isEvicted ? [] : uids) };
      if (start.isEvicted) step = stepOf(start);
      this.#starts.set(key, start);
    }
    if (step === "stripped") return step;
    if (step === "wait") return { waitMs: WAIT_MS };
    if (!(await this.#post(pod))) return { waitMs: WAIT_MS };
    this.#evictedAtMs = clock.elapsed();
    if (start !== undefined) {
      start.isEvicted = true;
      start.waitingSinceMs = this.#evictedAtMs;
    }
    this.#leaving.set(pod, clock.elapsed() + STALE_MS);
    return "evicted";
  }

  /** By the selector of their owner, which leaves out most other Pods of the namespace. */
  #listSiblings({ namespace }: SeenPod, { owner }: HealingEvidence): Promise<readonly JsonObject[]> {
    const selector = memberAt(owner, ["spec", "selector"]);
    const labels = memberOf(selector, "matchLabels") ?? selector;
    const texts = Object.entries(isObject(labels) ? labels : {}).filter(([, value]) => typeof value === "string");
    return listItems(
      this.#parts.client,
      { group: "", resource: "pods", namespace },
      {
        labelSelector: texts.map(([name, value]) => `${name}=${String(value)}`).join(","),
        item: SIBLING,
        ruleNamespace: this.#ruleNamespace(namespace),
      },
    );
  }

  /** Notes on the Pod that it is the first of its owner, unless somebody did so for another one. */
  async #begin(key: string, pod: SeenPod, secrets: readonly string[]): Promise<Omit<Start, "olderUids">> {
    const { client, clock } = this.#parts;
    const { namespace } = pod;
    const name = `pullring-healing.${key}`;
    const address = { group: "", resource: "events", namespace, name };
    const event = eventOf(name, {
      object: podObject(pod),
      type: "Normal",
      reason: "FirstOfItsOwner",
      message: `the first Pod of its owner that is ${sentenceOfEviction(secrets)}`,
      nowMs: clock.now(),
    });
    const ruleNamespace = this.#ruleNamespace(namespace);
    const outcome = await createObject(client, { ...address, name: "" }, { object: event, ruleNamespace });
    const selection = { metadata: { creationTimestamp: "value" } } as const;
    const stored = await readObject(client, address, { selection, rule: { namespace: ruleNamespace } });
    const startedAt = stringOf(memberAt(stored, ["metadata", "creationTimestamp"]));
    if (startedAt === undefined) throw new ApiServerError("an Event was forgotten at once");
    return { startedAt, waitingSinceMs: clock.elapsed(), isEvicted: outcome === "conflict" };
  }

  /** Whether the Pod was evicted: not when it has changed, is gone, or may not be disrupted now. */
  async #post({ namespace, name, uid, pod }: SeenPod): Promise<boolean> {
    const address = { group: "", resource: "pods", namespace, name, subresource: "eviction" };
    const resourceVersion = memberAt(pod, ["metadata", "resourceVersion"]);
    const object = {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name, namespace },
      deleteOptions: { preconditions: { uid, resourceVersion } },
    };
    const ruleNamespace = this.#ruleNamespace(namespace);
    try {
      return (await createObject(this.#parts.client, address, { object, ruleNamespace })) === "created";
    } catch (error) {
      if (error instanceof ApiServerError && (error.status === 404 || error.status === 429)) return false;
      throw error;
    }
  }

  #ruleNamespace(namespace: string): string | undefined {
    return this.#parts.isNamespaced ? namespace : undefined;
  }
}
