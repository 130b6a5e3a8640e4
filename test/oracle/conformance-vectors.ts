/** Reads the conformance files. What they expect is for their test; as the raw material of mutations they are asked of the oracle again. */
import { readFileSync } from "node:fs";

/** Registry keys with an image. */
export interface KeyVector {
  readonly auths: readonly string[];
  readonly image: string;
  readonly parse: { readonly repo: string } | { readonly error: string };
  readonly matchedKeys: readonly string[];
  /** Index keys by registry key; null where the kubelet ignores it. */
  readonly keyIndex: Readonly<Record<string, string | null>>;
}

/** A payload of one Secret, in base64. */
export interface PayloadVector {
  readonly type: string;
  readonly dataKey: string;
  readonly payload: string;
  readonly outcome:
    | { readonly error: string }
    | { readonly skipped: true }
    | {
        readonly keys: readonly (string | { readonly b64: string })[];
        readonly entries: Readonly<Record<string, { readonly username: string; readonly password: string }>>;
      };
}

/** Several Secrets with images; data as plain text. */
export interface ListVector {
  readonly secrets: readonly {
    readonly name: string;
    readonly type: string;
    readonly data: Readonly<Record<string, string>>;
  }[];
  readonly secretStatus: readonly ("ok" | "skipped" | "error")[];
  readonly images: readonly {
    readonly image: string;
    readonly parse: { readonly repo?: string };
    readonly perSecret?: readonly boolean[];
    readonly combined?: readonly { readonly secret: string; readonly username: string }[] | null;
  }[];
}

/** A choice that Rancher made: Secrets given by their keys, images, names listed before. */
export interface RancherVector {
  readonly name: string;
  readonly secrets: readonly { readonly name: string; readonly type: string; readonly auths: readonly string[] }[];
  readonly images: readonly string[];
  readonly existing: readonly string[];
  /** Names that help the kubelet. */
  readonly kubeletUsable: readonly string[];
}

/** All vectors. */
export interface Vectors {
  readonly keys: readonly KeyVector[];
  readonly payloads: readonly PayloadVector[];
  readonly lists: readonly ListVector[];
  readonly rancher: readonly RancherVector[];
}

/** Reads the files of test/fixtures/conformance. */
export function readVectors(): Vectors {
  return {
    keys: readLines<KeyVector>("keyring-fuzz.jsonl"),
    payloads: readLines<PayloadVector>("dockerconfig-fuzz.jsonl"),
    lists: readLines<ListVector>("keyring-multi.jsonl"),
    rancher: JSON.parse(readText("rancher-cases.json")) as readonly RancherVector[],
  };
}

function readText(name: string): string {
  return readFileSync(new URL(`../fixtures/conformance/${name}`, import.meta.url), "utf8");
}

function readLines<Vector>(name: string): readonly Vector[] {
  return readText(name)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Vector);
}
