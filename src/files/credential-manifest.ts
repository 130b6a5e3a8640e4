/**
 * Reads what a manifest file says of credentials: Secrets without their payloads, what will make Secrets, ServiceAccounts and
 * the labels of namespaces. Nothing that comes out keeps the text of the file alive.
 */
import { readEligibleCredential } from "../core/admission/eligibility.ts";
import { groupKindOf } from "../core/admission/pod-template.ts";
import { readServiceAccount, type ServiceAccount } from "../core/admission/service-account.ts";
import { labelsOf } from "../core/admission/webhook-selection.ts";
import { isObject, type JsonObject, memberAt, memberOf, stringOf } from "../core/json-value.ts";
import { CREDENTIAL_TYPES } from "../core/kubelet/credential.ts";
import type { Labels } from "../core/labels/label-selector.ts";
import { escapeText } from "../core/quoted-text.ts";
import { sentenceOfUnreadable } from "../core/sentences/object.ts";
import { sharedFrom } from "../core/sharing/copy.ts";
import { type Reach, readReach } from "../core/sharing/share-with.ts";
import type { Finding } from "../core/verdicts/finding.ts";
import type { JudgedCredential } from "../core/verdicts/judged-credential.ts";
import { findRefusals } from "../core/verdicts/refusals.ts";
import { findUnreadableMember } from "../core/verdicts/unreadable-field.ts";
import type { SecretMaker } from "../core/verdicts/whereabouts.ts";
import type { ManifestError } from "./manifest-error.ts";
import type { ManifestFile } from "./manifest-files.ts";

/** A Secret of a file. */
export interface NamespacedCredential {
  readonly namespace: string;
  readonly credential: JudgedCredential;
  /** The namespaces that it says it is for; undefined: it says nothing. */
  readonly reach?: Reach | undefined;
}

/** A ServiceAccount of a file. */
export interface NamespacedServiceAccount {
  readonly namespace: string;
  readonly name: string;
  readonly serviceAccount: ServiceAccount;
}

/** An object of a file from which an operator will make a Secret. */
export interface PromisedSecret {
  readonly by: SecretMaker;
  readonly namespace: string;
  /** Name of the Secret that is made. */
  readonly name: string;
  /** Type of the Secret that is made. */
  readonly type: string;
}

/** A Namespace of a file. */
export interface LabelledNamespace {
  readonly name: string;
  readonly labels: Labels;
  /** Absent: it is not, or that is not known. */
  readonly isBeingDeleted?: boolean;
}

/** What is said of credentials, whoever says it. */
export interface CredentialContents {
  readonly credentials: readonly NamespacedCredential[];
  readonly promised: readonly PromisedSecret[];
  readonly serviceAccounts: readonly NamespacedServiceAccount[];
  readonly namespaces: readonly LabelledNamespace[];
}

/** What a file says of credentials. */
export interface CredentialFile extends CredentialContents {
  readonly path: string;
  readonly errors: readonly ManifestError[];
}

/**
 * Picks what is of credentials out of `file`; objects of other kinds are ignored, those without a name and Secrets that the API
 * server cannot read are errors.
 * @param defaultNamespace the namespace of objects that name none
 */
export function readCredentialFile(file: ManifestFile, defaultNamespace: string): CredentialFile {
  const { path } = file;
  const errors: ManifestError[] = [...file.errors];
  const credentials: NamespacedCredential[] = [];
  const promised: PromisedSecret[] = [];
  const serviceAccounts: NamespacedServiceAccount[] = [];
  const namespaces: LabelledNamespace[] = [];
  for (const object of file.objects) {
    const kind = kindOf(object);
    if (kind === undefined) continue;
    const name = detach(nameOf(object));
    const namespace = detach(namespaceOf(object, defaultNamespace));
    const reason = name === "" ? `a ${kind} has no name` : reasonOfNoObject(object, kind);
    if (reason !== undefined) {
      const place = kind === "Namespace" ? name : `${namespace}/${name}`;
      errors.push({ path, line: null, reason: name === "" ? reason : `${kind} ${escapeText(place)}: ${reason}` });
    } else if (kind === "Secret") {
      credentials.push({ namespace, credential: readSecretManifest(object), reach: reachOf(object) });
    } else if (kind === "ServiceAccount") {
      serviceAccounts.push({ namespace, name, serviceAccount: detach(readServiceAccount(object)) });
    } else if (kind === "Namespace") {
      namespaces.push({ name, labels: detach(labelsOf(object)) });
    } else {
      promised.push({ by: kind, namespace, ...readPromise(object, kind, name) });
    }
  }
  return { path, credentials, promised, serviceAccounts, namespaces, errors };
}

/** A selector has parts that JSON does not know, so that the text is copied that it is read from. */
function reachOf(secret: JsonObject): Reach | undefined {
  const annotations = memberAt(secret, ["metadata", "annotations"]) ?? {};
  return readReach(detach({ metadata: { annotations } }));
}

/** Gives a Secret of some files as the API server would store it, the last one of the name; undefined where there is none. */
export function findSecret(
  files: readonly Pick<ManifestFile, "objects">[],
  { namespace, name }: { readonly namespace: string; readonly name: string },
  defaultNamespace: string,
): JsonObject | undefined {
  const secret = files
    .flatMap(({ objects }) => objects)
    .findLast(
      (object) =>
        kindOf(object) === "Secret" &&
        memberAt(object, ["metadata", "name"]) === name &&
        namespaceOf(object, defaultNamespace) === namespace &&
        reasonOfNoObject(object, "Secret") === undefined,
    );
  return secret && withTexts(secret);
}

/** Tells whether a file has a Secret, or an object from which an operator will make one. */
export function hasSecrets({ objects }: Pick<ManifestFile, "objects">): boolean {
  return objects.some((object) => {
    const kind = kindOf(object);
    return kind !== undefined && kind !== "ServiceAccount" && kind !== "Namespace";
  });
}

type ReadKind = "Secret" | "ServiceAccount" | "Namespace" | SecretMaker;

/** In small letters: a kind in another case is a mistake. */
const KINDS: ReadonlyMap<string, ReadKind> = new Map([
  ["/secret", "Secret"],
  ["/serviceaccount", "ServiceAccount"],
  ["/namespace", "Namespace"],
  ["bitnami.com/sealedsecret", "SealedSecret"],
  ["external-secrets.io/externalsecret", "ExternalSecret"],
]);

/** Groups of custom kinds have a dot; a kind of the core group in another group of Kubernetes itself is a mistake. */
function kindOf(object: JsonObject): ReadKind | undefined {
  const { group = "", kind = "" } = groupKindOf(object) ?? { kind: stringOf(memberOf(object, "kind")) ?? "" };
  return KINDS.get((group.includes(".") ? `${group}/${kind}` : `/${kind}`).toLowerCase());
}

/** Why the API server does not take an object of this kind; undefined when nothing is known to speak against it. */
function reasonOfNoObject(object: JsonObject, kind: ReadKind): string | undefined {
  if (memberOf(object, "kind") !== kind) return `there is no such kind; write kind: ${kind}`;
  const apiVersion = memberOf(object, "apiVersion");
  const isCore = kind === "Secret" || kind === "ServiceAccount" || kind === "Namespace";
  if (isCore && apiVersion !== "v1") return `its apiVersion is not v1; write apiVersion: v1`;
  const field = isCore ? findUnreadableMember(object) : undefined;
  if (field !== undefined) return sentenceOfUnreadable(field);
  if (kind !== "Secret") return undefined;
  const type = memberOf(object, "type") ?? "";
  if (typeof type !== "string") return "its type is not a text; write type: kubernetes.io/dockerconfigjson";
  for (const [member, form] of [
    ["data", "KEY: BASE64"],
    ["stringData", "KEY: |, and the text indented on the lines below"],
  ] as const) {
    const values = memberOf(object, member) ?? {};
    const write = `write ${member} with lines of the form ${form}`;
    if (!isObject(values)) return `its ${member} is not a mapping of texts; ${write}`;
    const wrong = Object.entries(values).find(([, value]) => value !== null && typeof value !== "string");
    if (wrong !== undefined) return `${nameDataKey(member, wrong[0])} is not a text; ${write}`;
  }
  return undefined;
}

/** Only the keys that the kubelet reads are named: what is indented wrongly may be a part of what is secret. */
function nameDataKey(member: string, key: string): string {
  const isKnown = [...CREDENTIAL_TYPES.values()].some(({ dataKey }) => dataKey === key);
  return isKnown ? `its ${member}[${key}]` : `a value of its ${member}`;
}

/**
 * What the operators make, by their defaults.
 * @see https://github.com/bitnami-labs/sealed-secrets SealedSecret spec.template
 * @see https://external-secrets.io/latest/api/externalsecret/ spec.target
 */
function readPromise(object: JsonObject, kind: SecretMaker, name: string): Pick<PromisedSecret, "name" | "type"> {
  const target = memberAt(object, ["spec", kind === "SealedSecret" ? "template" : "target"]);
  const chosen = kind === "SealedSecret" ? memberAt(target, ["metadata", "name"]) : memberOf(target, "name");
  const type = kind === "SealedSecret" ? memberOf(target, "type") : memberAt(target, ["template", "type"]);
  return detach({ name: stringOf(chosen) || name, type: stringOf(type) || "Opaque" });
}

/** Gives the namespace that `object` names, or `defaultNamespace`. */
export function namespaceOf(object: JsonObject, defaultNamespace: string): string {
  return stringOf(memberAt(object, ["metadata", "namespace"])) || defaultNamespace;
}

/** The start of the name where the API server makes the rest; "" when it has neither. */
function nameOf(object: JsonObject): string {
  const metadata = objectOf(object.metadata);
  return stringOf(metadata.name) || (stringOf(metadata.generateName) ?? "");
}

/** Reads a Secret as it is written in a manifest. It is judged as the API server would as well, as nothing has seen it yet. */
function readSecretManifest(manifest: JsonObject): JudgedCredential {
  const named = { ...manifest, metadata: { ...objectOf(manifest.metadata), name: nameOf(manifest) } };
  const credential = readEligibleCredential(withTexts(named));
  const from = sharedFrom(manifest);
  const refusals = findRefusals(manifest).filter((refusal) => !isSaid(refusal, credential.findings));
  const findings = [...credential.findings, ...refusals];
  return detach({ ...credential, findings, ...(from !== undefined && { sharedFrom: from }) });
}

/** Of a payload that cannot be read the finding says more. */
function isSaid({ field, problem }: ReturnType<typeof findRefusals>[number], findings: readonly Finding[]): boolean {
  if (problem === "not-base64") {
    return findings.some((finding) => finding.code === "data-not-base64" && field === `data[${finding.dataKey}]`);
  }
  const isOfPayload = problem === "not-json" || (problem === "not-an-object" && field !== "data");
  return isOfPayload && findings.length > 0;
}

/**
 * An entry of `stringData` wins over that of `data`.
 * @see kubernetes pkg/apis/core/v1/conversion.go Convert_v1_Secret_To_core_Secret
 */
function withTexts(manifest: JsonObject): JsonObject {
  const texts = Object.entries(objectOf(manifest.stringData)).filter(([, text]) => typeof text === "string");
  const encoded = texts.map(([key, text]) => [key, Buffer.from(text as string, "utf8").toString("base64")]);
  const data = texts.length === 0 ? manifest.data : { ...objectOf(manifest.data), ...Object.fromEntries(encoded) };
  return { ...manifest, data };
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** V8 keeps the whole text of which a longer string was cut as long as that string lives; a copy lets go of it. */
function detach<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
