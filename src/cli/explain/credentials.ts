/** The credentials that `pullring explain` decides with: manifests on disk, or namespaces of a cluster. */

import type { NamespaceView } from "../../core/admission/namespace-view.ts";
import { compareBytes } from "../../core/go/byte-string.ts";
import type { Credential } from "../../core/kubelet/credential.ts";
import { escapeText } from "../../core/quoted-text.ts";
import { readCredentialFile } from "../../files/credential-manifest.ts";
import { CredentialSet } from "../../files/credential-set.ts";
import { describeManifestError } from "../../files/manifest-error.ts";
import { readManifestFiles } from "../../files/manifest-files.ts";
import { type ClusterOptions, openClientConfig } from "../flags/cluster-options.ts";
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
  for await (const file of readManifestFiles(paths)) {
    files.push(readCredentialFile(file, defaultNamespace));
  }
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

/**
 * Reads namespaces of the cluster that the options choose, with the rights of the person who asks.
 * @throws ConfigError when there is no cluster to ask
 */
export async function readClusterCredentials(
  options: ClusterOptions,
  { namespaces, version }: { readonly namespaces: readonly string[]; readonly version: string },
): Promise<KnownCredentials> {
  const { readNamespaces } = await import("./read-namespaces.ts");
  const reading = await readNamespaces({ loadConfig: await openClientConfig(options), version, namespaces });
  const credentialsOf = (namespace: string): readonly ExplainedCredential[] =>
    [...reading.view(namespace, "").keyring.credentials.values()]
      .sort((a, b) => compareBytes(a.name, b.name))
      .map((credential) => toPublicFormat(namespace, credential));
  return {
    view: (namespace, name) => reading.view(namespace, name),
    list: () => namespaces.toSorted(compareBytes).flatMap(credentialsOf),
    errors: reading.unreadable
      .map(
        ({ namespace, resource, reason }) =>
          `${resource} of namespace ${escapeText(namespace)}: ${reason}; explained as if there were none`,
      )
      .sort(compareBytes),
    notes: [],
  };
}

/** A source may know more of a credential than the public format has. */
function toPublicFormat(
  namespace: string,
  { name, type, status, reason, registries }: Credential,
): ExplainedCredential {
  return { namespace, name, type, status, reason, registries };
}
