/** Reads rendered manifests as plain values. It must not know what any of them should contain. */
import { readFileSync } from "node:fs";
import { loadAll } from "js-yaml";

/** A Kubernetes object as a manifest has it; everything beyond its name is to be narrowed by the reader. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** The repository's root, with a slash at its end. */
export const repositoryRoot: URL = new URL("../../", import.meta.url);

/** The objects of a YAML stream in its order, without empty documents. @throws Error when one has no kind or no name */
export function parseManifests(yaml: string): readonly Manifest[] {
  const documents = loadAll(yaml).filter((document) => document !== null && document !== undefined);
  for (const document of documents as readonly unknown[] as readonly Partial<Manifest>[]) {
    if (!document.apiVersion || !document.kind || !document.metadata?.name) {
      throw new Error(`not a manifest: ${JSON.stringify(document).slice(0, 200)}`);
    }
  }
  return documents as unknown as readonly Manifest[];
}

/** The text of a file of the repository; `path` is relative to its root. */
export function readRepositoryFile(path: string): string {
  return readFileSync(new URL(path, repositoryRoot), "utf8");
}

/** `apiVersion/kind namespace/name`, which identifies an object in a cluster. */
export function identityOf({ apiVersion, kind, metadata }: Manifest): string {
  return `${apiVersion}/${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}

/** The objects by identity. @throws Error when two share one */
export function byIdentity(manifests: readonly Manifest[]): Readonly<Record<string, Manifest>> {
  const identities = manifests.map(identityOf);
  const twice = identities.find((identity, position) => identities.indexOf(identity) !== position);
  if (twice !== undefined) throw new Error(`two objects are ${twice}`);
  return Object.fromEntries(manifests.map((manifest) => [identityOf(manifest), manifest]));
}

/** The only object of `kind` among `manifests`. @throws Error when there is none or more than one */
export function onlyOf(manifests: readonly Manifest[], kind: string): Manifest {
  const [found, ...others] = manifests.filter((manifest) => manifest.kind === kind);
  if (found === undefined || others.length > 0) throw new Error(`not exactly one ${kind}`);
  return found;
}

/** The value at a path such as `spec.template.spec.containers.0.args`; undefined where there is none. */
export function at<T = unknown>(value: unknown, path: string): T {
  const steps = path.split(".");
  return steps.reduce<unknown>((found, step) => (found as Record<string, unknown> | undefined)?.[step], value) as T;
}

/** The arguments of pullring in the Deployment of this name, its command first. */
export function argumentsOf(manifests: readonly Manifest[], name = "pullring"): readonly string[] {
  const deployments = manifests.filter(({ metadata }) => metadata.name === name);
  return at(onlyOf(deployments, "Deployment"), "spec.template.spec.containers.0.args");
}
