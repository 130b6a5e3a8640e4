/** Where an image is, for the one who asks its registry. */
import { parseImageReference } from "../core/kubelet/image-reference.ts";

/** A manifest of a registry. */
export interface ImageAddress {
  /** With its port, if it has one. */
  readonly host: string;
  readonly path: string;
  /** The digest where there is one, and else the tag. */
  readonly reference: string;
}

/**
 * Gives the address of an image; undefined where it is no reference.
 * @see containerd core/remotes/docker/resolver.go DefaultHost
 * @example addressOf("nginx") // { host: "registry-1.docker.io", path: "library/nginx", reference: "latest" }
 */
export function addressOf(image: string): ImageAddress | undefined {
  const { repository } = parseImageReference(image);
  const slash = repository?.indexOf("/") ?? -1;
  if (repository === null || slash < 0) return undefined;
  const domain = repository.slice(0, slash);
  const [, digest] = image.split("@");
  const [, tag = "latest"] = /:([^:/]+)$/.exec(image.split("@", 1).join()) ?? [];
  const host = domain === "docker.io" ? "registry-1.docker.io" : domain;
  return { host, path: repository.slice(slash + 1), reference: digest ?? tag };
}

/**
 * A host in the one form that URLs have it, by which hosts are compared: the port of HTTPS is left out.
 * @example canonicalHost("registry.corp.io:443") // "registry.corp.io"
 */
export function canonicalHost(host: string): string {
  return URL.canParse(`https://${host}`) ? new URL(`https://${host}`).host : host;
}
