/** How containers are, in the kubelet's words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { listContainerStates, MAX_MESSAGE, needsEvents } from "../../../src/core/diagnosis/container-states.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";

const podOf = (statuses: readonly object[], list = "containers", member = "containerStatuses"): JsonObject => ({
  spec: { [list]: [{ name: "main" }] },
  status: { [member]: statuses },
});
const waitingPod = (reason: string, message?: string): JsonObject =>
  podOf([{ name: "main", state: { waiting: { reason, ...(message !== undefined && { message }) } } }]);
const messageOf = (message: string): string | null | undefined =>
  listContainerStates(waitingPod("ErrImagePull", message))[0]?.message;

test("each container has its state, reason and message, init containers first and ephemeral ones last", () => {
  const pod = {
    spec: {
      ephemeralContainers: [{ name: "debug" }],
      containers: [{ name: "main" }, { name: "new" }, {}],
      initContainers: [{ name: "init" }],
    },
    status: {
      initContainerStatuses: [{ name: "init", state: { terminated: { reason: "Completed", exitCode: 0 } } }],
      containerStatuses: [
        { name: "main", state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } } },
        { name: "new", state: {} },
      ],
      ephemeralContainerStatuses: [{ name: "debug", state: { running: {} } }],
    },
  };
  assert.deepEqual(listContainerStates(pod), [
    { container: "init", state: "terminated", reason: "Completed", message: null },
    { container: "main", state: "waiting", reason: "CrashLoopBackOff", message: "back-off 5m0s" },
    { container: "new", state: null, reason: null, message: null },
    { container: "", state: null, reason: null, message: null },
    { container: "debug", state: "running", reason: null, message: null },
  ]);
});

const BACK_OFF = 'Back-off pulling image "reg.io/app"';

for (const [title, pod, isNeeded] of [
  ["a back-off without its cause", waitingPod("ImagePullBackOff", BACK_OFF), true],
  ["no message", waitingPod("ErrImagePull"), true],
  ["a back-off with its cause", waitingPod("ImagePullBackOff", `${BACK_OFF}: ErrImagePull: 401`), false],
  ["another reason", waitingPod("CrashLoopBackOff"), false],
  ["no status", { spec: {} }, false],
] as const) {
  test(`Events may ${isNeeded ? "" : "not "}say more than ${title}`, () => assert.equal(needsEvents(pod), isNeeded));
}

test("where the status has no cause, the last Event of the container has it", () => {
  const eventOf = (message: string, times: JsonObject, container = "main"): JsonObject => ({
    involvedObject: { fieldPath: `spec.containers{${container}}` },
    message,
    ...times,
  });
  const events = [
    eventOf("Failed to pull image: first", { lastTimestamp: "2026-01-01T00:00:00Z" }),
    eventOf("Failed to pull image: last", { eventTime: "2026-01-01T00:00:09Z" }),
    eventOf("Failed to pull image: middle", { lastTimestamp: "2026-01-01T00:00:05Z" }),
    eventOf("Failed to pull image: of no time", {}),
    eventOf("Error: ErrImagePull", { lastTimestamp: "2026-01-01T00:00:10Z" }),
    eventOf("Failed to pull image: of another", { lastTimestamp: "2026-01-01T00:00:11Z" }, "other"),
    { involvedObject: { fieldPath: "spec.containers{main}" } },
  ];
  const [state] = listContainerStates(waitingPod("ImagePullBackOff", BACK_OFF), events);
  assert.equal(state?.message, "Failed to pull image: last");
  const [told] = listContainerStates(waitingPod("ErrImagePull", "its own words"), events);
  assert.equal(told?.message, "its own words");
});

for (const [message, shown] of [
  ['from "https://auth.reg.io/token?account=robot&scope=pull": 401', 'from "https://auth.reg.io/token?...": 401'],
  [
    "GET request to https://auth.reg.io/token?account=robot: 401 Unauthorized",
    "GET request to https://auth.reg.io/token?...: 401 Unauthorized",
  ],
  ["proxyconnect to http://robot:pa55word@proxy:3128: refused", "proxyconnect to http://proxy:3128: refused"],
  ["Is it there? ask robot@example.com", "Is it there? ask robot@example.com"],
] as const) {
  test(`shows no account of ${message}`, () => assert.equal(messageOf(message), shown));
}

test("a message is cut", () => {
  assert.equal(messageOf("x".repeat(MAX_MESSAGE)), "x".repeat(MAX_MESSAGE));
  assert.equal(messageOf("x".repeat(1_000_000)), `${"x".repeat(MAX_MESSAGE - 3)}...`);
});
