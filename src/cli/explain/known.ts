/** What `pullring explain` decides with: the credentials of manifests and of the input, or of a cluster and of the input. */
import type { AdmissionRequest } from "../../core/admission/filter-request.ts";
import type { NamespaceView } from "../../core/admission/namespace-view.ts";
import { templatePath } from "../../core/admission/pod-template.ts";
import { DEFAULT_WEBHOOKS, findNotServed, type Webhook } from "../../core/admission/webhook-selection.ts";
import { ConfigError } from "../../core/app-error.ts";
import { compareBytes } from "../../core/go/byte-string.ts";
import type { JsonObject } from "../../core/json-value.ts";
import { CREDENTIAL_TYPES } from "../../core/kubelet/credential.ts";
import type { Labels } from "../../core/labels/label-selector.ts";
import { escapeText } from "../../core/quoted-text.ts";
import { lineOf, verdictOf } from "../../core/sentences/credential.ts";
import { verdictOfSharingProblem } from "../../core/sentences/sharing.ts";
import { findingAt } from "../../core/verdicts/finding.ts";
import type { JudgedCredential } from "../../core/verdicts/judged-credential.ts";
import type { NotServed } from "../../core/verdicts/not-served.ts";
import { findUnreadableField } from "../../core/verdicts/unreadable-field.ts";
import {
  findWhereabouts,
  type SecretDirectory,
  type SecretPlace,
  type WantedSecrets,
} from "../../core/verdicts/whereabouts.ts";
import { type CredentialFile, findSecret, hasSecrets, readCredentialFile } from "../../files/credential-manifest.ts";
import { CredentialSet, type SharedFrom, type UnreadableReach } from "../../files/credential-set.ts";
import { describeManifestError } from "../../files/manifest-error.ts";
import { type ManifestFile, readManifestFiles } from "../../files/manifest-files.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import { applyManifest, withoutServerFields } from "./applied-object.ts";
import type { ClusterContents } from "./cluster-contents.ts";
import type { ClusterReader } from "./cluster-reader.ts";
import { type InputItem, type InputRequest, readItems, toImageItem, toLiveItem } from "./input.ts";
import { parseObjectArguments } from "./object-arguments.ts";
import type { ExplainOptions } from "./options.ts";
import type { ExplainedCredential } from "./report.ts";

/** The input, and what is known for it. */
export interface Known {
  readonly items: readonly InputItem[];
  view(namespace: string, serviceAccountName: string): NamespaceView;
  /** Says why the API server does not ask pullring; undefined when it does. */
  whyNotServed(request: AdmissionRequest): NotServed | undefined;
  labelsOf(namespace: string): Labels;
  readonly webhooks: readonly Webhook[];
  /** Whether the cluster has a webhook configuration of pullring, as far as is known. */
  readonly isInstalled: boolean;
  /** Whether all credentials of a namespace are known. */
  isKnown(namespace: string): boolean;
  /** Where a Secret is shared from; undefined for the namespace's own. */
  sharedFrom(place: SecretPlace): SharedFrom | undefined;
  /** When a Secret was created, as the API server writes it; undefined when that is not known. */
  createdAt(place: SecretPlace): Promise<string | undefined>;
  /** Reads a Secret with its data, for one who forgets it at once; undefined where that cannot be done. */
  readSecret(place: SecretPlace): Promise<JsonObject | undefined>;
  /** Every Secret, by namespace and name in the order of bytes; those without a finding may be left out. */
  list(which?: "all" | "with-findings"): readonly ExplainedCredential[];
  /** Where the Secrets are that objects want; a cluster is asked for those that are not there. */
  openDirectory(wanted: readonly WantedSecrets[]): Promise<SecretDirectory>;
  /** What could not be read, one line each. */
  errors(): readonly string[];
  /** What is odd without being wrong, one line each. */
  notes(): readonly string[];
  /** Ends the connections to the cluster. */
  close(): void;
}

/** What is read of a cluster; undefined for an explanation without one. */
export interface ClusterPart {
  readonly reader: ClusterReader;
  readonly contents: ClusterContents;
  readonly webhooks: readonly Webhook[] | undefined;
  /** Whether the contents are those of all namespaces, so that nothing more has to be asked for. */
  readonly isWhole?: boolean;
}

/** What a cluster says about objects of it, without any input. @param sharedNamespace as for CredentialSet */
export function knownOfCluster(cluster: ClusterPart, items: readonly InputItem[], sharedNamespace?: string): Known {
  return knownOf({ input: [], files: [], namespace: DEFAULT_NAMESPACE, items, sharedNamespace }, cluster);
}

/**
 * Reads what the input needs. Secrets, ServiceAccounts and Namespaces of the input count as if they were stored already.
 * @throws ConfigError when there are neither credentials to decide with nor a cluster to ask
 */
export async function readKnown(options: ExplainOptions, args: readonly string[]): Promise<Known> {
  const { sharedNamespace } = options;
  const isRecursive = options.recursive === true;
  const input = await readAll(options.filename, isRecursive);
  if (options.credentials.length > 0) {
    const files = await readAll(options.credentials, isRecursive);
    const namespace = options.namespace ?? DEFAULT_NAMESPACE;
    return knownOf({
      input,
      files,
      namespace,
      sharedNamespace,
      items: [...imageItems(options, namespace), ...readItems(input, namespace)],
    });
  }
  const reader = await openCluster(options, input, args);
  const namespace = options.namespace ?? reader?.namespace ?? DEFAULT_NAMESPACE;
  const [live, webhooks] = await Promise.all([
    reader === undefined ? [] : readLive({ reader, options, args, namespace }),
    reader?.readWebhooks(),
  ]);
  const items = [...live, ...imageItems(options, namespace), ...readItems(input, namespace)];
  const requests = items.filter((item) => item.type === "request");
  if (reader === undefined) {
    return knownOf(
      { input, files: [], namespace, items, sharedNamespace },
      undefined,
      requests.length === 0 ? [] : [NO_CLUSTER],
    );
  }
  // Nor is this loaded without a cluster.
  const { readNamespaces } = await import("./cluster-contents.ts");
  const places = requests.map(({ request }) => request.namespace);
  const namespaces = [...new Set(sharedNamespace === undefined ? places : [...places, sharedNamespace])];
  const [contents, updated] = await Promise.all([
    readNamespaces(reader, namespaces, options.allNamespaces),
    Promise.all(items.map((item) => (item.type === "request" ? toUpdate(item, reader) : item))),
  ]);
  return knownOf({ input, files: [], namespace, items: updated, sharedNamespace }, { reader, contents, webhooks });
}

function imageItems({ image, serviceaccount }: ExplainOptions, namespace: string): readonly InputItem[] {
  return image.map((one) => toImageItem(one, namespace, serviceaccount));
}

/** What the arguments name. */
async function readLive({
  reader,
  options,
  args,
  namespace,
}: {
  readonly reader: ClusterReader;
  readonly options: ExplainOptions;
  readonly args: readonly string[];
  readonly namespace: string;
}): Promise<readonly InputItem[]> {
  if (args.length === 0) return [];
  const { readLiveObjects } = await import("./live-objects.ts");
  const { selections } = parseObjectArguments(args);
  const place = options.allNamespaces ? undefined : namespace;
  const objects = await readLiveObjects(reader, { selections, namespace: place, labelSelector: options.selector });
  if (objects.length === 0 && reader.errors.length === 0) {
    const where = place === undefined ? "all namespaces" : `namespace ${escapeText(place)}`;
    reader.addNote(`no such objects in ${where}`);
  }
  return objects.map(toLiveItem);
}

const DEFAULT_NAMESPACE = "default";
const NO_CLUSTER = "there is no cluster to ask; explained with what the input itself has of Secrets";

async function readAll(paths: readonly string[], isRecursive: boolean): Promise<readonly ManifestFile[]> {
  const files: ManifestFile[] = [];
  for await (const file of readManifestFiles(paths, isRecursive)) files.push(file);
  return files;
}

/**
 * Gives undefined where there is no cluster and none is needed: the input has Secrets of its own, as what `helm template` prints may
 * have, or nothing to decide. What cannot be read of it says more than that there is no cluster.
 */
async function openCluster(
  options: ExplainOptions,
  input: readonly ManifestFile[],
  args: readonly string[],
): Promise<ClusterReader | undefined> {
  const { ClusterReader: Reader } = await import("./cluster-reader.ts");
  try {
    return await Reader.open(options, args.length > 0 ? "name a kubeconfig with --kubeconfig" : undefined);
  } catch (error) {
    if (args.length > 0 || options.image.length > 0) throw error;
    const isChosen = options.kubeconfig !== undefined || options.context !== undefined;
    const items = readItems(input, DEFAULT_NAMESPACE);
    const isEnough = input.some(hasSecrets) || !items.some(({ type }) => type === "request") || hasErrors(input, items);
    if (error instanceof ConfigError && isEnough && !isChosen) return undefined;
    throw error;
  }
}

/** Whether something of the input cannot be read, so that there is more to say than that there is no cluster. */
function hasErrors(input: readonly ManifestFile[], items: readonly InputItem[]): boolean {
  return (
    input.some((file) => readCredentialFile(file, DEFAULT_NAMESPACE).errors.length > 0) ||
    items.some((item) => {
      if (item.type !== "request") return item.type === "error";
      const { kind, object } = item.request;
      return !item.isRecorded && findUnreadableField(object, templatePath(kind) ?? []) !== undefined;
    })
  );
}

/** An object that exists is not created but updated, as `kubectl apply` would. */
async function toUpdate(item: InputRequest, reader: ClusterReader): Promise<InputRequest> {
  const { object } = item.request;
  if (item.isRecorded || item.live !== undefined || object === undefined) return item;
  const stored = await reader.readStored(item.request);
  if (stored === undefined) return item;
  const merged = withoutServerFields(applyManifest(stored, object));
  return { ...item, request: { ...item.request, operation: "UPDATE", object: merged, oldObject: stored } };
}

interface Sources {
  readonly input: readonly ManifestFile[];
  readonly files: readonly ManifestFile[];
  readonly namespace: string;
  readonly items: readonly InputItem[];
  readonly sharedNamespace: string | undefined;
}

function knownOf(
  { input, files, namespace, items, sharedNamespace }: Sources,
  cluster?: ClusterPart,
  notes: readonly string[] = [],
): Known {
  const read = (file: ManifestFile): CredentialFile => readCredentialFile(file, namespace);
  const credentials = files.map(read);
  // Errors of the input itself are among its items.
  const ofInput = input.map((file) => read({ ...file, errors: [] }));
  const parts = [...credentials, ...ofInput.map(({ path: _, ...contents }) => contents)];
  const contents = cluster === undefined ? [] : [cluster.contents];
  const set = new CredentialSet([...contents, ...parts], sharedNamespace);
  const isInstalled = cluster?.webhooks === undefined || cluster.webhooks.length > 0;
  const webhooks = (isInstalled ? cluster?.webhooks : undefined) ?? DEFAULT_WEBHOOKS;
  let whole: SecretDirectory | undefined;
  return {
    items,
    view: (place, name) => {
      const view = set.view(place, name);
      const isAbsent = cluster?.contents.withAccounts.has(place) && !set.hasServiceAccount({ namespace: place, name });
      return isAbsent ? { ...view, serviceAccount: null } : view;
    },
    whyNotServed: (request) => findNotServed(request, set.labelsOf(request.namespace), webhooks),
    labelsOf: (place) => set.labelsOf(place),
    webhooks,
    isInstalled,
    isKnown: (place) => cluster === undefined || cluster.contents.known.has(place),
    sharedFrom: (place) => set.sharedFrom(place),
    createdAt: async (place) => await cluster?.reader.readCreationTime(place),
    readSecret: async (place) => {
      const shared = set.sharedFrom(place);
      const source = shared?.isThere === false ? { namespace: shared.namespace, name: place.name } : place;
      return findSecret([...files, ...input], source, namespace) ?? (await cluster?.reader.readSecret(source));
    },
    list: (which = "all") =>
      set
        .list()
        .filter(({ credential }) => which === "all" || credential.findings.length > 0)
        .map(({ namespace: place, credential }) => toPublicFormat(place, credential)),
    openDirectory: async (wanted) => {
      if (cluster === undefined) return directoryOf(set);
      if (cluster.isWhole !== true) return await askForMore({ set, parts: [...contents, ...parts], cluster, wanted });
      whole ??= directoryOfWhole(set, cluster.contents);
      return whole;
    },
    errors: () => [
      ...[...credentials, ...ofInput].flatMap((file) => file.errors.map(describeManifestError)),
      ...(cluster?.reader.errors ?? []),
    ],
    notes: () => [
      ...notes,
      ...[...files, ...input].flatMap((file) => file.notes.map(describeManifestError)),
      ...set.duplicates.map(
        ({ kind, namespace: place, name, path }) =>
          `${kind} ${escapeText(`${place}/${name}`)} is described more than once; the last one, in ${escapeText(path)}, counts`,
      ),
      ...[...credentials, ...ofInput].flatMap(noteOnPromised),
      ...(sharedNamespace === undefined ? [] : set.unreadableReaches().map(noteOnReach(sharedNamespace))),
      ...(cluster?.reader.notes ?? []),
    ],
    close: () => cluster?.reader.close(),
  };
}

function noteOnPromised({ promised }: CredentialFile): readonly string[] {
  return promised
    .filter(({ type }) => CREDENTIAL_TYPES.has(type))
    .map(({ by, namespace, name }) => {
      const place = escapeText(`${namespace}/${name}`);
      return `${by} ${place} will make a pull Secret of that name; what it serves is known when it is there`;
    });
}

function noteOnReach(sharedNamespace: string): (reach: UnreadableReach) => string {
  return ({ name, error }) => {
    const verdict = verdictOfSharingProblem({ code: "unreadable-selector", error }, name);
    return `Secret ${escapeText(`${sharedNamespace}/${name}`)}: ${lineOf(verdict)}`;
  };
}

function directoryOf(set: CredentialSet): SecretDirectory {
  return {
    typeOf: (place) => set.find(place)?.type,
    reasonOf: (place) => set.find(place)?.reason,
    findLeftAlone: (repository, namespace) => set.findLeftAlone(repository, namespace),
    makerOf: (place) => set.makerOf(place),
    isKnown: () => true,
    namespacesOf: (name) => set.namespacesOf(name),
    findServing: (repository, namespace) => set.findServing(repository, namespace),
  };
}

/** Of a cluster of which all is known, the Secrets of other types too. */
function directoryOfWhole(set: CredentialSet, { rows, known }: ClusterContents): SecretDirectory {
  const local = directoryOf(set);
  const types = new Map<string, string>();
  const namespaces = new Map<string, string[]>();
  for (const { namespace, name, type } of rows) {
    if (set.find({ namespace, name }) !== undefined) continue;
    types.set(`${namespace}/${name}`, type);
    const having = namespaces.get(name) ?? [];
    namespaces.set(name, having);
    having.push(namespace);
  }
  return {
    ...local,
    typeOf: (place) => local.typeOf(place) ?? types.get(`${place.namespace}/${place.name}`),
    isKnown: (namespace) => known.has(namespace),
    namespacesOf: (name) => [...local.namespacesOf(name), ...(namespaces.get(name) ?? [])].sort(compareBytes),
  };
}

/** Looks in all namespaces of the cluster for what the known ones do not have. */
async function askForMore({
  set,
  parts,
  cluster: { reader, contents },
  wanted,
}: {
  readonly set: CredentialSet;
  readonly parts: ConstructorParameters<typeof CredentialSet>[0];
  readonly cluster: ClusterPart;
  readonly wanted: readonly WantedSecrets[];
}): Promise<SecretDirectory> {
  const types = new Map(contents.rows.map(({ namespace, name, type }) => [`${namespace}/${name}`, type]));
  const local = directoryOf(set);
  const known: SecretDirectory = {
    ...local,
    typeOf: (place) => local.typeOf(place) ?? types.get(`${place.namespace}/${place.name}`),
    isKnown: (namespace) => contents.known.has(namespace),
  };
  const found = wanted.flatMap((secrets) => findWhereabouts(secrets, known));
  const missing = new Set(found.flatMap((place) => (place.code === "missing" ? place.secret : [])));
  const isUnserved = wanted.some(({ unserved }) => unserved.length > 0);
  const { readElsewhere } = await import("./cluster-contents.ts");
  const { named, credentials } = await readElsewhere(reader, [...missing], isUnserved);
  const nothing = { promised: [], serviceAccounts: [], namespaces: [] };
  const everywhere = new CredentialSet([{ ...nothing, credentials }, ...parts]);
  return {
    ...known,
    namespacesOf: (name) => {
      const others = named.filter((place) => place.name === name).map(({ namespace }) => namespace);
      return [...new Set([...everywhere.namespacesOf(name), ...others])].sort(compareBytes);
    },
    findServing: (repository, namespace) => everywhere.findServing(repository, namespace),
  };
}

/** Gives a credential in the public format, with sentences beside the codes. */
function toPublicFormat(namespace: string, credential: JudgedCredential): ExplainedCredential {
  const { name, type, status, reason, registries, findings, sharedFrom = null } = credential;
  const nowSeconds = SYSTEM_CLOCK.now() / 1000;
  return {
    namespace,
    name,
    type,
    status,
    reason: reason === null ? null : verdictOf(reason).sentence,
    registries,
    sharedFrom,
    findings: findings.map((finding) => {
      const current = findingAt(finding, nowSeconds);
      return { ...current, ...verdictOf(current, { namespace, name }) };
    }),
  };
}
