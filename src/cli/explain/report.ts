/** What `pullring explain` tells, and the port through which it is shown in one of the formats. */

import type { ExplainedObject } from "../../core/admission/explanation.ts";
import type { Credential } from "../../core/kubelet/credential.ts";
import type { IgnoredItem } from "./input.ts";

/** A Secret of the credential input, in the public format. */
export interface ExplainedCredential extends Credential {
  readonly namespace: string;
}

/** What follows the explained objects. */
export interface ReportEnd {
  /** Every Secret of the credential input, by namespace and name in the order of bytes. */
  readonly credentials: readonly ExplainedCredential[];
  /** Objects of kinds that are not handled, in input order. */
  readonly passedOver: readonly IgnoredItem[];
}

/** Shows a report piece by piece, so that a long one is never in memory as a whole where the format allows it. */
export interface ReportWriter {
  /** Takes the next object. */
  writeObject(object: ExplainedObject): Promise<void>;
  /** Takes the rest; called once, last. */
  writeEnd(end: ReportEnd): Promise<void>;
}
