/** Turns a registry key, as written in a docker config, into the key under which the kubelet indexes it. */
import { toByteString } from "../go/byte-string.ts";
import { parseRegistryUrl } from "./registry-url.ts";

/**
 * Gives the kubelet's index key of `registryKey` (host, port text and path, as a byte string); undefined when the kubelet
 * ignores the entry because the key is not a URL.
 * @see kubernetes pkg/credentialprovider/keyring.go BasicDockerKeyring.Add
 * @example toIndexKey("https://index.docker.io/v1/") // "index.docker.io"
 */
export function toIndexKey(registryKey: string): string | undefined {
  const key = toByteString(registryKey);
  const scheme = /^https?:\/\//.exec(key)?.[0] ?? "";
  const url = parseRegistryUrl(key.slice(scheme.length));
  if (url === undefined) return undefined;
  // `/v1/` and `/v2/` lose their version: these are the API paths that `docker login` used to write down.
  const path = /^\/v[12]\//.test(url.path) ? url.path.slice(3) : url.path;
  return path === "/" ? url.host : url.host + path;
}
