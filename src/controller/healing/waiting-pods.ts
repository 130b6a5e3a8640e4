/**
 * What is known of the Pods that wait for an image: the verdict on each, and by owner those that another Pod would help, until
 * it is decided about them.
 */
import type { ClusterSource } from "../../cluster/cluster-source.ts";
import type { ReflectedTable } from "../../cluster/index/reflected-table.ts";
import { assessPod, serviceAccountOf } from "../../core/healing/assessment.ts";
import type { HealingDecision } from "../../core/healing/decision.ts";
import { controllerOf } from "../../core/healing/owner.ts";
import { type JsonObject, memberAt, stringOf } from "../../core/json-value.ts";
import type { Clock } from "../../telemetry/clock.ts";
import type { WaitingVerdict } from "../../telemetry/healing-metrics.ts";
import type { Changes } from "../change-set.ts";

/** A Pod as it was seen last. */
export interface SeenPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly pod: JsonObject;
  /** The uid of its owner; its own where it has none. */
  readonly owner: string;
}

/** What waiting pods work with. */
export interface WaitingPodsDependencies {
  /** Pods in phase Pending. */
  readonly tables: readonly ReflectedTable<JsonObject>[];
  readonly source: Pick<ClusterSource, "view">;
  readonly clock: Clock;
  /** Called with each Pod that is left alone by what is known, when its verdict is another than before. */
  readonly onVerdict: (pod: SeenPod, decision: HealingDecision) => void;
}

interface Known {
  readonly uid: string;
  readonly owner: string;
  verdict: WaitingVerdict;
  /** What was said last. */
  said: string;
  /** When it was first seen that another Pod would get a name, by the clock's `elapsed`. */
  helpedAtMs: number | undefined;
}

/** @see WaitingPodsDependencies */
export class WaitingPods {
  readonly #parts: WaitingPodsDependencies;
  /** By `namespace/name`. */
  readonly #known = new Map<string, Known>();
  /** By owner: those to be decided about, as `namespace/name`. */
  readonly #candidates = new Map<string, Set<string>>();

  constructor(parts: WaitingPodsDependencies) {
    this.#parts = parts;
  }

  /** How many Pods have which verdict. */
  count(): ReadonlyMap<WaitingVerdict, number> {
    const counts = new Map<WaitingVerdict, number>();
    for (const { verdict } of this.#known.values()) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    return counts;
  }

  /** Assesses the Pods that have changed, by what is known of their namespaces. */
  assess({ all, namespaces, names }: Changes): void {
    const keys = new Set(
      [...names].flatMap(([namespace, changed]) => [...changed].map((name) => `${namespace}/${name}`)),
    );
    if (all || namespaces.size > 0) {
      for (const key of [...this.#known.keys(), ...this.#presentKeys()]) {
        if (all || namespaces.has(key.slice(0, key.indexOf("/")))) keys.add(key);
      }
    }
    for (const key of keys) this.#assess(key);
  }

  /** Whether the Pod is still there, in phase Pending. */
  isThere({ namespace, name, uid }: SeenPod): boolean {
    return this.#find(`${namespace}/${name}`)?.uid === uid;
  }

  /** For how long it has been known that another Pod would get a name, in seconds. */
  helpedSeconds({ namespace, name }: SeenPod): number {
    const now = this.#parts.clock.elapsed();
    return (now - (this.#known.get(`${namespace}/${name}`)?.helpedAtMs ?? now)) / 1_000;
  }

  /** Owners with Pods to be decided about. */
  owners(): readonly string[] {
    return [...this.#candidates.keys()];
  }

  /** The first Pod, by name, of an owner that is to be decided about. */
  firstOf(owner: string): SeenPod | undefined {
    const [first] = [...(this.#candidates.get(owner) ?? [])].sort();
    return first === undefined ? undefined : this.#find(first);
  }

  /**
   * Notes what was decided about a Pod, which holds until it changes; null when it waits no more.
   * @returns whether it is something else than before
   */
  settle(pod: SeenPod, decision: HealingDecision | null): boolean {
    const key = `${pod.namespace}/${pod.name}`;
    if (decision === null) {
      this.#forget(key);
      return false;
    }
    this.#removeCandidate(key, pod.owner);
    const said = JSON.stringify(decision);
    const known = this.#know(pod);
    known.verdict = decision.action === "heal" ? "helped" : decision.reason.code;
    const isNew = known.said !== said;
    known.said = said;
    return isNew;
  }

  #assess(key: string): void {
    const found = this.#find(key);
    const view = found && this.#parts.source.view(found.namespace, serviceAccountOf(found.pod));
    const assessment = found && view && assessPod(found, view);
    if (found === undefined || !assessment) {
      this.#forget(key);
    } else if (assessment.reason !== undefined) {
      const decision = { action: "leave-alone", reason: assessment.reason } as const;
      if (this.settle(found, decision)) this.#parts.onVerdict(found, decision);
    } else {
      this.#know(found).helpedAtMs ??= this.#parts.clock.elapsed();
      this.#candidates.set(found.owner, (this.#candidates.get(found.owner) ?? new Set()).add(key));
    }
  }

  /** A Pod of a StatefulSet that was made again has the name of the one before. */
  #know({ namespace, name, uid, owner }: SeenPod): Known {
    const key = `${namespace}/${name}`;
    const before = this.#known.get(key);
    if (before?.uid === uid) return before;
    this.#forget(key);
    const known: Known = { uid, owner, verdict: "helped", said: "", helpedAtMs: undefined };
    this.#known.set(key, known);
    return known;
  }

  #forget(key: string): void {
    const known = this.#known.get(key);
    if (known === undefined) return;
    this.#known.delete(key);
    this.#removeCandidate(key, known.owner);
  }

  #removeCandidate(key: string, owner: string): void {
    const candidates = this.#candidates.get(owner);
    if (candidates?.delete(key) !== true) return;
    // The owner goes behind the others: one with many Pods keeps none of them waiting.
    this.#candidates.delete(owner);
    if (candidates.size > 0) this.#candidates.set(owner, candidates);
  }

  *#presentKeys(): Generator<string> {
    for (const table of this.#parts.tables) {
      for (const namespace of table.namespaces()) {
        for (const name of table.inNamespace(namespace).keys()) yield `${namespace}/${name}`;
      }
    }
  }

  #find(key: string): SeenPod | undefined {
    const [namespace = "", name = ""] = key.split("/");
    for (const table of this.#parts.tables) {
      const pod = table.inNamespace(namespace).get(name);
      if (pod === undefined) continue;
      const uid = stringOf(memberAt(pod, ["metadata", "uid"])) ?? "";
      return { namespace, name, uid, pod, owner: controllerOf(pod)?.uid ?? uid };
    }
    return undefined;
  }
}
