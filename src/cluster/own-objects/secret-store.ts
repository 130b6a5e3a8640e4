/** The Secret that all replicas share, as an object of the API server. It never logs, and keeps nothing of the Secret. */
import { isObject, memberAt, memberOf } from "../../core/json-value.ts";
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

/** One reading. */
export interface SecretReading {
  /** Decoded values by key; empty when the Secret has no data. */
  readonly data: Readonly<Record<string, string>>;
  readonly resourceVersion: string;
  /** The server's clock in milliseconds since 1970; undefined when it did not tell. */
  readonly serverTimeMs: number | undefined;
}

/** Reads and replaces one existing Secret; needs the verbs `get` and `update` on its name. */
export class SecretStore {
  /** `Secret NAMESPACE/NAME` */
  readonly name: string;
  readonly #object: ObjectClient;

  constructor({ connection, userAgent, namespace, name }: SecretStoreOptions) {
    this.name = `Secret ${namespace}/${name}`;
    const collectionPath = `/api/v1/namespaces/${namespace}/secrets`;
    this.#object = new ObjectClient({ connection, userAgent, collectionPath, name, description: this.name });
  }

  /** undefined when there is no such Secret. @throws ApiServerError */
  async read(): Promise<SecretReading | undefined> {
    const reading = await this.#object.read();
    if (reading === undefined) {
      return undefined;
    }
    const { resourceVersion, serverTimeMs } = reading;
    return { data: decode(memberOf(reading.object, "data")), resourceVersion, serverTimeMs };
  }

  /**
   * Sets these keys and leaves everything else as it is: other keys, labels, annotations.
   * Gives `conflict` when the Secret is no longer at `resourceVersion`, or gone. @throws ApiServerError
   */
  async replace(
    data: Readonly<Record<string, string>>,
    resourceVersion: string,
  ): Promise<"written" | "conflict"> {
    const reading = await this.#object.read();
    if (reading?.resourceVersion !== resourceVersion) {
      return "conflict";
    }
    const found = memberAt(reading.object, ["data"]);
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
    const merged = { ...(isObject(found) && found), ...Object.fromEntries(encoded) };
    return this.#object.replace({ ...reading.object, data: merged });
  }
}

function decode(data: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(isObject(data) ? data : {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(String(value), "base64").toString("utf8")]),
  );
}
