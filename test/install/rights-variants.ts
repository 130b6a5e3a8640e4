/** The two ways in which the manifests give pullring its rights. */
import { type Manifest, parseManifests } from "../manifests/manifest.ts";
import { kustomize } from "../manifests/render.ts";
import { type GrantedRight, listGrantedRights } from "./granted-rights.ts";

/** How rights are given. */
export interface Variant {
  readonly title: string;
  readonly manifests: readonly Manifest[];
  /** Rights that are taken away in turn. */
  readonly tried: readonly GrantedRight[];
  readonly flags: readonly string[];
  /** A namespace whose credentials may be read. */
  readonly namespace: string;
  /** The namespace of the rule that allows a request in a namespace. */
  readonly placeOf: (namespace: string) => string | undefined;
}

const base = parseManifests(await kustomize());
const namespaced = parseManifests(await kustomize(["namespaced"])).filter(({ kind }) => isOfRights(kind));
const baseRights = listGrantedRights(base);
/** All of the cluster, and chosen namespaces. */
export const VARIANTS: readonly Variant[] = [
  {
    title: "manifests/base",
    manifests: base,
    tried: baseRights,
    flags: [],
    namespace: "everywhere",
    placeOf: () => undefined,
  },
  {
    title: "components/namespaced",
    manifests: namespaced,
    // The rights to certificates are the same.
    tried: listGrantedRights(namespaced).filter(({ text }) => !baseRights.some((one) => one.text === text)),
    flags: ["--namespace=default"],
    namespace: "default",
    placeOf: (namespace) => (namespace === "" ? undefined : namespace),
  },
];

/** Whether a kind of manifest gives rights. */
export function isOfRights(kind: string): boolean {
  return /^(Cluster)?Role(Binding)?$/.test(kind);
}
