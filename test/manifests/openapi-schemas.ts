/** Turns an API server's own OpenAPI document into the JSON schemas that kubeconform reads, strict about unknown fields. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ControlPlane } from "../e2e/control-plane/control-plane.ts";

type Schema = { readonly [key: string]: unknown };
interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** kubeconform's template of the names of the files that `writeSchemas` writes. */
export const schemaFileTemplate = "{{.ResourceKind}}{{.KindSuffix}}.json";

/** Writes a schema for each kind that the API server serves, and returns how many. */
export async function writeSchemas({ api }: ControlPlane, directory: string): Promise<number> {
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
