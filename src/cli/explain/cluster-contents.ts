/** Reads the credentials, ServiceAccounts and labels of namespaces of a cluster, once, as one person may. */
import { describeError } from "../../cluster/api/api-server-error.ts";
import { listObjects } from "../../cluster/list-watch/list.ts";
import { listSecretTable, type SecretRow } from "../../cluster/list-watch/secret-table.ts";
import { markedCredentialResource } from "../../cluster/objects/marked-credential-resource.ts";
import { SERVICE_ACCOUNTS } from "../../cluster/objects/service-account-resource.ts";
import { labelsOf } from "../../core/admission/webhook-selection.ts";
import { type JsonObject, memberAt, stringOf } from "../../core/json-value.ts";
import { CREDENTIAL_TYPES } from "../../core/kubelet/credential.ts";
import { isBeingDeleted, isObjectName } from "../../core/object-metadata.ts";
import { escapeText } from "../../core/quoted-text.ts";
import type { SecretPlace } from "../../core/verdicts/whereabouts.ts";
import type {
  LabelledNamespace,
  NamespacedCredential,
  NamespacedServiceAccount,
} from "../../files/credential-manifest.ts";
import { type ClusterReader, describeRead, TIMEOUT_MS } from "./cluster-reader.ts";

/** Names of Secrets that are looked for in all namespaces; more are rather a mistake of the caller than names. */
const MAX_NAMES = 20;

/** What is known of some namespaces. */
export interface ClusterContents {
  readonly credentials: readonly NamespacedCredential[];
  readonly promised: readonly [];
  readonly serviceAccounts: readonly NamespacedServiceAccount[];
  readonly namespaces: readonly LabelledNamespace[];
  /** Names and types of all Secrets, as far as they can be read. */
  readonly rows: readonly SecretRow[];
  /** Whether they could be read everywhere. */
  readonly hasAllRows: boolean;
  readonly hasAllCredentials: boolean;
  /** Namespaces of which all pull Secrets are known. */
  readonly known: ReadonlySet<string>;
  /** Namespaces that exist and whose ServiceAccounts are all known. */
  readonly withAccounts: ReadonlySet<string>;
}

/** Where else Secrets are. */
export interface Elsewhere {
  /** Secrets of the names that were asked for, of every type. */
  readonly named: readonly SecretPlace[];
  readonly credentials: readonly NamespacedCredential[];
}

/**
 * Reads the credentials, ServiceAccounts and labels of `namespaces`, which are distinct. Never throws.
 * @param isAll whether those of all namespaces are read at once, as they are many
 */
export async function readNamespaces(
  reader: ClusterReader,
  namespaces: readonly string[],
  isAll = false,
): Promise<ClusterContents> {
  const contents = {
    credentials: [] as NamespacedCredential[],
    promised: [] as const,
    serviceAccounts: [] as NamespacedServiceAccount[],
    namespaces: [] as LabelledNamespace[],
    rows: [] as SecretRow[],
    hasAllRows: true,
    hasAllCredentials: true,
    known: new Set<string>(),
    withAccounts: new Set<string>(),
  };
  await Promise.all(
    (isAll ? [undefined] : namespaces.filter(isObjectName)).map(async (namespace) => {
      const [credentials, accounts, objects, others] = await Promise.all([
        listCredentials(reader, namespace).catch((error: unknown) => noteFailure(reader, "secrets", namespace, error)),
        listServiceAccounts(reader, namespace).catch((error: unknown) =>
          noteFailure(reader, "serviceaccounts", namespace, error),
        ),
        readNamespaceObjects(reader, namespace),
        listTable(reader, { namespace }).catch(() => undefined),
      ]);
      // There may be more of them than a call takes arguments.
      for (const credential of credentials ?? []) contents.credentials.push(credential);
      for (const account of accounts ?? []) contents.serviceAccounts.push(account);
      for (const row of others ?? []) contents.rows.push(row);
      if (others === undefined) contents.hasAllRows = false;
      if (credentials === undefined) contents.hasAllCredentials = false;
      const names = namespace === undefined ? namespaces : [namespace];
      if (credentials !== undefined) for (const name of names) contents.known.add(name);
      for (const object of objects) {
        const labels = labelsOf(object);
        contents.namespaces.push({ name: nameOf(object), labels, isBeingDeleted: isBeingDeleted(object) });
        if (accounts !== undefined) contents.withAccounts.add(nameOf(object));
      }
    }),
  );
  return contents;
}

/**
 * Looks in all namespaces, as far as the person may: for Secrets of some names, and for credentials of any. Never throws;
 * what cannot be read is not missed.
 */
export async function readElsewhere(
  reader: ClusterReader,
  names: readonly string[],
  wantsCredentials: boolean,
): Promise<Elsewhere> {
  const lists = names
    .filter(isObjectName)
    .slice(0, MAX_NAMES)
    .map((name) => listTable(reader, { fieldSelector: `metadata.name=${name}` }).catch(() => []));
  const credentials = wantsCredentials ? await listCredentials(reader, undefined).catch(() => []) : [];
  return { named: (await Promise.all(lists)).flat(), credentials };
}

async function listCredentials(
  { source, signal }: ClusterReader,
  namespace: string | undefined,
): Promise<readonly NamespacedCredential[]> {
  const credentials: NamespacedCredential[] = [];
  const lists = [...CREDENTIAL_TYPES.keys()].map((type) =>
    listObjects(
      source,
      { resource: markedCredentialResource(type), namespace },
      {
        signal,
        paged: true,
        onObject: ({ namespace: place, value: { reach, ...credential } }) =>
          credentials.push({ namespace: place, credential, reach }),
      },
    ),
  );
  await Promise.all(lists);
  return credentials;
}

async function listServiceAccounts(
  { source, signal }: ClusterReader,
  namespace: string | undefined,
): Promise<readonly NamespacedServiceAccount[]> {
  const accounts: NamespacedServiceAccount[] = [];
  await listObjects(
    source,
    { resource: SERVICE_ACCOUNTS, namespace },
    {
      signal,
      paged: true,
      onObject: ({ namespace: place, name, value }) => accounts.push({ namespace: place, name, serviceAccount: value }),
    },
  );
  return accounts;
}

async function listTable(
  { source, signal }: ClusterReader,
  which: { readonly namespace?: string | undefined; readonly fieldSelector?: string },
): Promise<readonly SecretRow[]> {
  const options = { namespace: undefined, idleTimeoutMs: TIMEOUT_MS, signal };
  return (await listSecretTable(source, { ...options, ...which })).rows;
}

/** A namespace that cannot be read is one without labels. @param namespace undefined for all */
async function readNamespaceObjects(
  reader: ClusterReader,
  namespace: string | undefined,
): Promise<readonly JsonObject[]> {
  const type = { group: "", kind: "Namespace", resource: "namespaces" };
  const verb = namespace === undefined ? "list" : "get";
  try {
    if (namespace === undefined) return await reader.list(type, undefined);
    const address = { group: "", resource: type.resource, namespace: undefined, name: namespace };
    const object = await reader.read(address, { ...address, verb }, type.kind);
    return object === undefined ? [] : [object];
  } catch (error) {
    reader.addNote(`namespaces: ${describeRead(error, verb, "namespaces")}; explained as if they had no labels`);
    return [];
  }
}

/** What may not be listed is named once for each namespace, whatever the type. */
function noteFailure(
  reader: ClusterReader,
  resource: string,
  namespace: string | undefined,
  error: unknown,
): undefined {
  const place = `${resource} of ${namespace === undefined ? "all namespaces" : `namespace ${escapeText(namespace)}`}`;
  reader.addError(`${place}: ${describeError(error)}; explained as if there were none`);
}

function nameOf(object: JsonObject): string {
  return stringOf(memberAt(object, ["metadata", "name"])) ?? "";
}
