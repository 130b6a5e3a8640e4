/** What there is: the shared credentials, their copies, and the namespaces, as the watches tell. */
import type { ReflectedTable } from "../../cluster/index/reflected-table.ts";
import type { Namespace } from "../../cluster/objects/namespace-resource.ts";
import type { ObservedCopy } from "../../cluster/objects/shared-copy-resource.ts";
import type { ObservedSource } from "../../cluster/objects/shared-source-resource.ts";
import { isServedNamespace, type Webhook } from "../../core/admission/webhook-selection.ts";
import { type CopyPlan, planCopy } from "../../core/sharing/copy-plan.ts";
import type { CopyKey } from "./backlog.ts";

/** The tables. */
export interface SharingTables {
  /** Of the shared namespace, one for each type. */
  readonly sources: readonly ReflectedTable<ObservedSource>[];
  /** One for each type, and for each chosen namespace. */
  readonly copies: readonly ReflectedTable<ObservedCopy>[];
  /** One, or one for each chosen namespace. */
  readonly namespaces: readonly ReflectedTable<Namespace>[];
}

/** A plan and what it rests on. */
export interface Planned extends CopyPlan {
  readonly source: ObservedSource | undefined;
  readonly copy: ObservedCopy | undefined;
}

/** @see SharingTables */
export class SharingState {
  readonly sharedNamespace: string;
  readonly #tables: SharingTables;
  #webhooks: readonly Webhook[] | undefined;
  /** What the webhooks say of a namespace with these labels. */
  #served = new WeakMap<Namespace, boolean>();

  constructor(sharedNamespace: string, tables: SharingTables) {
    this.sharedNamespace = sharedNamespace;
    this.#tables = tables;
  }

  /** The webhooks of pullring, which say what is served; undefined: not known. */
  get webhooks(): readonly Webhook[] | undefined {
    return this.#webhooks;
  }

  set webhooks(webhooks: readonly Webhook[] | undefined) {
    this.#webhooks = webhooks;
    this.#served = new WeakMap();
  }

  /** Plans one name in one namespace; nothing is to be done in the shared one, and while it is not known what is served. */
  plan({ namespace, name }: CopyKey): Planned {
    const source = this.source(name);
    const copy = this.#copy(namespace, name);
    if (this.#webhooks === undefined || namespace === this.sharedNamespace) {
      return { isWanted: false, step: null, source, copy };
    }
    const found = this.#namespace(namespace);
    const receiving = found && { ...found, isServed: this.#isServed(namespace, found) };
    return { ...planCopy({ source, namespace: receiving, copy }), source, copy };
  }

  /** The Secret of this name in the shared namespace, whether it is shared or not. */
  source(name: string): ObservedSource | undefined {
    return newest(this.#tables.sources, { namespace: this.sharedNamespace, name });
  }

  /** Names of the Secrets in the shared namespace. */
  sourceNames(): ReadonlySet<string> {
    return new Set(this.#tables.sources.flatMap((table) => [...table.inNamespace(this.sharedNamespace).keys()]));
  }

  /** Names of the copies that a namespace has. */
  copyNames(namespace: string): readonly string[] {
    return this.#tables.copies.flatMap((table) =>
      [...table.inNamespace(namespace)].filter(([, copy]) => copy.isOurs).map(([name]) => name),
    );
  }

  /** Names of the copies in a namespace that have no Secret in the shared one. */
  orphanNames(namespace: string): readonly string[] {
    return this.copyNames(namespace).filter((name) => this.source(name) === undefined);
  }

  /** Names of all namespaces. */
  namespaceNames(): readonly string[] {
    return this.#tables.namespaces.flatMap((table) => [...table.inNamespace("").keys()]);
  }

  /** How many credentials are shared. */
  countSources(): number {
    return [...this.sourceNames()].filter((name) => this.source(name)?.reach !== undefined).length;
  }

  /** How many copies there are. */
  countCopies(): number {
    let count = 0;
    for (const table of this.#tables.copies) {
      for (const copy of table.values()) count += copy.isOurs ? 1 : 0;
    }
    return count;
  }

  #copy(namespace: string, name: string): ObservedCopy | undefined {
    const copy = newest(this.#tables.copies, { namespace, name });
    return copy?.isOurs === true ? copy : undefined;
  }

  #isServed(name: string, namespace: Namespace): boolean {
    const isServed = this.#served.get(namespace) ?? isServedNamespace(name, namespace.labels, this.#webhooks ?? []);
    this.#served.set(namespace, isServed);
    return isServed;
  }

  #namespace(name: string): Namespace | undefined {
    return this.#tables.namespaces.map((table) => table.inNamespace("").get(name)).find((found) => found !== undefined);
  }
}

/** Of two with one name the older one is deleted, and that event is still to come. */
function newest<T extends { readonly version: number }>(
  tables: readonly ReflectedTable<T>[],
  { namespace, name }: CopyKey,
): T | undefined {
  let best: T | undefined;
  for (const table of tables) {
    const found = table.inNamespace(namespace).get(name);
    if (found !== undefined && (best === undefined || found.version > best.version)) best = found;
  }
  return best;
}
