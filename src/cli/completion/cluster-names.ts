/** Names for the completion that only a cluster knows, or its kubeconfig: with the person's rights, and nothing where they end. */
import { AppError } from "../../core/app-error.ts";
import { arrayAt, memberAt, stringOf } from "../../core/json-value.ts";
import { ACCEPT_METADATA, ClusterReader } from "../explain/cluster-reader.ts";
import { openClientConfig } from "../flags/cluster-options.ts";
import type { Candidate, NameLookup } from "./complete.ts";

/** Most names that are read; nobody picks one out of more. */
const MAX_NAMES = 500;

/** Gives the names; none where they cannot be read, as a shell has no place for an error. */
export async function readNames({ of, text, prefix, cluster, namespace }: NameLookup): Promise<readonly Candidate[]> {
  try {
    const names =
      of === "contexts"
        ? (await openClientConfig(cluster))()
            .getContexts()
            .map(({ name }) => name)
        : await listNames({ of, cluster, namespace });
    // What a shell would take apart is no candidate.
    const usable = names.filter((name) => name.startsWith(text) && /^[\w.:/@-]+$/.test(name));
    return usable.map((name) => ({ text: prefix + name }));
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}

async function listNames({
  of,
  cluster,
  namespace,
}: Pick<NameLookup, "cluster" | "namespace"> & { readonly of: Exclude<NameLookup["of"], "contexts"> }): Promise<
  readonly string[]
> {
  const reader = await ClusterReader.open(cluster);
  try {
    const { group, resource, place } =
      of === "namespaces"
        ? { group: "", resource: of, place: undefined }
        : { group: of.kind.group, resource: of.resource, place: namespace ?? reader.namespace ?? "default" };
    const rule = { verb: "list", resource, namespace: place } as const;
    const options = { accept: ACCEPT_METADATA, query: { limit: MAX_NAMES } };
    const address = { group, resource, namespace: place, name: "" };
    const list = await reader.read(address, rule, "PartialObjectMetadataList", options);
    return arrayAt(list, ["items"]).map((item) => stringOf(memberAt(item, ["metadata", "name"])) ?? "");
  } finally {
    reader.close();
  }
}
