/** The Secret that all replicas share, as an object of the API server. It never logs, and keeps nothing of the Secret. */
import type { SecretSnapshot, SharedSecret } from "../../certificates/managed/ports.ts";
import { isObject, type JsonObject, memberOf } from "../../core/json-value.ts";
import type { Connection } from "../api/connection.ts";
import { ObjectClient } from "./object-client.ts";

/** Which Secret, and how it is reached. */
export interface SecretStoreOptions {
  readonly connection: Connection;
  /** As in `pullring/1.2.3`. */
  readonly userAgent: string;
  readonly namespace: string;
  readonly name: string;
}

/** Reads and replaces one existing Secret; needs the verbs `get` and `update` on its name. */
export class SecretStore implements SharedSecret {
  /** `Secret NAMESPACE/NAME` */
  readonly name: string;
  readonly #object: ObjectClient;

  constructor({ connection, userAgent, namespace, name }: SecretStoreOptions) {
    this.name = `Secret ${namespace}/${name}`;
    const collectionPath = `/api/v1/namespaces/${namespace}/secrets`;
    this.#object = new ObjectClient({ connection, userAgent, collectionPath, name, description: this.name });
  }

  /** undefined when there is no such Secret. @throws ApiServerError */
  async read(): Promise<SecretSnapshot | undefined> {
    const reading = await this.#object.read();
    if (reading === undefined) {
      return undefined;
    }
    const { object, serverTimeMs } = reading;
    const found = memberOf(object, "data");
    return {
      data: decode(found),
      serverTimeMs,
      replace: (data) =>
        this.#object.replace({ ...object, data: { ...(isObject(found) && found), ...encode(data) } }),
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
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  );
}
