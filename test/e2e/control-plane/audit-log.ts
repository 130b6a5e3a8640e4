/** The API server's audit log in tests: every request at level Metadata, which holds webhooks' annotations but no body. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The fields of audit.k8s.io/v1 Event that tests read. */
export interface AuditEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly verb: string;
  readonly requestReceivedTimestamp: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: Readonly<Partial<Record<"resource" | "namespace" | "name" | "subresource", string>>>;
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Flags of an API server that keeps it: one event a request, when its answer is complete (a watch: when it starts and ends). */
export function auditFlags(directory: string): readonly string[] {
  const file = join(directory, "audit-policy.json");
  const policy = { apiVersion: "audit.k8s.io/v1", kind: "Policy", omitStages: ["RequestReceived"] };
  writeFileSync(file, JSON.stringify({ ...policy, rules: [{ level: "Metadata" }] }));
  return [`--audit-policy-file=${file}`, `--audit-log-path=${join(directory, "audit.log")}`];
}

/** All complete events, oldest first. The event of an answer can be written shortly after the answer. */
export function readAuditEvents(directory: string): readonly AuditEvent[] {
  const lines = readFileSync(join(directory, "audit.log"), "utf8").split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEvent);
}
