/** The canary of `pullring doctor`: a dry run that is answered with a warning, so that the whole way to pullring can be seen. */
import { memberAt } from "../json-value.ts";
import type { Warning } from "../verdicts/warning.ts";
import type { AdmissionRequest } from "./filter-request.ts";

/** Annotation that asks for it, with whatever value. It means nothing but in a dry run. */
export const CANARY_ANNOTATION = "pullring.dev/canary";

/** The warnings of a response besides those of the decision. */
export function canaryWarnings({ dryRun, object }: AdmissionRequest): readonly Warning[] {
  const isCanary = dryRun && memberAt(object, ["metadata", "annotations", CANARY_ANNOTATION]) !== undefined;
  return isCanary ? [{ code: "canary" }] : [];
}
