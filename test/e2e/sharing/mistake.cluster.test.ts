/** A star by mistake: it is written slowly, told of while it is, and undone by taking it away; what was not written never is. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitUntil } from "../../wait-until.ts";
import { runClients } from "../webhook/clients.ts";
import { createNamespaces, type SharedPlane, sharedCredential, startSharedPlane } from "./shared-plane.ts";

const COUNT = 300;
const QPS = 10;

describe("a star by mistake", () => {
  let bed: SharedPlane;
  before(async () => {
    bed = await startSharedPlane();
  });
  after(() => bed?.plane.stop());

  test(`on ${COUNT} namespaces is written at the rate that is allowed, and undone`, async () => {
    await runClients({ count: COUNT, clients: 8 }, async (number) => {
      await createNamespaces(bed.api, [`many-${number}`], {});
    });
    const controller = await bed.start("controller", [`--write-qps=${QPS}`]);
    const count = async (state: string): Promise<number> => {
      const { text } = await controller.admin("/metrics");
      return Number(new RegExp(`^pullring_shared_copies\\{state="${state}"\\} (.*)$`, "m").exec(text)?.[1]);
    };
    const startedAt = performance.now();
    await bed.shared.create("secrets", sharedCredential("hub", "*"));
    const [, open] = await waitUntil(
      "the words about its progress",
      () => /"open":([1-9]\d*),"msg":"Writing copies"/.exec(controller.process.readLog()) ?? undefined,
    );
    const [wanted, there] = [await count("wanted"), await count("there")];
    const seconds = (performance.now() - startedAt) / 1_000;
    assert.ok(wanted > COUNT, "all namespaces that are served, those of Kubernetes too");
    assert.ok(Number(open) < wanted);
    assert.ok(there > 0 && there <= QPS * (seconds + 1), `${there} copies in ${seconds} s`);

    await bed.shared.patch("secrets", "hub", { metadata: { annotations: null } });
    await waitUntil("no copy", async () => (await count("wanted")) === 0 && (await count("there")) === 0);
    // The answer to the last write may come after the watch has shown it.
    await waitUntil("the words about its end", () =>
      /"open":0,"msg":"Wrote all copies"/.test(controller.process.readLog()),
    );
    const { text } = await controller.admin("/metrics");
    const writes = (step: string): number =>
      Number(new RegExp(`^pullring_shared_copy_writes_total\\{step="${step}"\\} (.*)$`, "m").exec(text)?.[1]);
    assert.ok(writes("create") < COUNT, `${writes("create")} were written at all`);
    assert.equal(writes("remove"), writes("create"));
  });
});
