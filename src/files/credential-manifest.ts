/**
 * Reads what a manifest file says of credentials: Secrets without their payloads, what will make Secrets, ServiceAccounts and
 * the labels of namespaces. Nothing that comes out keeps the text of the file alive.
 */
import { readEligibleCredential } from "../core/admission/eligibility.ts";
import { groupKindOf } from "../core/admission/pod-template.ts";
import { readServiceAccount, type ServiceAccount } from "../core/admission/service-account.ts";
import { type Labels, labelsOf } from "../core/admission/webhook-selection.ts";
import { isObject, type JsonObject, memberAt, memberOf, stringOf } from "../core/json-value.ts";
import { CREDENTIAL_TYPES } from "../core/kubelet/credential.ts";
import { escapeText } from "../core/quoted-text.ts";
import { sentenceOfUnreadable } from "../core/sentences/object.ts";
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
    const name = detach(stringOf(memberAt(object, ["metadata", "name"])) ?? "");
    const namespace = detach(namespaceOf(object, defaultNamespace));
    const reason = name === "" ? `a ${kind} has no name` : reasonOfNoObject(object, kind);
    if (reason !== undefined) {
      const place = kind === "Namespace" ? name : `${namespace}/${name}`;
      errors.push({ path, line: null, reason: name === "" ? reason : `${kind} ${escapeText(place)}: ${reason}` });
    } else if (kind === "Secret") {
      credentials.push({ namespace, credential: readSecretManifest(object) });
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

/** Tells whether a file has a Secret, or an object from which an operator will make one. */
export function hasSecrets({ objects }: Pick<ManifestFile, "objects">): boolean {
  return objects.some((object) => {
    const kind = kindOf(object);
    return kind !== undefined && kind !== "ServiceAccount" && kind !== "Namespace";
  });
}

type ReadKind = "Secret" | "ServiceAccount" | "Namespace" | SecretMaker;

const KINDS: ReadonlyMap<string, ReadKind> = new Map([
  ["/Secret", "Secret"],
  ["/ServiceAccount", "ServiceAccount"],
  ["/Namespace", "Namespace"],
  ["bitnami.com/SealedSecret", "SealedSecret"],
  ["external-secrets.io/ExternalSecret", "ExternalSecret"],
]);

/** Groups of custom kinds have a dot; a kind of the core group in another group of Kubernetes itself is a mistake. */
function kindOf(object: JsonObject): ReadKind | undefined {
  const { group = "", kind = "" } = groupKindOf(object) ?? { kind: stringOf(memberOf(object, "kind")) ?? "" };
  return KINDS.get(group.includes(".") ? `${group}/${kind}` : `/${kind}`);
}

/** Why the API server does not take an object of this kind; undefined when nothing is known to speak against it. */
function reasonOfNoObject(object: JsonObject, kind: ReadKind): string | undefined {
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

/**
 * Reads a Secret as it is written in a manifest: an entry of `stringData` wins over that of `data`. It is judged as the API server
 * would as well, as nothing has seen it yet.
 * @see kubernetes pkg/apis/core/v1/conversion.go Convert_v1_Secret_To_core_Secret
 */
function readSecretManifest(manifest: JsonObject): JudgedCredential {
  const texts = Object.entries(objectOf(manifest.stringData)).filter(([, text]) => typeof text === "string");
  const encoded = texts.map(([key, text]) => [key, Buffer.from(text as string, "utf8").toString("base64")]);
  const data = texts.length === 0 ? manifest.data : { ...objectOf(manifest.data), ...Object.fromEntries(encoded) };
  const credential = readEligibleCredential({ ...manifest, data });
  return detach({ ...credential, findings: [...credential.findings, ...findRefusals(manifest)] });
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** V8 keeps the whole text of which a longer string was cut as long as that string lives; a copy lets go of it. */
function detach<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
