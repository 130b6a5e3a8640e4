/** How the containers of a Pod are, as the kubelet tells it in the Pod's status and in Events. */
import { arrayAt, type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";

/** One container. Its texts are the kubelet's and the container runtime's. */
export interface ContainerState {
  readonly container: string;
  /** null when the kubelet has not told yet. */
  readonly state: "waiting" | "running" | "terminated" | null;
  /** As in `ImagePullBackOff`. */
  readonly reason: string | null;
  /** Without what may be an account's in the URLs; at most {@link MAX_MESSAGE} characters. */
  readonly message: string | null;
}

/** Longest message, in characters. A runtime's longest causes are a few hundred. */
export const MAX_MESSAGE = 1_000;

const LISTS = [
  ["initContainers", "initContainerStatuses"],
  ["containers", "containerStatuses"],
  ["ephemeralContainers", "ephemeralContainerStatuses"],
] as const;

const STATES = ["waiting", "running", "terminated"] as const;

/**
 * Gives the state of each container: init containers, containers, ephemeral ones.
 * @param events those of the Pod: older kubelets tell there alone why a pull failed, in a back-off
 */
export function listContainerStates(pod: JsonObject, events: readonly JsonObject[] = []): readonly ContainerState[] {
  return LISTS.flatMap(([list, statuses]) =>
    arrayAt(pod, ["spec", list]).map((element) => {
      const container = stringOf(memberOf(element, "name")) ?? "";
      const status = arrayAt(pod, ["status", statuses]).find((candidate) => memberOf(candidate, "name") === container);
      const state = STATES.find((name) => memberAt(status, ["state", name]) !== undefined) ?? null;
      const textOf = (member: string): string | null =>
        stringOf(memberAt(status, ["state", state ?? "", member])) || null;
      const message = textOf("message");
      const cause = isWithoutCause(message) ? lastFailure(events, `spec.${list}{${container}}`) : undefined;
      return { container, state, reason: textOf("reason"), message: soberMessage(cause ?? message) };
    }),
  );
}

/** Tells whether the Events of the Pod may say more than its status does. */
export function needsEvents(pod: JsonObject): boolean {
  return LISTS.some(([, statuses]) =>
    arrayAt(pod, ["status", statuses]).some((status) => {
      const reason = memberAt(status, ["state", "waiting", "reason"]);
      const message = stringOf(memberAt(status, ["state", "waiting", "message"])) ?? null;
      return (reason === "ImagePullBackOff" || reason === "ErrImagePull") && isWithoutCause(message);
    }),
  );
}

/** @see kubernetes pkg/kubelet/images/image_manager.go: since 1.31 the message of a back-off ends with its cause */
function isWithoutCause(message: string | null): boolean {
  return message === null || /^Back-off pulling image "[^"]*"$/.test(message);
}

/** The message of the last pull that failed. @see kubernetes pkg/kubelet/events FailedToPullImage, whose reason is Failed */
function lastFailure(events: readonly JsonObject[], fieldPath: string): string | undefined {
  const failures = events
    .filter((event) => memberAt(event, ["involvedObject", "fieldPath"]) === fieldPath)
    .map((event) => ({ message: stringOf(memberOf(event, "message")) ?? "", time: timeOf(event) }))
    .filter(({ message }) => message.startsWith("Failed to pull image"));
  return failures.sort((a, b) => (a.time < b.time ? 1 : -1))[0]?.message;
}

/** In UTC, so that they are ordered as texts. */
function timeOf(event: JsonObject): string {
  return stringOf(memberOf(event, "lastTimestamp")) || (stringOf(memberOf(event, "eventTime")) ?? "");
}

/** Runtimes quote the URL that they asked, with the user name in its query. */
function soberMessage(message: string | null): string | null {
  const text = message
    ?.slice(0, 10 * MAX_MESSAGE)
    .replace(/:\/\/[^/\s"@]*@/g, "://")
    .replace(/(:\/\/[^\s"?]*)\?[^\s"]*?(?=[:,;.]?(?:["\s]|$))/g, "$1?...");
  return text === undefined || text.length <= MAX_MESSAGE ? (text ?? null) : `${text.slice(0, MAX_MESSAGE - 3)}...`;
}
