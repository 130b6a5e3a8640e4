import assert from "node:assert/strict";
import { test } from "node:test";
import { listWaitingImages } from "../../../src/core/healing/waiting-images.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";

const SPEC = {
  initContainers: [{ name: "init", image: "reg.io/init" }],
  containers: [
    { name: "web", image: "reg.io/web" },
    { name: "model", image: "reg.io/run", volumeMounts: [{ name: "scratch" }, { name: "weights" }, { name: "gone" }] },
  ],
  volumes: [{ name: "scratch" }, { name: "weights", image: { reference: "reg.io/weights" } }],
};
const waits = (name: string, reason: unknown): JsonObject => ({ name, state: { waiting: { reason } } });
const running = (name: string): JsonObject => ({ name, state: { running: {} } });

/** As kubelets write it. */
const rows: readonly (readonly [title: string, status: JsonObject, pointers: readonly string[]])[] = [
  ["a container", { containerStatuses: [waits("web", "ErrImagePull"), running("model")] }, ["/containers/0/image"]],
  ["a container in back-off", { containerStatuses: [waits("web", "ImagePullBackOff")] }, ["/containers/0/image"]],
  ["a registry that is away", { containerStatuses: [waits("web", "RegistryUnavailable")] }, ["/containers/0/image"]],
  [
    "an init container",
    { initContainerStatuses: [waits("init", "ErrImagePull")], containerStatuses: [waits("web", "PodInitializing")] },
    ["/initContainers/0/image"],
  ],
  [
    "a container that mounts an image volume waits for either image",
    { containerStatuses: [waits("model", "ErrImagePull")] },
    ["/containers/1/image", "/volumes/1/image/reference"],
  ],
  ["a name that is not valid", { containerStatuses: [waits("web", "InvalidImageName")] }, []],
  ["a policy of Never", { containerStatuses: [waits("web", "ErrImageNeverPull")] }, []],
  ["a container that is not there", { containerStatuses: [waits("other", "ErrImagePull")] }, []],
  ["an ephemeral container", { ephemeralContainerStatuses: [waits("debug", "ErrImagePull")] }, []],
  ["a status without a name", { containerStatuses: [{ state: { waiting: { reason: "ErrImagePull" } } }] }, []],
  ["no status", {}, []],
];

for (const [title, status, pointers] of rows) {
  test(`${title}: [${pointers.join(", ")}]`, () => {
    assert.deepEqual(listWaitingImages({ spec: SPEC, status }), pointers);
  });
}
