/** Lists every object of a control plane, to see what something left behind. */
import type { ApiClient } from "../e2e/control-plane/api-client.ts";
import type { ControlPlane } from "../e2e/control-plane/control-plane.ts";

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly verbs: readonly string[] }[];
}

/** Kinds that come and go by themselves: reports of what happened, and who is alive. */
const transient = ["events", "leases"];

/** Each object as `resource namespace/name`, sorted. */
export async function listEverything({ api }: ControlPlane): Promise<readonly string[]> {
  const { groups } = await api.expect<{ groups: readonly { preferredVersion: { groupVersion: string } }[] }>(
    "GET",
    "/apis",
  );
  const roots = ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const lists = await Promise.all(roots.map((root) => listGroup(api, root)));
  return lists.flat().sort();
}

async function listGroup(api: ApiClient, root: string): Promise<readonly string[]> {
  const { resources } = await api.expect<ResourceList>("GET", root);
  const listable = resources.filter(({ name, verbs }) => verbs.includes("list") && !transient.includes(name));
  const lists = await Promise.all(
    listable.map(async ({ name }) => {
      const { items } = await api.expect<{ items: readonly { metadata: { namespace?: string; name: string } }[] }>(
        "GET",
        `${root}/${name}`,
      );
      return items.map(({ metadata }) => `${name} ${metadata.namespace ?? ""}/${metadata.name}`);
    }),
  );
  return lists.flat();
}
