/**
 * Reads what a manifest file says of credentials: Secrets without their payloads, and ServiceAccounts. Nothing that comes out
 * keeps the text of the file alive.
 */
import { readEligibleCredential } from "../core/admission/eligibility.ts";
import { groupKindOf } from "../core/admission/pod-template.ts";
import { readServiceAccount, type ServiceAccount } from "../core/admission/service-account.ts";
import { isObject, type JsonObject, memberAt, stringOf } from "../core/json-value.ts";
import type { JudgedCredential } from "../core/verdicts/judged-credential.ts";
import { findRefusals } from "../core/verdicts/refusals.ts";
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

/** What a file says of credentials. */
export interface CredentialFile {
  readonly path: string;
  readonly credentials: readonly NamespacedCredential[];
  readonly serviceAccounts: readonly NamespacedServiceAccount[];
  readonly errors: readonly ManifestError[];
}

/**
 * Picks the Secrets and ServiceAccounts out of `file`; objects of other kinds are ignored, those without a name are errors.
 * @param defaultNamespace the namespace of objects that name none
 */
export function readCredentialFile(file: ManifestFile, defaultNamespace: string): CredentialFile {
  const credentials: NamespacedCredential[] = [];
  const serviceAccounts: NamespacedServiceAccount[] = [];
  const errors: ManifestError[] = [...file.errors];
  for (const object of file.objects) {
    const groupKind = groupKindOf(object);
    const kind = groupKind?.group === "" ? groupKind.kind : "";
    if (kind !== "Secret" && kind !== "ServiceAccount") continue;
    const name = detach(stringOf(memberAt(object, ["metadata", "name"])) ?? "");
    const namespace = namespaceOf(object, defaultNamespace);
    if (name === "") {
      errors.push({ path: file.path, line: null, reason: `a ${kind} has no name` });
    } else if (kind === "Secret") {
      credentials.push({ namespace, credential: readSecretManifest(object) });
    } else {
      serviceAccounts.push({ namespace, name, serviceAccount: detach(readServiceAccount(object)) });
    }
  }
  return { path: file.path, credentials, serviceAccounts, errors };
}

/** Gives the namespace that `object` names, or `defaultNamespace`. */
export function namespaceOf(object: JsonObject, defaultNamespace: string): string {
  return detach(stringOf(memberAt(object, ["metadata", "namespace"])) || defaultNamespace);
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
