/**
 * The credentials of the shared namespace and the labels of all others: which of them a namespace has, or will have in a moment,
 * as a copy of the same name.
 */
import { CREDENTIAL_TYPES } from "../../core/kubelet/credential.ts";
import { reaches } from "../../core/sharing/share-with.ts";
import { type Namespace, namespaceResource } from "../objects/namespace-resource.ts";
import { type SharedCredential, sharedCredentialResource } from "../objects/shared-credential-resource.ts";
import { ReflectedTable, type TableObserver } from "./reflected-table.ts";

/** Choices for {@link SharedCredentials}. */
export interface SharedCredentialsOptions {
  readonly sharedNamespace: string;
  /** The namespaces that are served; undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  /** Called with a namespace whose shared credentials may have changed; without one when those of any may have. */
  readonly onChange: (namespace?: string) => void;
}

/** @see SharedCredentialsOptions */
export class SharedCredentials {
  readonly sharedNamespace: string;
  /** By type, as those of other namespaces. */
  readonly credentials: ReadonlyMap<string, ReflectedTable<SharedCredential>>;
  readonly #namespaces: ReadonlyMap<string | undefined, ReflectedTable<Namespace>>;

  constructor({ sharedNamespace: namespace, namespaces, onChange }: SharedCredentialsOptions) {
    this.sharedNamespace = namespace;
    this.credentials = new Map(
      [...CREDENTIAL_TYPES.keys()].map((type) => [
        type,
        new ReflectedTable({ resource: sharedCredentialResource(type), namespace }, () => onChange()),
      ]),
    );
    const onNamespace: TableObserver = (_, name) => onChange(name);
    const scopes: readonly (string | undefined)[] = namespaces ?? [undefined];
    this.#namespaces = new Map(
      scopes.map((scope) => [
        scope,
        new ReflectedTable({ resource: namespaceResource(scope), namespace: undefined }, onNamespace),
      ]),
    );
  }

  /** All tables, each to be kept equal to the server. */
  tables(): readonly ReflectedTable<unknown>[] {
    return [...this.credentials.values(), ...this.#namespaces.values()];
  }

  /** The table that holds the labels of a namespace; undefined when it is not among the chosen ones. */
  labelTableOf(namespace: string): ReflectedTable<Namespace> | undefined {
    return this.#namespaces.get(undefined) ?? this.#namespaces.get(namespace);
  }

  /** Whether the labels of a namespace are known: not in the moment after it was made. */
  knows(namespace: string): boolean {
    return this.#labelled(namespace) !== undefined;
  }

  /** Those that are for a namespace. One that is never added, or of which nothing would come, is not among them. */
  of(namespace: string): readonly SharedCredential[] {
    const labels = this.#labelled(namespace)?.labels;
    if (labels === undefined || namespace === this.sharedNamespace) return [];
    const all = [...this.credentials.values()].flatMap((table) => [
      ...table.inNamespace(this.sharedNamespace).values(),
    ]);
    return all.filter(({ reach, status }) => reach !== undefined && status !== "ignored" && reaches(reach, labels));
  }

  #labelled(namespace: string): Namespace | undefined {
    return this.labelTableOf(namespace)?.inNamespace("").get(namespace);
  }
}
