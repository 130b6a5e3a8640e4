/** Writes Secret manifests for a webhook to load: as many credentials and namespaces as a measurement asks for. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { credentialOf } from "../e2e/webhook/objects.ts";

/** The registry of the recorded reviews. */
export const RECORDED_REGISTRY = "10.99.0.1:15000";

/** What to write. Namespaces are named `ns-<number>`. */
export interface CredentialPlan {
  readonly namespaces: number;
  readonly perNamespace: number;
  /** Whether the first credential of a namespace serves the recorded images. */
  readonly serving: boolean;
  /** Whether the keys of the others hold a star. */
  readonly globs?: boolean;
}

/** Writes a List of Secrets into `directory` and gives its path. */
export function writeCredentials(directory: string, plan: CredentialPlan): string {
  const items = Array.from({ length: plan.namespaces * plan.perNamespace }, (_, number) => {
    const index = number % plan.perNamespace;
    const secret = credentialOf(`credential-${index}`, registryOf(plan, index)) as { metadata: object };
    const namespace = `ns-${Math.floor(number / plan.perNamespace)}`;
    return { ...secret, metadata: { ...secret.metadata, namespace } };
  });
  const file = join(directory, `${Object.values(plan).join("-")}.json`);
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  return file;
}

function registryOf({ serving, globs }: CredentialPlan, index: number): string {
  if (serving && index === 0) return RECORDED_REGISTRY;
  return globs ? `*.registry-${index}.example.com:5000` : `registry-${index}.example.com`;
}
