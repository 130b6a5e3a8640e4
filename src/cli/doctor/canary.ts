/** Sends a Pod through the whole way as a dry run, and looks for what nobody but pullring answers. Nothing is stored. */
import { randomUUID } from "node:crypto";
import { describeError } from "../../cluster/api/api-server-error.ts";
import { CANARY_ANNOTATION } from "../../core/admission/canary.ts";
import { findNotServed, labelsOf, ownWebhooks } from "../../core/admission/webhook-selection.ts";
import type { InstallationFacts } from "../../core/doctor/installation.ts";
import { creationOf } from "../../core/healing/assessment.ts";
import type { JsonObject } from "../../core/json-value.ts";
import { CANARY_SENTENCE } from "../../core/sentences/warning.ts";
import type { InstallationFinding } from "../../core/verdicts/installation-finding.ts";
import type { ClusterReader } from "../explain/cluster-reader.ts";

/** Gives what is not right with the answer. Never throws. */
export async function sendCanary(
  reader: ClusterReader,
  namespace: string,
  { configurations }: InstallationFacts,
): Promise<readonly InstallationFinding[]> {
  const webhooks = (configurations.value ?? []).flatMap(ownWebhooks);
  if (configurations.value !== undefined && webhooks.length === 0) {
    return [{ code: "not-looked-at", because: "not-installed" }];
  }
  const pod = canaryPod();
  const whole = reader.read(
    { group: "", resource: "namespaces", namespace: undefined, name: namespace },
    { verb: "get", resource: "namespaces", namespace: undefined, name: namespace },
    "Namespace",
  );
  const labels = labelsOf(await whole.catch(() => undefined));
  const notServed = webhooks.length > 0 ? findNotServed(creationOf({ namespace, pod }), labels, webhooks) : undefined;
  if (notServed !== undefined && "requirement" in notServed) {
    return [{ code: "canary-not-sent", namespace, requirement: notServed.requirement }];
  }
  try {
    const address = { group: "", resource: "pods", namespace, name: "" };
    const { warnings } = await reader.ask(address, pod, { dryRun: "All" });
    return warnings.includes(CANARY_SENTENCE) ? [] : [{ code: "canary-unanswered", namespace }];
  } catch (error) {
    return [{ code: "not-read", what: `the dry run of a Pod in namespace ${namespace}`, why: describeError(error) }];
  }
}

/** As the strictest Pod security standard demands it. No registry has the image, and no node will look for it. */
function canaryPod(): JsonObject {
  const name = `pullring-canary-${randomUUID().slice(0, 8)}`;
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, annotations: { [CANARY_ANNOTATION]: "true" } },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: "RuntimeDefault" } },
      containers: [{ name: "canary", image: "pullring.invalid/canary", securityContext }],
    },
  };
}
