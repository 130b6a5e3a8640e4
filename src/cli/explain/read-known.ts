/** Reads what `pullring explain` decides with: the input, and the credentials of manifests or of the cluster that it is about. */
import { templatePath } from "../../core/admission/pod-template.ts";
import { ConfigError } from "../../core/app-error.ts";
import { escapeText } from "../../core/quoted-text.ts";
import { findUnreadableField } from "../../core/verdicts/unreadable-field.ts";
import { hasSecrets, readCredentialFile } from "../../files/credential-manifest.ts";
import { type ManifestFile, readManifestFiles } from "../../files/manifest-files.ts";
import { applyManifest, withoutServerFields } from "./applied-object.ts";
import type { ClusterReader } from "./cluster-reader.ts";
import { type InputItem, type InputRequest, readItems, toImageItem, toLiveItem } from "./input.ts";
import { DEFAULT_NAMESPACE, type Known, knownOf } from "./known.ts";
import { parseObjectArguments } from "./object-arguments.ts";
import type { ExplainOptions } from "./options.ts";

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
