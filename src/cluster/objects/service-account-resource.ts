/** Reads ServiceAccounts into what the index keeps of them: of nearly all just that they exist. */
import {
  PLAIN_SERVICE_ACCOUNT,
  readServiceAccount,
  type ServiceAccount,
} from "../../core/admission/service-account.ts";
import type { Codec } from "../index/packed-objects.ts";
import { pickMembers } from "./json-pick.ts";
import { OBJECT_KEY, objectKeyOf } from "./object-key.ts";
import type { Observed, WatchedResource } from "./watched-resource.ts";

const SERVICE_ACCOUNT = {
  imagePullSecrets: "value",
  metadata: { ...OBJECT_KEY.metadata, annotations: "short-texts" },
} as const;

/** The ServiceAccounts of a namespace. @param namespace undefined: all */
export function serviceAccountResource(namespace: string | undefined): WatchedResource<ServiceAccount> {
  return {
    resource: "serviceaccounts",
    namespace,
    fieldSelector: undefined,
    label: "serviceaccounts",
    read,
  };
}

/** How ServiceAccounts are kept: of a plain one just its name. */
export const SERVICE_ACCOUNT_FORM: Codec<ServiceAccount> = {
  pack: (name, value) => (value === PLAIN_SERVICE_ACCOUNT ? name : [name, value]),
  unpack: (packed) =>
    typeof packed === "string"
      ? [packed, PLAIN_SERVICE_ACCOUNT]
      : (packed as readonly [string, ServiceAccount]),
  isFaulty: () => false,
};

function read(bytes: Uint8Array): Observed<ServiceAccount> | undefined {
  const object = pickMembers(bytes, SERVICE_ACCOUNT);
  const place = objectKeyOf(object);
  if (place === undefined || object === undefined) {
    return undefined;
  }
  const value = readServiceAccount(object);
  const isPlain = value.imagePullSecrets.length === 0 && !value.enforcesMountableSecrets;
  const { namespace, name, version } = place;
  return { namespace, name, version, value: isPlain ? PLAIN_SERVICE_ACCOUNT : value };
}
