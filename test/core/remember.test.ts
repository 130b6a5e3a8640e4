import assert from "node:assert/strict";
import { test } from "node:test";
import { remember } from "../../src/core/remember.ts";

interface Scene {
  calls: number;
  readonly remembered: (text: string) => { readonly text: string };
}

/** Remembers a function that counts its calls. */
function counted(): Scene {
  const scene: Scene = {
    calls: 0,
    remembered: remember((text) => {
      scene.calls += 1;
      return { text };
    }),
  };
  return scene;
}

test("a text that comes again is not worked out again", () => {
  const scene = counted();
  assert.equal(scene.remembered("a"), scene.remembered("a"));
  assert.notEqual(scene.remembered("b"), scene.remembered("a"));
  assert.equal(scene.calls, 2);
});

test("a thousand results are kept, and none of long texts", () => {
  const scene = counted();
  for (let index = 0; index <= 1000; index += 1) scene.remembered(String(index));
  scene.remembered("1000");
  assert.equal(scene.calls, 1001);
  scene.remembered("0");
  assert.equal(scene.calls, 1002);
  for (const _ of [1, 2]) scene.remembered("x".repeat(513));
  assert.equal(scene.calls, 1004);
});
