/** Tells what keeps a shared credential from a namespace: an Event on the source, and a log line. */
import type { ObservedSource } from "../../cluster/objects/shared-source-resource.ts";
import { lineOf } from "../../core/sentences/credential.ts";
import { verdictOfSharingProblem } from "../../core/sentences/sharing.ts";
import type { SharingProblem } from "../../core/verdicts/sharing-problem.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { EventWriter } from "../event-writer.ts";

/** What a reporter works with. */
export interface SharingReporterDependencies {
  readonly events: Pick<EventWriter, "write">;
  readonly logger: Logger;
  readonly sharedNamespace: string;
}

/** @see SharingReporterDependencies */
export class SharingReporter {
  readonly #parts: SharingReporterDependencies;

  constructor(parts: SharingReporterDependencies) {
    this.#parts = parts;
  }

  /** Tells of a problem; an Event that says the same of the same Secret is written once. */
  report(name: string, { uid }: Pick<ObservedSource, "uid">, problem: SharingProblem): void {
    const { events, logger, sharedNamespace } = this.#parts;
    const message = lineOf(verdictOfSharingProblem(problem, name));
    logger.warn({ secret: name, code: problem.code, reason: message }, "Failed to share a credential");
    const object = { apiVersion: "v1", kind: "Secret", namespace: sharedNamespace, name, uid };
    events.write({ object, type: "Warning", reason: "NotShared", message, key: JSON.stringify(problem) });
  }
}
