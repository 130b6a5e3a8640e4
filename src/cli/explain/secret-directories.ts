/** Where Secrets are that objects name or would need: in the manifests, or in the cluster, which may be asked for more. */
import { compareBytes } from "../../core/go/byte-string.ts";
import { findWhereabouts, type SecretDirectory, type WantedSecrets } from "../../core/verdicts/whereabouts.ts";
import { CredentialSet } from "../../files/credential-set.ts";
import type { ClusterContents } from "./cluster-contents.ts";
import type { ClusterReader } from "./cluster-reader.ts";

/** Of manifests alone. */
export function directoryOf(set: CredentialSet): SecretDirectory {
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
export function directoryOfWhole(set: CredentialSet, { rows, known }: ClusterContents): SecretDirectory {
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
export async function askForMore({
  set,
  parts,
  cluster: { reader, contents },
  wanted,
}: {
  readonly set: CredentialSet;
  readonly parts: ConstructorParameters<typeof CredentialSet>[0];
  readonly cluster: { readonly reader: ClusterReader; readonly contents: ClusterContents };
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
