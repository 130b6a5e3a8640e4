/** The Secret that all replicas share, as an object of the API server. It never logs, and keeps nothing of the Secret. */
import type { SecretSnapshot, SharedSecret } from "../../certificates/managed/ports.ts";
import { isObject, type JsonObject, memberOf } from "../../core/json-value.ts";
import type { ApiClient } from "../api/api-client.ts";
import { ObjectClient } from "./object-client.ts";

/** Which Secret, and how it is reached. */
export interface SecretStoreOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly name: string;
}

/** Reads and replaces one existing Secret; needs the verbs `get` and `update` on its name. */
export class SecretStore implements SharedSecret {
  /** `Secret NAMESPACE/NAME` */
  readonly name: string;
  readonly #object: ObjectClient;

  constructor({ client, namespace, name }: SecretStoreOptions) {
    this.name = `Secret ${namespace}/${name}`;
    const collectionPath = `/api/v1/namespaces/${namespace}/secrets`;
    const rule = { resource: "secrets", namespace, name } as const;
    this.#object = new ObjectClient({ client, collectionPath, rule });
  }

  /** undefined when there is no such Secret. @throws ApiServerError */
  async read(): Promise<SecretSnapshot | undefined> {
    const snapshot = await this.#object.read();
    if (snapshot === undefined) return undefined;
    const found = memberOf(snapshot.object, "data");
    return {
      data: decode(found),
      serverTimeMs: snapshot.serverTimeMs,
      replace: (data) => snapshot.replace({ data: { ...(isObject(found) && found), ...encode(data) } }),
    };
  }
}

function decode(data: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(isObject(data) ? data : {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(String(value), "base64").toString("utf8")]),
  );
}

function encode(data: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]));
}
