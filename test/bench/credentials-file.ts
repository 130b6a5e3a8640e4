/** Writes Secret manifests for a webhook to load: as many credentials and namespaces as a measurement asks for. */
import { writeFileSync } from "node:fs";

/** The registry of the recorded reviews. */
const RECORDED_REGISTRY = "10.99.0.1:15000";

/** What to write. Every namespace is named `ns-<number>`. */
export interface CredentialPlan {
  readonly namespaces: number;
  readonly perNamespace: number;
  /** Whether the first credential of a namespace serves the recorded images. */
  readonly serving: boolean;
  /** Whether the keys of the others hold a star. */
  readonly globs?: boolean;
}

/** Writes a List of Secrets to `file`. */
export function writeCredentials(file: string, plan: CredentialPlan): void {
  const items: object[] = [];
  for (let namespace = 0; namespace < plan.namespaces; namespace += 1) {
    for (let index = 0; index < plan.perNamespace; index += 1) {
      items.push(secret(`ns-${namespace}`, `credential-${index}`, registryOf(plan, index)));
    }
  }
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
}

function registryOf({ serving, globs }: CredentialPlan, index: number): string {
  if (serving && index === 0) {
    return RECORDED_REGISTRY;
  }
  return globs ? `*.registry-${index}.example.com:5000` : `registry-${index}.example.com`;
}

/** A Secret as `kubectl create secret docker-registry` makes it. */
export function secret(namespace: string, name: string, registry: string): object {
  const auth = Buffer.from("user:password").toString("base64");
  const config = { auths: { [registry]: { username: "user", password: "password", auth } } };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": Buffer.from(JSON.stringify(config)).toString("base64") },
  };
}
