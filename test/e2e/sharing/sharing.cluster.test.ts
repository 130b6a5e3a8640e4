/** `pullring controller --share` on a real API server, with the rights of its component: copies are where the annotation says. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ApiClient } from "../control-plane/api-client.ts";
import { type ControllerProcess, waitForMetric } from "../webhook/controller-process.ts";
import { type Namespace, namespaceOf } from "../webhook/namespace.ts";
import {
  createNamespaces,
  findSecret,
  PASSWORD,
  payloadOf,
  type SharedPlane,
  setLabels,
  sharedCredential,
  startSharedPlane,
  waitForCopy,
  waitForNone,
} from "./shared-plane.ts";

describe("pullring controller --share", () => {
  let bed: SharedPlane;
  let api: ApiClient;
  let controller: ControllerProcess;
  before(async () => {
    bed = await startSharedPlane();
    api = bed.api;
    controller = await bed.start("controller");
  });

  after(() => bed?.plane.stop());

  /** A namespace that has the copies of `marker=yes`: once its copy is there, all that came before is done. */
  async function settle(): Promise<void> {
    const name = `settled-${Math.random().toString(36).slice(2, 8)}`;
    const [namespace] = await createNamespaces(api, [name], { settled: "yes" });
    await waitForCopy(api, namespace as Namespace, "marker");
  }

  test("copies a credential into the namespaces that its annotation selects, and nothing else of it", async () => {
    await bed.shared.create("secrets", sharedCredential("marker", "settled=yes"));
    const [shop, other] = await createNamespaces(api, ["shop", "other"], { kind: "story" });
    await setLabels(api, shop as Namespace, { team: "shop" });
    const source = sharedCredential("hub", "team=shop,stage!=prod") as { metadata: object };
    const labels = { mine: "yes" };
    const stored = await bed.shared.create("secrets", { ...source, metadata: { ...source.metadata, labels } });
    const { metadata, type, data, immutable } = await waitForCopy(api, shop as Namespace, "hub");
    assert.equal(type, "kubernetes.io/dockerconfigjson");
    assert.deepEqual(data, payloadOf(PASSWORD));
    assert.equal(immutable, undefined);
    assert.deepEqual(metadata.labels, { "app.kubernetes.io/managed-by": "pullring" });
    assert.deepEqual(metadata.annotations, {
      "pullring.dev/shared-from": "pullring-shared/hub",
      "pullring.dev/shared-version": stored.metadata.resourceVersion,
    });
    await settle();
    assert.equal(await findSecret(api, other as Namespace, "hub"), undefined);
  });

  test("follows the labels of namespaces, those that come later as well", async () => {
    const [late] = await createNamespaces(api, ["late"], { team: "shop" });
    await waitForCopy(api, late as Namespace, "hub");
    await setLabels(api, late as Namespace, { stage: "prod" });
    await waitForNone(api, late as Namespace, "hub");
    await setLabels(api, late as Namespace, { stage: null });
    await waitForCopy(api, late as Namespace, "hub");
  });

  test("a change of the password is everywhere, one of the annotation takes away and gives", async () => {
    const [shop, other] = [namespaceOf(api, "shop"), namespaceOf(api, "other")];
    await bed.shared.patch("secrets", "hub", { data: payloadOf("another-radioactive-one") });
    await waitForCopy(api, shop, "hub", "another-radioactive-one");
    const metadata = { annotations: { "pullring.dev/share-with": "kind in (story),!team" } };
    await bed.shared.patch("secrets", "hub", { metadata });
    await waitForCopy(api, other, "hub", "another-radioactive-one");
    await waitForNone(api, shop, "hub");
  });

  test("a star is for all namespaces that are served, and the end of the annotation or of the Secret for none", async () => {
    const [optedOut] = await createNamespaces(api, ["opted-out"], { "pullring.dev/inject": "false" });
    await bed.shared.create("secrets", sharedCredential("all", "*"));
    for (const name of ["default", "shop", "other"]) await waitForCopy(api, namespaceOf(api, name), "all");
    await settle();
    for (const namespace of [optedOut as Namespace, namespaceOf(api, "kube-system"), namespaceOf(api, "pullring")]) {
      assert.equal(await findSecret(api, namespace, "all"), undefined, namespace.name);
    }
    await setLabels(api, namespaceOf(api, "shop"), { "pullring.dev/inject": "false" });
    await waitForNone(api, namespaceOf(api, "shop"), "all");
    await setLabels(api, optedOut as Namespace, { "pullring.dev/inject": null });
    await waitForCopy(api, optedOut as Namespace, "all");
    await bed.shared.patch("secrets", "all", { metadata: { annotations: null } });
    for (const name of ["default", "other", "opted-out"]) await waitForNone(api, namespaceOf(api, name), "all");
    assert.ok(await findSecret(api, bed.shared, "all"));
    await bed.shared.remove("secrets", "hub");
    await waitForNone(api, namespaceOf(api, "other"), "hub");
  });

  test("shares a Secret that is opted out no more", async () => {
    const shop = namespaceOf(api, "other");
    await bed.shared.create("secrets", sharedCredential("quiet", "kind=story"));
    await waitForCopy(api, shop, "quiet");
    await bed.shared.patch("secrets", "quiet", { metadata: { labels: { "pullring.dev/inject": "false" } } });
    await waitForNone(api, shop, "quiet");
  });

  test("shares nothing of another type, and nothing from another namespace", async () => {
    const opaque = { ...sharedCredential("opaque", "kind=story"), type: "Opaque" };
    await bed.shared.create("secrets", opaque);
    await namespaceOf(api, "default").create("secrets", sharedCredential("elsewhere", "kind=story"));
    await settle();
    for (const name of ["opaque", "elsewhere"]) {
      assert.equal(await findSecret(api, namespaceOf(api, "other"), name), undefined, name);
    }
  });

  test("a Secret of type dockercfg is shared as such, and a source that comes again with another type as that", async () => {
    const other = namespaceOf(api, "other");
    const data = { ".dockercfg": Buffer.from('{"quay.io":{"auth":"YTpi"}}').toString("base64") };
    const dockercfg = { ...sharedCredential("changing", "kind=story"), type: "kubernetes.io/dockercfg", data };
    await bed.shared.create("secrets", dockercfg);
    const typeIs = async (type: string): Promise<void> => {
      for (;;) if ((await findSecret(api, other, "changing"))?.type === type) return;
    };
    await typeIs("kubernetes.io/dockercfg");
    await bed.shared.remove("secrets", "changing");
    await bed.shared.create("secrets", sharedCredential("changing", "kind=story"));
    await typeIs("kubernetes.io/dockerconfigjson");
    assert.deepEqual((await findSecret(api, other, "changing"))?.data, payloadOf(PASSWORD));
  });

  test("shows in its metrics what there is, and no password anywhere", async () => {
    await settle();
    const { text } = await controller.admin("/metrics");
    const [, wanted] = /^pullring_shared_copies\{state="wanted"\} (\d+)$/m.exec(text) ?? [];
    assert.ok(Number(wanted) > 3);
    await waitForMetric(controller, new RegExp(`^pullring_shared_copies\\{state="there"\\} ${wanted}$`));
    await waitForMetric(controller, /^pullring_shared_copies_blocked\{reason="name-taken"\} 0$/);
    await waitForMetric(controller, /^pullring_sharing_delay_seconds_count [1-9]/);
    const said = `${text}${controller.process.readLog()}${(await controller.admin("/readyz")).text}`;
    assert.doesNotMatch(said, /radioactive|missing right|Failed/);
    assert.doesNotMatch(said, new RegExp(Object.values(payloadOf(PASSWORD)).join("|")));
  });
});
