/** Reads ServiceAccounts into what the index keeps of them: of nearly all just that they exist. */
import {
  PLAIN_SERVICE_ACCOUNT,
  readServiceAccount,
  type ServiceAccount,
} from "../../core/admission/service-account.ts";
import { pickMembers } from "./json-pick.ts";
import { OBJECT_KEY, objectKeyOf, type WatchedResource } from "./watched-resource.ts";

const MEMBERS = {
  imagePullSecrets: "value",
  metadata: { ...OBJECT_KEY.metadata, annotations: "short-texts" },
} as const;

/** All ServiceAccounts. */
export const SERVICE_ACCOUNTS: WatchedResource<ServiceAccount> = {
  name: "serviceaccounts",
  scope: "namespaced",
  fieldSelector: undefined,
  label: "serviceaccounts",
  read: (bytes) => {
    const object = pickMembers(bytes, MEMBERS);
    const key = objectKeyOf(object, "namespaced");
    if (object === undefined || key === undefined) return undefined;
    const value = readServiceAccount(object);
    const isPlain = value.imagePullSecrets.length === 0 && !value.enforcesMountableSecrets;
    return { ...key, value: isPlain ? PLAIN_SERVICE_ACCOUNT : value };
  },
};
