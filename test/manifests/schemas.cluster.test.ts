/**
 * kubeconform's verdict on the manifests, by the schemas of the API server that the tests run: its own OpenAPI document, strict
 * about unknown fields.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { findBinaries } from "../e2e/binaries/find.ts";
import { type ControlPlane, startControlPlane } from "../e2e/control-plane/control-plane.ts";
import { readRepositoryFile, repositoryRoot } from "./manifest.ts";
import { helmTemplate, kustomize } from "./render.ts";

describe("kubeconform", () => {
  let plane: ControlPlane;
  let schemas: string;
  before(async () => {
    plane = await startControlPlane();
    schemas = join(plane.directory, "schemas");
    mkdirSync(schemas);
    assert.ok((await writeSchemas(plane, schemas)) > 50);
  });
  after(() => plane?.stop());

  /** @param skip kinds whose schemas no plain API server has */
  const check = async (yaml: string, skip = ""): Promise<{ status: number | null; stdout: string }> => {
    const { kubeconform } = await findBinaries(["kubeconform"]);
    const location = ["-schema-location", join(schemas, schemaFileTemplate)];
    return spawnSync(kubeconform, ["-strict", "-summary", "-skip", skip, ...location, "-"], {
      input: yaml,
      encoding: "utf8",
    });
  };

  test("accepts install.yaml and the chart", async () => {
    for (const yaml of [readRepositoryFile("manifests/install.yaml"), await helmTemplate()]) {
      const { status, stdout } = await check(yaml);
      assert.equal(status, 0, stdout);
      assert.match(stdout, /Invalid: 0, Errors: 0, Skipped: 0/);
    }
  });

  for (const component of readdirSync(new URL("manifests/components/", repositoryRoot))) {
    test(`accepts the base with ${component}`, async () => {
      const { status, stdout } = await check(await kustomize([component]), "Certificate,Issuer,PodMonitor");
      assert.equal(status, 0, stdout);
    });
  }

  test("refuses a field that does not exist and a value of another type", async () => {
    const yaml = readRepositoryFile("manifests/install.yaml");
    for (const [right, wrong] of [
      ["failurePolicy:", "failurePolice:"],
      ["timeoutSeconds: 3", "timeoutSeconds: three"],
    ] as const) {
      assert.ok(yaml.includes(right));
      assert.equal((await check(yaml.replace(right, wrong))).status, 1, wrong);
    }
  });
});

type Schema = { readonly [key: string]: unknown };
interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** kubeconform's template of the names of the files that `writeSchemas` writes. */
const schemaFileTemplate = "{{.ResourceKind}}{{.KindSuffix}}.json";

/** Writes a schema for each kind that the API server serves, and returns how many. */
async function writeSchemas({ api }: ControlPlane, directory: string): Promise<number> {
  const { definitions } = await api.expect<{ definitions: Readonly<Record<string, Schema>> }>("GET", "/openapi/v2");
  const strict = Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, tighten(schema)]));
  writeFileSync(join(directory, "_definitions.json"), JSON.stringify({ definitions: strict }));
  let count = 0;
  for (const [name, schema] of Object.entries(definitions)) {
    const kinds = (schema["x-kubernetes-group-version-kind"] ?? []) as readonly GroupVersionKind[];
    for (const { group, version, kind } of kinds) {
      const suffix = [group.split(".")[0], version].filter(Boolean).join("-");
      const file = join(directory, `${kind.toLowerCase()}-${suffix}.json`);
      writeFileSync(file, JSON.stringify({ $ref: `_definitions.json#/definitions/${name}` }));
      count++;
    }
  }
  return count;
}

/** Swagger has no word for "text or number"; and a field that is not listed is a mistake. */
function tighten(schema: Schema): Schema {
  if (schema.format === "int-or-string") return { oneOf: [{ type: "string" }, { type: "integer" }] };
  return schema.properties && !schema.additionalProperties ? { ...schema, additionalProperties: false } : schema;
}
