/** The API server's audit log in tests: every request at level Metadata, which holds webhooks' annotations but no body. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The fields of audit.k8s.io/v1 Event that tests read; present as the API server wrote them. */
export interface AuditEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string; readonly groups?: readonly string[] };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Writes the policy into `directory`: one event a request, when its answer is complete (a watch: when it starts and ends). */
export function writeAuditPolicy(directory: string): {
  readonly policyFile: string;
  readonly logFile: string;
} {
  const policyFile = join(directory, "audit-policy.json");
  const rules = [{ level: "Metadata" }];
  const policy = { apiVersion: "audit.k8s.io/v1", kind: "Policy", omitStages: ["RequestReceived"], rules };
  writeFileSync(policyFile, JSON.stringify(policy));
  return { policyFile, logFile: join(directory, "audit.log") };
}

/** All complete events of the log file, oldest first. The event of an answer can be written shortly after the answer. */
export function readAuditEvents(path: string): readonly AuditEvent[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEvent);
}
