/** Reads the conformance files as the raw material of mutations. What they expect plays no part here: the oracle is asked anew. */
import { readFileSync } from "node:fs";

/** Registry keys with an image. */
export interface KeyVector {
  readonly auths: readonly string[];
  readonly image: string;
}

/** A payload of one Secret. */
export interface PayloadVector {
  readonly type: string;
  readonly dataKey: string;
  /** In base64. */
  readonly payload: string;
}

/** Several Secrets with images; data as plain text. */
export interface ListVector {
  readonly secrets: readonly {
    readonly name: string;
    readonly type: string;
    readonly data: Readonly<Record<string, string>>;
  }[];
  readonly images: readonly { readonly image: string }[];
}

/** A choice that Rancher made: Secrets given by their keys, images, names listed before. */
export interface RancherVector {
  readonly secrets: readonly {
    readonly name: string;
    readonly type: string;
    readonly auths: readonly string[];
  }[];
  readonly images: readonly string[];
  readonly existing: readonly string[];
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
