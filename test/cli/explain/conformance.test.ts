import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { compareBytes } from "../../../src/core/go/byte-string.ts";
import { dockerConfig, listOf, podManifest } from "../../files/secret-manifest.ts";
import { makeDirectory } from "../../files/temporary-directory.ts";
import { run } from "../run-command.ts";

interface KeyringCase {
  readonly auths: readonly string[];
  readonly image: string;
  readonly parse: { readonly repo?: string };
  readonly matchedKeys: readonly string[];
}

interface MultiCase {
  readonly secrets: readonly {
    readonly name: string;
    readonly type: string;
    readonly data: Readonly<Record<string, string>>;
  }[];
  readonly images: readonly {
    readonly image: string;
    readonly parse: { readonly repo?: string };
    readonly combined?: readonly { readonly secret: string }[] | null;
  }[];
}

interface Report {
  readonly objects: readonly {
    readonly imagePullSecrets: { readonly result: readonly string[] };
    readonly images: readonly {
      readonly repository: string | null;
      readonly error: string | null;
      readonly credentials: readonly string[];
    }[];
  }[];
}

function readCases<Case>(name: string, count: number): readonly Case[] {
  const text = readFileSync(new URL(`../../fixtures/conformance/${name}`, import.meta.url), "utf8");
  const cases = text.split("\n").filter((line) => line !== "");
  assert.equal(cases.length, count);
  return cases.map((line) => JSON.parse(line) as Case);
}

/** Explains all Pods by all Secrets in one run that ends well. */
async function explainAll(
  t: TestContext,
  secrets: readonly unknown[],
  pods: readonly unknown[],
): Promise<Report["objects"]> {
  const directory = makeDirectory(t);
  const [secretsPath, podsPath] = [join(directory, "secrets.json"), join(directory, "pods.json")];
  writeFileSync(secretsPath, listOf(secrets));
  writeFileSync(podsPath, listOf(pods));
  const { status, stdout, stderr } = await run(["explain", "-f", podsPath, "--credentials", secretsPath, "-o", "json"]);
  assert.deepEqual([status, stderr], [0, ""]);
  return (JSON.parse(stdout) as Report).objects;
}

test("one run of explain agrees with the kubelet on every case of keyring-fuzz.jsonl", async (t) => {
  const cases = readCases<KeyringCase>("keyring-fuzz.jsonl", 2400);
  // Secrets are named in the order of their keys in bytes, in which the cases name equal index keys.
  const keys = cases.map(({ auths }) => [...new Set(auths)].sort(compareBytes));
  const secretName = (index: number): string => `key-${String(index).padStart(4, "0")}`;
  const secrets = keys.flatMap((ofCase, number) =>
    ofCase.map((key, index) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: secretName(index), namespace: `case-${number}` },
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": dockerConfig([key]) },
    })),
  );
  const pods = cases.map(({ image }, number) => podManifest([`case-${number}`, "pod"], [image]));
  const objects = await explainAll(t, secrets, pods);
  assert.equal(objects.length, cases.length);
  for (const [number, { auths, image, parse, matchedKeys }] of cases.entries()) {
    const [explained] = objects[number]?.images ?? [];
    const label = JSON.stringify([auths, image]);
    assert.equal(explained?.repository, parse.repo ?? null, label);
    assert.equal(explained?.error === null, parse.repo !== undefined, label);
    const names = matchedKeys.map((key) => secretName(keys[number]?.indexOf(key) ?? -1));
    assert.deepEqual(explained?.credentials, names, label);
  }
});

test("one run of explain agrees with the kubelet on every case of keyring-multi.jsonl", async (t) => {
  const cases = readCases<MultiCase>("keyring-multi.jsonl", 160);
  const secrets = cases.flatMap(({ secrets: ofCase }, number) =>
    ofCase.map(({ name, type, data }) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: `case-${number}` },
      type,
      stringData: data,
    })),
  );
  const pods = cases.map(({ secrets: ofCase, images }, number) => {
    const pod = podManifest(
      [`case-${number}`, "pod"],
      images.map(({ image }) => image),
    );
    return {
      ...pod,
      spec: { ...(pod.spec as object), imagePullSecrets: ofCase.map(({ name }) => ({ name })) },
    };
  });
  const objects = await explainAll(t, secrets, pods);
  let images = 0;
  for (const [number, { images: ofCase }] of cases.entries()) {
    for (const [index, { image, parse, combined }] of ofCase.entries()) {
      const explained = objects[number]?.images[index];
      images += 1;
      assert.equal(explained?.repository, parse.repo ?? null, image);
      const names = [...new Set((combined ?? []).map(({ secret }) => secret))];
      assert.deepEqual(explained?.credentials, names, `case ${number}, image ${image}`);
    }
  }
  assert.ok(images > 400, `${images} images`);
});
