/** What the components that change the webhook configuration send to pullring, and what they do when it does not answer. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitUntil } from "../wait-until.ts";
import { CONFIGURATION_PATH } from "./object-paths.ts";
import { kustomize } from "./render.ts";
import { startWitnessedPlane, type WitnessedPlane } from "./witnessed-plane.ts";

describe("the webhook configuration of a component", () => {
  let witnessed: WitnessedPlane;
  before(async () => {
    witnessed = await startWitnessedPlane();
    const required = { "pullring.dev/required": "true" };
    await witnessed.addNamespace("required", required);
    await witnessed.addNamespace("required-but-opted-out", { ...required, "pullring.dev/inject": "false" });
    await witnessed.addNamespace("ordinary");
  });
  after(() => witnessed?.stop());

  /** How many requests are sent for a new object of this kind. */
  const sent = async (groupKind: string, namespace: string): Promise<number> =>
    (await witnessed.dryRun(witnessed.workload(groupKind, {}, namespace))).length;

  test("pods-only sends Pods and no templates", async () => {
    await witnessed.apply(await kustomize(["pods-only"]));
    assert.equal(await sent("/Pod", "ordinary"), 1);
    assert.equal(await sent("apps/Deployment", "ordinary"), 0);
    assert.equal(await sent("/ReplicationController", "ordinary"), 0);
  });

  test("namespaced sends the chosen namespace alone", async () => {
    await witnessed.apply(await kustomize(["namespaced"]));
    assert.equal(await sent("/Pod", "default"), 1);
    assert.equal(await sent("/Pod", "ordinary"), 0);
  });

  test("high-security sends every object once, whichever of its two webhooks it is for", async () => {
    await witnessed.apply(await kustomize(["high-security"]));
    for (const groupKind of ["/Pod", "apps/Deployment", "batch/CronJob"]) {
      assert.equal(await sent(groupKind, "required"), 1);
      assert.equal(await sent(groupKind, "ordinary"), 1);
      assert.equal(await sent(groupKind, "required-but-opted-out"), 0);
    }
  });

  test("high-security refuses Pods of labelled namespaces alone while pullring does not answer", async () => {
    await witnessed.plane.api.expect("PATCH", "/api/v1/namespaces/pullring", {
      metadata: { labels: { "pullring.dev/required": "true", "pullring.dev/inject": null } },
    });
    await witnessed.webhook.stop();
    const status = async (namespace: string): Promise<number> => {
      const { path, body } = witnessed.workload("/Pod", {}, namespace);
      return (await witnessed.plane.api.request("POST", `${path}?dryRun=All`, body)).status;
    };
    assert.equal(await status("required"), 500);
    assert.equal(await status("ordinary"), 201);
    assert.equal(await status("required-but-opted-out"), 201);
    const restarted = await witnessed.plane.kubectl(["-n", "pullring", "delete", "pods", "--all"]);
    assert.equal(restarted.code, 0, restarted.stderr);
    const own = await witnessed.plane.kubectl([
      "-n",
      "pullring",
      "run",
      "own",
      "--image=a/b",
      "--dry-run=server",
      `--overrides=${restrictedPod}`,
    ]);
    assert.equal(own.code, 0, own.stderr);
    await witnessed.plane.api.expect("DELETE", CONFIGURATION_PATH);
    // The API server learns of the removal a moment later.
    await waitUntil("a Pod without the configuration", async () => (await status("required")) === 201);
  });
});

/** A Pod that the Pod Security level `restricted` lets through. */
const restrictedPod = JSON.stringify({
  spec: {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "own",
        image: "quay.io/acme/web:1",
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
  },
});
