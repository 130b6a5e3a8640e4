/** The shortest histories of those in which the simulation once found a fault. */
import { describe, test } from "node:test";
import { DAY_MS } from "./scene.ts";
import { type Happening, Simulation } from "./simulation.ts";

const finish = (replica: number): Happening => ({ kind: "finish", replica });
const step = (replica: number): Happening => ({ kind: "step", replica });
const pass = (days: number): Happening => ({ kind: "pass", ms: days * DAY_MS });
const restore = (backup: number): Happening => ({ kind: "restore", backup });
const garble = (key: string): Happening => ({ kind: "garble", key });
const damage = (kind: "delete" | "emptyBundle" | "removeBundle"): Happening => ({ kind });

const HISTORIES: readonly (readonly [string, readonly Happening[]])[] = [
  [
    "an old authority whose key came back with a backup",
    [
      garble("ca.crt"),
      finish(0),
      garble("ca.crt"),
      finish(2),
      restore(3),
      finish(0),
      pass(15),
      restore(1),
      finish(2),
    ],
  ],
  [
    "an authority that was gone from the caBundle between two looks",
    [finish(2), pass(15), finish(1), finish(0), damage("emptyBundle"), restore(2), finish(2)],
  ],
  [
    "a replica that was stopped between reading and acting",
    [
      damage("removeBundle"),
      finish(2),
      finish(1),
      step(1),
      step(1),
      damage("emptyBundle"),
      damage("delete"),
      finish(2),
    ],
  ],
];

describe("a history of", () => {
  for (const [title, history] of HISTORIES) {
    test(title, async () => {
      const simulation = new Simulation(3);
      for (const happening of history) {
        await simulation.happen(happening);
      }
      await simulation.settle();
      simulation.assertAgreement();
    });
  }
});
