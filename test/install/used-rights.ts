/** What the audit log says of pullring's requests. It judges nothing. */
import type { AuditEvent } from "../e2e/control-plane/audit-log.ts";
import { rightOf } from "./granted-rights.ts";
import type { InstalledService } from "./installed-service.ts";

/** The user that pullring is. */
export const USER = "system:serviceaccount:pullring:pullring";

/** Which events count. */
export type EventFilter = (event: AuditEvent) => boolean;

function ours({ plane }: InstalledService, filter: EventFilter = () => true): readonly AuditEvent[] {
  return plane.auditEvents().filter((event) => event.user.username === USER && filter(event));
}

/** The rights that pullring asked for and does not have. */
export function forbiddenOf(installed: InstalledService, filter?: EventFilter): readonly string[] {
  return ours(installed, filter)
    .filter(({ responseStatus }) => responseStatus?.code === 403)
    .map(rightOf);
}

/** The rights that pullring made use of, sorted, each once. @param placeOf turns the namespace of a request into that of the rule that allows it */
export function usedIn(
  installed: InstalledService,
  placeOf: (namespace: string) => string | undefined,
  filter?: EventFilter,
): readonly string[] {
  const rights = ours(installed, filter).map((event) => {
    const namespace = event.objectRef?.namespace ?? "";
    const isCertificate = namespace === "pullring";
    const place = isCertificate ? namespace : placeOf(namespace);
    const { namespace: _, ...objectRef } = event.objectRef ?? {};
    return rightOf({
      ...event,
      objectRef: { ...objectRef, ...(place !== undefined && { namespace: place }) },
    });
  });
  return [...new Set(rights)].sort();
}
