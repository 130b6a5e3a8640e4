/** The credentials that `pullring explain` decides with, and those of manifests on disk. */
import type { NamespaceView } from "../../core/admission/namespace-view.ts";
import { escapeText } from "../../core/quoted-text.ts";
import { findingAt } from "../../core/verdicts/finding.ts";
import type { JudgedCredential } from "../../core/verdicts/judged-credential.ts";
import { verdictOf } from "../../core/verdicts/sentences.ts";
import { readCredentialFile } from "../../files/credential-manifest.ts";
import { CredentialSet } from "../../files/credential-set.ts";
import { describeManifestError } from "../../files/manifest-error.ts";
import { readManifestFiles } from "../../files/manifest-files.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import type { ExplainedCredential } from "./report.ts";

/** What is known, and what a person should know of it. */
export interface KnownCredentials {
  view(namespace: string, serviceAccountName: string): NamespaceView;
  /** Every Secret, by namespace and name in the order of bytes. */
  list(): readonly ExplainedCredential[];
  /** What could not be read, one line each. */
  readonly errors: readonly string[];
  /** What is odd without being wrong, one line each. */
  readonly notes: readonly string[];
}

/** Reads manifests; never throws. @param defaultNamespace the namespace of objects that name none */
export async function readManifestCredentials(
  paths: readonly string[],
  defaultNamespace: string,
): Promise<KnownCredentials> {
  const files = [];
  for await (const file of readManifestFiles(paths, false)) files.push(readCredentialFile(file, defaultNamespace));
  const set = new CredentialSet(files);
  return {
    view: (namespace, name) => set.view(namespace, name),
    list: () => set.list().map(({ namespace, credential }) => toPublicFormat(namespace, credential)),
    errors: files.flatMap((file) => file.errors.map(describeManifestError)),
    notes: set.duplicates.map(
      ({ kind, namespace, name, path }) =>
        `${kind} ${escapeText(`${namespace}/${name}`)} is described more than once; the last one, in ${escapeText(path)}, counts`,
    ),
  };
}

/** Gives a credential in the public format, with sentences beside the codes. */
export function toPublicFormat(namespace: string, credential: JudgedCredential): ExplainedCredential {
  const { name, type, status, reason, registries, findings } = credential;
  const nowSeconds = SYSTEM_CLOCK.now() / 1000;
  return {
    namespace,
    name,
    type,
    status,
    reason: reason === null ? null : verdictOf(reason).sentence,
    registries,
    findings: findings.map((finding) => {
      const current = findingAt(finding, nowSeconds);
      return { ...current, ...verdictOf(current) };
    }),
  };
}
