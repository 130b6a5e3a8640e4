/** Reads ServiceAccounts into what the index keeps of them: of nearly all just that they exist. */
import { PLAIN_SERVICE_ACCOUNT, readServiceAccount, type ServiceAccount } from "../core/service-account.ts";
import type { Interner } from "./interner.ts";
import { pickMembers } from "./json-pick.ts";
import { readCoordinates } from "./object-coordinates.ts";
import type { Observed, WatchedResource } from "./watched-resource.ts";

const SERVICE_ACCOUNT = { imagePullSecrets: "value", metadata: { annotations: "short-texts" } } as const;

/** The ServiceAccounts of a namespace. @param namespace undefined: all */
export function serviceAccountResource(
  namespace: string | undefined,
  interner: Interner,
): WatchedResource<ServiceAccount> {
  return {
    resource: "serviceaccounts",
    namespace,
    fieldSelector: undefined,
    label: "serviceaccounts",
    read: (bytes) => read(bytes, interner),
  };
}

function read(bytes: Uint8Array, interner: Interner): Observed<ServiceAccount> | undefined {
  const place = readCoordinates(bytes);
  const object = place === undefined ? undefined : pickMembers(bytes, SERVICE_ACCOUNT);
  if (place === undefined || object === undefined) {
    return undefined;
  }
  const { imagePullSecrets, enforcesMountableSecrets } = readServiceAccount(object);
  const isPlain = imagePullSecrets.length === 0 && !enforcesMountableSecrets;
  // One object stands for all plain ones: knowing that one exists costs a place in a map.
  const value = isPlain
    ? PLAIN_SERVICE_ACCOUNT
    : { imagePullSecrets: interner.list(imagePullSecrets), enforcesMountableSecrets };
  return { ...place, name: interner.text(place.name), value };
}
