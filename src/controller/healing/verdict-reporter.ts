/** Reports what was decided about a Pod that waits for an image: Events on the Pod and its owner, and a log line. */
import type { HealingDecision, HealingEvidence } from "../../core/healing/decision.ts";
import { controllerOf } from "../../core/healing/owner.ts";
import { lineOf } from "../../core/sentences/credential.ts";
import { sentenceOfEviction, sentenceOfMissingNames, verdictOfHealing } from "../../core/sentences/healing.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { EventObject, EventWriter } from "../event-writer.ts";
import type { SeenPod } from "./waiting-pods.ts";

/** What a reporter works with. */
export interface VerdictReporterDependencies {
  readonly events: Pick<EventWriter, "write">;
  readonly logger: Logger;
  /** Whether a Pod that could be made again has been evicted when it is reported. */
  readonly isEvicting: boolean;
}

/** The owners of a Pod as far as they were read. */
export type Owners = Pick<HealingEvidence, "owner" | "workload">;

/** @see VerdictReporterDependencies */
export class VerdictReporter {
  readonly #parts: VerdictReporterDependencies;

  constructor(parts: VerdictReporterDependencies) {
    this.#parts = parts;
  }

  /** Reports a verdict on a Pod; its owner is told where a person can act on it. */
  report(seen: SeenPod, decision: HealingDecision, owners?: Owners): void {
    const { namespace, name } = seen;
    const { isEvicting, logger } = this.#parts;
    const { message, verdict } = describe(seen, decision, isEvicting);
    const isEvicted = isEvicting && decision.action === "heal";
    const text = isEvicted ? "Evicted a Pod that waited for its image" : "Judged a Pod that waits for its image";
    logger.info({ namespace, pod: name, verdict, reason: message }, text);
    const helped = isEvicted ? "EvictedForPullSecret" : "PullSecretMissing";
    const event = {
      type: isEvicted ? "Normal" : "Warning",
      reason: decision.action === "heal" ? helped : "LeftWithoutPullSecret",
      key: JSON.stringify(decision),
    } as const;
    this.#parts.events.write({ ...event, object: podObject(seen), message });
    const owner = owners && ownerObject(seen, owners);
    if (owner !== undefined) this.#parts.events.write({ ...event, object: owner, message: `Pod ${name}: ${message}` });
  }
}

function describe(
  pod: SeenPod,
  decision: HealingDecision,
  isEvicting: boolean,
): { readonly message: string; readonly verdict: string } {
  if (decision.action === "heal") {
    const sentence = isEvicting ? sentenceOfEviction : sentenceOfMissingNames;
    return { message: sentence(decision.secrets), verdict: "helped" };
  }
  return { message: lineOf(verdictOfHealing(decision.reason, pod)), verdict: decision.reason.code };
}

/** The Pod, as an Event names it. */
export function podObject({ namespace, name, uid }: SeenPod): EventObject {
  return { apiVersion: "v1", kind: "Pod", namespace, name, uid };
}

/** The object that a person knows: the Deployment of a ReplicaSet, else the owner itself. */
function ownerObject({ namespace, pod }: SeenPod, { owner, workload }: Owners): EventObject | undefined {
  const isOfDeployment = owner !== undefined && workload !== undefined;
  const reference = owner && (controllerOf(isOfDeployment ? owner : pod) ?? controllerOf(pod));
  if (reference === undefined) return undefined;
  const { group, kind, name, uid } = reference;
  return { apiVersion: group === "" ? "v1" : `${group}/v1`, kind, namespace, name, uid };
}
