import assert from "node:assert/strict";
import { test } from "node:test";
import { listPodImages } from "../../../src/core/admission/pod-images.ts";

test("images are those of init containers, containers, ephemeral containers and image volumes, in this order", () => {
  const images = listPodImages({
    volumes: [
      { name: "v", emptyDir: {} },
      { name: "m", image: { reference: "quay.io/model" } },
    ],
    ephemeralContainers: [{ name: "debug", image: "busybox" }],
    containers: [{ name: "web", image: "nginx" }, { image: "redis" }],
    initContainers: [{ name: "init", image: "alpine" }],
  });
  assert.deepEqual(images, [
    { container: "init", pointer: "/initContainers/0/image", image: "alpine" },
    { container: "web", pointer: "/containers/0/image", image: "nginx" },
    { container: null, pointer: "/containers/1/image", image: "redis" },
    { container: "debug", pointer: "/ephemeralContainers/0/image", image: "busybox" },
    { container: null, pointer: "/volumes/1/image/reference", image: "quay.io/model" },
  ]);
});

for (const podSpec of [
  {},
  { containers: null },
  { containers: [] },
  { containers: [{ name: "c" }] },
  { containers: [{ image: null }] },
  { volumes: [{ image: "text" }] },
]) {
  test(`${JSON.stringify(podSpec)} names no image`, () => assert.deepEqual(listPodImages(podSpec), []));
}
for (const podSpec of [
  { containers: "text" },
  { containers: {} },
  { containers: ["nginx"] },
  { containers: [null] },
  { containers: [{ image: 1 }] },
  { initContainers: 1 },
  { ephemeralContainers: false },
  { volumes: "text" },
  { volumes: [1] },
  { volumes: [{ image: { reference: [] } }] },
]) {
  test(`${JSON.stringify(podSpec)} cannot be read`, () => assert.equal(listPodImages(podSpec), undefined));
}
