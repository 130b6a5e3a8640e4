/** Reports how an object of the cluster is now: the state of its Pods, what their lists give, and the one verdict. */
import { type ExplainedObject, explainRequest, explainStored } from "../../core/admission/explanation.ts";
import { readInjectionTarget } from "../../core/admission/injection-target.ts";
import { listContainerStates } from "../../core/diagnosis/container-states.ts";
import { diagnosePod } from "../../core/diagnosis/diagnosis.ts";
import { creationOf, serviceAccountOf } from "../../core/healing/assessment.ts";
import { type JsonObject, memberAt, stringOf } from "../../core/json-value.ts";
import { type Arrival, verdictOfPod } from "../../core/sentences/pod.ts";
import type { PodVerdict } from "../../core/verdicts/pod-verdict.ts";
import type { Whereabouts } from "../../core/verdicts/whereabouts.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import type { Known } from "./known.ts";
import type { LiveObject, LivePod } from "./live-objects.ts";
import type { LivePodReport, LiveReport } from "./report.ts";

/** An object with the Pod of it that the verdict is about. */
export interface LiveSubject {
  readonly live: LiveObject;
  /** undefined where no Pod of a workload waits. */
  readonly first: LivePod | undefined;
  /** What a Pod like the first would get. */
  readonly explained: ExplainedObject;
}

/** @param explained what a new Pod of the object would get */
export function subjectOf(live: LiveObject, explained: ExplainedObject, known: Known): LiveSubject {
  const [first] = live.pods ?? [];
  if (first === undefined || live.kind.kind === "Pod") return { live, first, explained };
  const request = creationOf({ namespace: live.namespace, pod: first.pod });
  return { live, first, explained: explainRequest(request, known.view, known.whyNotServed) };
}

/** Gives the report. @param whereabouts of the Secrets of the first Pod */
export async function reportLive(
  { live, first, explained }: LiveSubject,
  whereabouts: readonly Whereabouts[],
  known: Known,
): Promise<LiveReport> {
  const { kind, namespace, name, pods = [] } = live;
  const { webhooks, isInstalled } = known;
  const nowSeconds = SYSTEM_CLOCK.now() / 1000;
  const verdict: PodVerdict =
    first === undefined
      ? { code: live.pods === undefined ? "pods-not-known" : "well" }
      : diagnosePod({
          ...{
            namespace,
            pod: first.pod,
            owner: first.owner,
            view: known.view(namespace, serviceAccountOf(first.pod)),
          },
          ...{ namespaceLabels: known.labelsOf(namespace), webhooks, isInstalled, explained, whereabouts, nowSeconds },
          isKnown: known.isKnown(namespace),
        });
  const arrival = first === undefined ? null : await readArrival(first.pod, { verdict, namespace, known });
  const subject = { kind: kind.kind, namespace, name, pods: pods.map(({ pod }) => nameOf(pod)) };
  return {
    pods: pods.map((pod) => reportPod(pod, namespace, known)),
    verdict: { ...verdict, ...verdictOfPod(verdict, subject, arrival) },
    arrival,
  };
}

function reportPod({ pod, events }: LivePod, namespace: string, known: Known): LivePodReport {
  const target = readInjectionTarget(pod, { group: "", kind: "Pod" });
  const images = target === undefined ? [] : explainStored(target, known.view(namespace, target.serviceAccountName));
  return {
    name: nameOf(pod),
    phase: stringOf(memberAt(pod, ["status", "phase"])) ?? "",
    containers: listContainerStates(pod, events),
    images: images.map(({ container, path, image, credentials }) => ({ container, path, image, credentials })),
  };
}

/** Of several Secrets the one that came last is the one that the Pod waited for. */
async function readArrival(
  pod: JsonObject,
  { verdict, namespace, known }: { readonly verdict: PodVerdict; readonly namespace: string; readonly known: Known },
): Promise<Arrival | null> {
  const secrets = "secrets" in verdict ? verdict.secrets : verdict.code === "has-credential" ? [verdict.secret] : [];
  const podAt = secondsOf(stringOf(memberAt(pod, ["metadata", "creationTimestamp"])));
  const arrivals = await Promise.all(
    secrets.map(async (secret) => {
      const secretAt = secondsOf(await known.createdAt({ namespace, name: secret }));
      const agoSeconds = Math.round(SYSTEM_CLOCK.now() / 1000 - secretAt);
      return { secret, afterSeconds: secretAt - podAt, agoSeconds };
    }),
  );
  const dated = arrivals.filter(({ afterSeconds }) => !Number.isNaN(afterSeconds));
  return dated.sort((a, b) => b.afterSeconds - a.afterSeconds)[0] ?? null;
}

function secondsOf(time: string | undefined): number {
  return Date.parse(time ?? "") / 1000;
}

function nameOf(pod: JsonObject): string {
  return stringOf(memberAt(pod, ["metadata", "name"])) ?? "";
}
