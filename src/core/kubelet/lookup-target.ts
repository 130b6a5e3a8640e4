/** A repository as a look-up sees it: parsed once, whatever keyring it is looked up in. */
import { type SplitHost, splitHost, toHostKey } from "./host-pattern.ts";
import { parseRegistryUrl } from "./registry-url.ts";

/** Where the registry keys have to point that cover a repository. */
export interface LookupPlace {
  readonly host: SplitHost;
  /** @see toHostKey */
  readonly hostKey: string;
  readonly path: string;
}

/** @see parseLookupTarget */
export interface LookupTarget {
  /** undefined when the repository is no URL, so that no key can cover it. */
  readonly place: LookupPlace | undefined;
  /** Whether the credentials of Docker Hub may stand in. */
  readonly isDefaultRegistry: boolean;
}

const HUB_DOMAINS: ReadonlySet<string> = new Set(["docker.io", "index.docker.io"]);

/** Parses `repository` as the kubelet does for each look-up. */
export function parseLookupTarget(repository: string): LookupTarget {
  const url = parseRegistryUrl(repository);
  return {
    place: url === undefined ? undefined : placeOf(url),
    isDefaultRegistry: isDefaultRegistry(repository),
  };
}

function placeOf(url: { readonly host: string; readonly path: string }): LookupPlace {
  const host = splitHost(url.host);
  return { host, hostKey: toHostKey(host), path: url.path };
}

/** @see kubernetes pkg/credentialprovider/keyring.go isDefaultRegistryMatch */
function isDefaultRegistry(repository: string): boolean {
  const slash = repository.indexOf("/");
  if (slash < 0) {
    return repository !== "";
  }
  const first = repository.slice(0, slash);
  return first !== "" && (HUB_DOMAINS.has(first) || !/[.:]/.test(first));
}
