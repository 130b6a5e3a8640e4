/** The closed set of reasons for which pullring leaves an object as it is. Logs, audit annotations and metrics have the code. */

/** Every reason; src/core/sentences has the words. */
export const SKIP_REASONS = [
  "unhandled-kind",
  "unhandled-operation",
  "subresource",
  "unreadable-object",
  "opted-out",
  "mirror-pod",
  "has-controller",
  "unchanged-template",
  "no-images",
  "already-served",
  "no-credential",
  "mountable-secrets",
  "no-service-account",
  "too-large",
] as const;

/** Why an object is skipped. */
export type SkipReason = (typeof SKIP_REASONS)[number];
