import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { listOf, podManifest } from "../../files/secret-manifest.ts";
import { makeDirectory } from "../../files/temporary-directory.ts";
import { readVectors } from "../../oracle/conformance-vectors.ts";
import { run } from "../run-command.ts";

test("one run of explain agrees with the kubelet on every case of keyring-multi.jsonl", async (t) => {
  const { lists } = readVectors();
  const secrets = lists.flatMap(({ secrets: ofCase }, number) =>
    ofCase.map(({ name, type, data }) => {
      const metadata = { name, namespace: `case-${number}` };
      return { apiVersion: "v1", kind: "Secret", metadata, type, stringData: data };
    }),
  );
  const pods = lists.map(({ secrets: ofCase, images }, number) => {
    const name = [`case-${number}`, "pod"] as const;
    const pod = podManifest(name, [...images.map(({ image }) => image)]);
    return {
      ...pod,
      spec: { ...(pod.spec as object), imagePullSecrets: ofCase.map((secret) => ({ name: secret.name })) },
    };
  });
  const directory = makeDirectory(t);
  const [secretsPath, podsPath] = [join(directory, "secrets.json"), join(directory, "pods.json")];
  writeFileSync(secretsPath, listOf(secrets));
  writeFileSync(podsPath, listOf(pods));
  const { status, stdout, stderr } = await run(["explain", "-f", podsPath, "--credentials", secretsPath, "-o", "json"]);
  assert.deepEqual([status, stderr], [0, ""]);
  const { objects } = JSON.parse(stdout) as {
    readonly objects: readonly {
      readonly images: readonly { readonly repository: string | null; readonly credentials: readonly string[] }[];
    }[];
  };
  assert.deepEqual(
    objects.map(({ images }) => images.map(({ repository, credentials }) => ({ repository, credentials }))),
    lists.map(({ images }) =>
      images.map(({ parse, combined }) => ({
        repository: parse.repo ?? null,
        credentials: [...new Set((combined ?? []).map(({ secret }) => secret))],
      })),
    ),
  );
});
