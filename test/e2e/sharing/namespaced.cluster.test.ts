/**
 * The component sharing-namespaced, which chooses namespace `default`: webhook and controller with rights there and in the shared
 * namespace alone. Others get nothing, whatever their labels.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitUntil } from "../../wait-until.ts";
import { type ControllerProcess, createControllerIdentity, startController } from "../webhook/controller-process.ts";
import { type InstalledPlane, startInstalledPlane } from "../webhook/installed-plane.ts";
import { namespaceOf } from "../webhook/namespace.ts";
import { podOf, pullSecretsOf } from "../webhook/objects.ts";
import {
  createNamespaces,
  findSecret,
  payloadOf,
  setLabels,
  sharedCredential,
  waitForCopy,
  waitForNone,
} from "./shared-plane.ts";

const FLAGS = ["--shared-namespace=pullring-shared", "--namespace=default"];

describe("the component sharing-namespaced", () => {
  let installed: InstalledPlane;
  let controller: ControllerProcess;
  before(async () => {
    installed = await startInstalledPlane({
      plane: { auditLog: true },
      components: ["sharing-namespaced"],
      pullring: { flags: [...FLAGS, "--live-read-timeout=9s"] },
    });
    const { plane } = installed;
    await setLabels(plane.api, installed.namespace, { team: "shop" });
    await createNamespaces(plane.api, ["other"], { team: "shop" });
    const kubeconfig = await createControllerIdentity(plane, "sharing-namespaced");
    controller = await startController(plane, { kubeconfig, flags: ["--share", ...FLAGS] });
  });
  after(() => installed?.plane.stop());

  test("shares with the chosen namespace, and with no other", async () => {
    const { api } = installed.plane;
    const shared = namespaceOf(api, "pullring-shared");
    await shared.create("secrets", sharedCredential("hub", "team=shop"));
    assert.deepEqual(pullSecretsOf(await installed.namespace.create("pods", podOf("web", "acme/web"))), ["hub"]);
    await waitForCopy(api, installed.namespace, "hub");
    await shared.patch("secrets", "hub", { data: payloadOf("next") });
    await waitForCopy(api, installed.namespace, "hub", "next");
    assert.equal(await findSecret(api, namespaceOf(api, "other"), "hub"), undefined);
    await setLabels(api, installed.namespace, { team: null });
    await waitForNone(api, installed.namespace, "hub");
    assert.deepEqual(pullSecretsOf(await installed.namespace.create("pods", podOf("later", "acme/web"))), []);
  });

  test("lacks no right, and tries none of another namespace", async () => {
    for (const { text } of [await controller.admin("/readyz"), await installed.pullring.admin("/readyz")]) {
      assert.doesNotMatch(text, /missing right/);
    }
    const mine = /^system:serviceaccount:pullring:/;
    const refused = await waitUntil("the audit log", () => {
      const events = installed.plane.auditEvents().filter(({ user }) => mine.test(user.username));
      return events.length > 0 && events.filter(({ responseStatus }) => responseStatus?.code === 403);
    });
    assert.deepEqual(refused, []);
  });
});
