import { readFileSync } from "node:fs";

/** A recorded review: a Pod made by `kubectl run`. */
export const POD: string = readFileSync(
  new URL("../../fixtures/admission-reviews/pod-create-kubectl-run.json", import.meta.url),
  "utf8",
);
