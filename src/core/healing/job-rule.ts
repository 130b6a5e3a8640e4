/**
 * Whether one failed Pod more changes nothing for a Job: an evicted Pod of a Job counts as failed.
 * @see kubernetes pkg/controller/job/{job_controller,pod_failure_policy,indexed_job_utils}.go
 */
import { arrayAt, type JsonObject, memberAt, memberOf } from "../json-value.ts";

/** The API server's default. */
const BACKOFF_LIMIT = 6;
/** On the Pods of a Job with a limit for each index. */
const INDEX_FAILURES = "batch.kubernetes.io/job-index-failure-count";

/** Tells whether a Pod of the Job can be evicted without harm. */
export function toleratesFailure(job: JsonObject, pod: JsonObject): boolean {
  const spec = memberOf(job, "spec");
  if (memberOf(spec, "suspend") === true || isFinished(job)) return false;
  const rules = arrayAt(spec, ["podFailurePolicy", "rules"]);
  // Rules are tried in order, and others may take the Pod for one that fails the Job.
  if (rules.length > 0) return ignoresDisruption(rules[0]);
  // The limit of the whole Job counts beside that of an index.
  const perIndex = memberOf(spec, "backoffLimitPerIndex");
  const failedOfIndex = numberOf(memberAt(pod, ["metadata", "annotations", INDEX_FAILURES]));
  if (perIndex !== undefined && !isWellBelow(failedOfIndex, numberOf(perIndex))) return false;
  return isWellBelow(
    numberOf(memberAt(job, ["status", "failed"])),
    numberOf(memberOf(spec, "backoffLimit"), BACKOFF_LIMIT),
  );
}

/** With one failure more, half of what is allowed is still left. */
function isWellBelow(failed: number, limit: number): boolean {
  return 2 * (failed + 1) <= limit;
}

function ignoresDisruption(rule: unknown): boolean {
  return (
    memberOf(rule, "action") === "Ignore" &&
    arrayAt(rule, ["onPodConditions"]).some(
      (condition) =>
        memberOf(condition, "type") === "DisruptionTarget" && (memberOf(condition, "status") ?? "True") === "True",
    )
  );
}

function isFinished(job: JsonObject): boolean {
  return arrayAt(job, ["status", "conditions"]).some(
    (condition) =>
      ["Complete", "Failed", "FailureTarget", "SuccessCriteriaMet"].includes(String(memberOf(condition, "type"))) &&
      memberOf(condition, "status") === "True",
  );
}

/** Annotations are texts. */
function numberOf(value: unknown, absent = 0): number {
  const number = Number(value ?? absent);
  return Number.isFinite(number) ? number : Number.MAX_SAFE_INTEGER;
}
