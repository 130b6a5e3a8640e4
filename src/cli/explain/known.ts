/** What `pullring explain` decides with: the credentials of manifests and of the input, or of a cluster and of the input. */
import type { AdmissionRequest } from "../../core/admission/filter-request.ts";
import type { NamespaceView } from "../../core/admission/namespace-view.ts";
import { DEFAULT_WEBHOOKS, findNotServed, type Webhook } from "../../core/admission/webhook-selection.ts";
import type { JsonObject } from "../../core/json-value.ts";
import { CREDENTIAL_TYPES } from "../../core/kubelet/credential.ts";
import type { Labels } from "../../core/labels/label-selector.ts";
import { escapeText } from "../../core/quoted-text.ts";
import { lineOf, verdictOf } from "../../core/sentences/credential.ts";
import { verdictOfSharingProblem } from "../../core/sentences/sharing.ts";
import { findingAt } from "../../core/verdicts/finding.ts";
import type { JudgedCredential } from "../../core/verdicts/judged-credential.ts";
import type { NotServed } from "../../core/verdicts/not-served.ts";
import type { SecretDirectory, SecretPlace, WantedSecrets } from "../../core/verdicts/whereabouts.ts";
import { type CredentialFile, findSecret, readCredentialFile } from "../../files/credential-manifest.ts";
import { CredentialSet, type SharedFrom, type UnreadableReach } from "../../files/credential-set.ts";
import { describeManifestError } from "../../files/manifest-error.ts";
import type { ManifestFile } from "../../files/manifest-files.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import type { ClusterContents } from "./cluster-contents.ts";
import type { ClusterReader } from "./cluster-reader.ts";
import type { InputItem } from "./input.ts";
import type { ExplainedCredential } from "./report.ts";
import { askForMore, directoryOf, directoryOfWhole } from "./secret-directories.ts";

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

/** Namespace of what names none, where no other is chosen. */
export const DEFAULT_NAMESPACE = "default";

/** What is decided about, and the manifests to decide with. */
export interface Sources {
  readonly input: readonly ManifestFile[];
  readonly files: readonly ManifestFile[];
  /** Of what names none in a manifest. */
  readonly namespace: string;
  readonly items: readonly InputItem[];
  readonly sharedNamespace: string | undefined;
}

/** What a cluster says about objects of it, without any input. @param sharedNamespace as for CredentialSet */
export function knownOfCluster(cluster: ClusterPart, items: readonly InputItem[], sharedNamespace?: string): Known {
  return knownOf({ input: [], files: [], namespace: DEFAULT_NAMESPACE, items, sharedNamespace }, cluster);
}

/** @param notes what is to be said beside what the manifests and the cluster have to say */
export function knownOf(
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
