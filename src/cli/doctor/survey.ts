/** What is wrong in the cluster: Pods that wait for an image, credentials with findings, and names in lists that help nobody. */
import { describeError } from "../../cluster/api/api-server-error.ts";
import type { Webhook } from "../../core/admission/webhook-selection.ts";
import { findListedNames } from "../../core/doctor/listed-names.ts";
import { judgeSharing, type SharingFacts, type SharingFinding } from "../../core/doctor/sharing.ts";
import { listWaitingImages } from "../../core/healing/waiting-images.ts";
import { type JsonObject, memberAt, stringOf } from "../../core/json-value.ts";
import { isBeingDeleted } from "../../core/object-metadata.ts";
import type { ListedName } from "../../core/verdicts/listed-name.ts";
import { type ClusterContents, readNamespaces } from "../explain/cluster-contents.ts";
import type { ClusterReader } from "../explain/cluster-reader.ts";
import { explainItems } from "../explain/explain-items.ts";
import { toLiveItem } from "../explain/input.ts";
import { type Known, knownOfCluster } from "../explain/known.ts";
import type { LiveObject } from "../explain/live-objects.ts";
import type { ExplainedCredential, LiveReport } from "../explain/report.ts";

/** A Pod that waits for an image. */
export interface WaitingPod {
  readonly namespace: string;
  readonly pod: string;
  readonly verdict: LiveReport["verdict"];
}

/** What is looked at in the cluster. */
export type SurveyedPart = "pods" | "credentials" | "sharing" | "listed-names";

/** What was found. */
export interface Survey {
  /** What could not be read, or not in whole; the errors of the reader say why. */
  readonly unread: ReadonlySet<SurveyedPart>;
  readonly waiting: readonly WaitingPod[];
  /** Those with a finding. */
  readonly credentials: readonly ExplainedCredential[];
  readonly names: readonly ListedName[];
  /** undefined where nothing is shared. */
  readonly sharing: readonly SharingFinding[] | undefined;
}

/** The handled kinds that people make themselves, and whose lists outlast a Pod. @see src/core/admission/pod-template.ts for all of them */
const WORKLOADS = [
  { group: "apps", kind: "Deployment", resource: "deployments" },
  { group: "apps", kind: "StatefulSet", resource: "statefulsets" },
  { group: "apps", kind: "DaemonSet", resource: "daemonsets" },
  { group: "batch", kind: "CronJob", resource: "cronjobs" },
  { group: "", kind: "ReplicationController", resource: "replicationcontrollers" },
] as const;

/** What is looked at. */
export interface SurveyScope {
  /** undefined for all. */
  readonly namespace: string | undefined;
  /** Of Pods and workloads; undefined for all. */
  readonly labelSelector: string | undefined;
  /** Those of pullring; undefined where they could not be read. */
  readonly webhooks: readonly Webhook[] | undefined;
  /** Namespace of the shared credentials; undefined where none are shared. */
  readonly sharedNamespace: string | undefined;
}

/** Looks at one namespace, or at all. Never throws. */
export async function takeSurvey(reader: ClusterReader, scope: SurveyScope): Promise<Survey> {
  const { namespace, webhooks, sharedNamespace } = scope;
  const isWhole = namespace === undefined;
  const pods = await readPods(reader, scope);
  const places = new Set((pods ?? []).map((pod) => pod.namespace));
  const chosen = [...new Set([namespace, sharedNamespace])].filter((name) => name !== undefined);
  const contents = await readNamespaces(reader, isWhole ? [...places] : chosen, isWhole);
  const known: Known = {
    ...knownOfCluster({ reader, contents, webhooks, isWhole }, [], sharedNamespace),
    // A request for each Secret would be too many.
    createdAt: () => Promise.resolve(undefined),
  };
  const waiting: WaitingPod[] = [];
  for (const group of groupsOf(pods ?? [], isWhole ? GROUP_SIZE : Number.POSITIVE_INFINITY)) {
    waiting.push(...(await judgePods(reader, known, group)));
  }
  const { names, isWhole: hasAllNames } = await readNames(reader, scope, { known, contents });
  const parts: readonly (readonly [SurveyedPart, boolean])[] = [
    ["pods", pods !== undefined],
    ["credentials", contents.hasAllCredentials],
    ["sharing", contents.hasAllCredentials && contents.hasAllRows && contents.namespaces.length > 0],
    ["listed-names", hasAllNames],
  ];
  const unread = new Set(parts.filter(([, isRead]) => !isRead).map(([part]) => part));
  const credentials = known.list("with-findings").filter(({ sharedFrom }) => {
    // What is wrong with a copy is told of its source.
    return sharedNamespace === undefined || sharedFrom !== sharedNamespace;
  });
  const sharing =
    sharedNamespace === undefined ? undefined : judgeSharing(sharingFactsOf(sharedNamespace, contents, known));
  return { unread, waiting, credentials, names, sharing };
}

function sharingFactsOf(sharedNamespace: string, contents: ClusterContents, { webhooks }: Known): SharingFacts {
  const names = new Set(contents.rows.map(({ namespace, name }) => `${namespace}/${name}`));
  const copies = new Set(
    contents.credentials
      .filter(({ credential }) => credential.sharedFrom === sharedNamespace)
      .map(({ namespace, credential }) => `${namespace}/${credential.name}`),
  );
  return {
    sharedNamespace,
    sources: contents.credentials.flatMap(({ namespace, credential: { name, reason }, reach }) => {
      const isLeftOut = reason?.code === "opted-out" || reason?.code === "being-deleted";
      return namespace !== sharedNamespace || reach === undefined || isLeftOut ? [] : [{ name, reach }];
    }),
    namespaces: contents.namespaces.filter(({ isBeingDeleted: isEnding }) => isEnding !== true),
    secretOf: (namespace, name) => {
      if (copies.has(`${namespace}/${name}`)) return "copy";
      return names.has(`${namespace}/${name}`) ? "own" : "none";
    },
    webhooks,
  };
}

/** Pods that are explained at once: an explanation takes twenty times the memory of its verdict. */
const GROUP_SIZE = 100;

/** More than one group only where no group has the cluster asked for more. */
function* groupsOf<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}

async function judgePods(
  reader: ClusterReader,
  known: Known,
  pods: readonly LiveObject[],
): Promise<readonly WaitingPod[]> {
  const { explained, reports, unexplained } = await explainItems({ ...known, items: pods.map(toLiveItem) });
  for (const [{ request }, message] of unexplained) {
    reader.addError(`Pod ${request.namespace}/${request.name}: ${message}`);
  }
  return [...explained].flatMap(([{ request }, object]): readonly WaitingPod[] => {
    const report = reports.get(object);
    return report === undefined ? [] : [{ namespace: request.namespace, pod: request.name, verdict: report.verdict }];
  });
}

/** Those that wait for an image, as far as they can be read. */
async function readPods(
  reader: ClusterReader,
  { namespace, labelSelector }: SurveyScope,
): Promise<readonly LiveObject[] | undefined> {
  const kind = { group: "", kind: "Pod" };
  const type = { ...kind, resource: "pods" };
  try {
    const pods = await reader.list(type, namespace, { fieldSelector: "status.phase=Pending", labelSelector });
    return pods
      .filter((pod) => listWaitingImages(pod).length > 0 && !isBeingDeleted(pod))
      .map((pod) => ({
        kind,
        namespace: textAt(pod, "namespace"),
        name: textAt(pod, "name"),
        object: pod,
        // An owner that is not read counts as one that is there, and a request for each would be too many.
        pods: [{ pod, owner: {}, events: [] }],
      }));
  } catch (error) {
    reader.addError(`pods: ${describeError(error)}`);
    return undefined;
  }
}

async function readNames(
  reader: ClusterReader,
  { namespace, labelSelector }: SurveyScope,
  { known, contents }: { readonly known: Known; readonly contents: ClusterContents },
): Promise<{ readonly names: readonly ListedName[]; readonly isWhole: boolean }> {
  let isWhole = contents.hasAllRows;
  const secrets = new Set(contents.rows.map((row) => `${row.namespace}/${row.name}`));
  const hasSecret = (place: string) =>
    contents.hasAllRows ? (name: string) => secrets.has(`${place}/${name}`) : undefined;
  const found = await Promise.all(
    WORKLOADS.map(async ({ resource, ...kind }) => {
      try {
        const objects = await reader.list({ ...kind, resource }, namespace, { labelSelector });
        return objects.flatMap((object) => {
          const place = textAt(object, "namespace");
          const stored = { kind, namespace: place, name: textAt(object, "name"), object };
          return findListedNames(stored, (account) => known.view(place, account), hasSecret(place));
        });
      } catch (error) {
        reader.addError(`${resource}: ${describeError(error)}`);
        isWhole = false;
        return [];
      }
    }),
  );
  const ofAccounts = contents.serviceAccounts.flatMap(({ namespace: place, name, serviceAccount }) => {
    const has = hasSecret(place);
    const missing = has === undefined ? [] : serviceAccount.imagePullSecrets.filter((secret) => !has(secret));
    return missing.map(
      (secret) => ({ code: "missing", kind: "ServiceAccount", namespace: place, name, secret }) as const,
    );
  });
  return { names: [...found.flat(), ...ofAccounts], isWhole };
}

function textAt(object: JsonObject, member: "namespace" | "name"): string {
  return stringOf(memberAt(object, ["metadata", member])) ?? "";
}
