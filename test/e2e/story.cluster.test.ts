/** The story that pullring exists for, with the real kubectl as a person uses it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { startInstalledPlane } from "./webhook/installed-plane.ts";
import type { Kubectl } from "./webhook/kubectl-session.ts";
import type { Namespace } from "./webhook/namespace.ts";
import { deploymentOf, podOf, pullSecretsOf } from "./webhook/objects.ts";

const IMAGE = "quay.io/profile/image";

/** A message that kubectl adds to what a person wrote. */
const NO_WARNING = "";

describe("a person with kubectl", () => {
  let plane: ControlPlane;
  let kubectl: Kubectl;
  let namespace: Namespace;
  before(async () => {
    ({ plane, kubectl, namespace } = await startInstalledPlane());
    for (const [name, server] of [
      ["testquay", "quay.io"],
      ["testghcr", "ghcr.io"],
    ]) {
      const login = ["--docker-username=profile", "--docker-password=password"];
      await kubectl(["create", "secret", "docker-registry", `${name}`, `--docker-server=${server}`, ...login]);
    }
  });
  after(() => plane?.stop());

  test("applies pod.yml without its last two lines, and the stored Pod names the Secret once", async () => {
    const printed = await kubectl(["apply", "-f", "-"], podOf("private-reg", IMAGE));
    assert.deepEqual(printed, { stdout: "pod/private-reg created\n", stderr: NO_WARNING });
    assert.deepEqual(pullSecretsOf(await namespace.read("pods", "private-reg")), ["testquay"]);
  });

  test("applies a Deployment, and it and the Pod of its controllers name the Secret once", async () => {
    await kubectl(["apply", "-f", "-"], deploymentOf("web", IMAGE));
    const deployment = await namespace.read("apps/v1/deployments", "web");
    assert.deepEqual(pullSecretsOf(deployment), ["testquay"]);
    const [pod] = await kubectl.waitForPods("app=web", 1);
    assert.deepEqual(pod && pullSecretsOf(pod), ["testquay"]);
  });

  test("applies the same Pod and Deployment again, and nothing changes", async () => {
    const before = await namespace.read("apps/v1/deployments", "web");
    const items = [podOf("private-reg", IMAGE), deploymentOf("web", IMAGE)];
    const printed = await kubectl(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
    assert.equal(printed.stdout, "pod/private-reg unchanged\ndeployment.apps/web unchanged\n");
    const deployment = await namespace.read("apps/v1/deployments", "web");
    assert.equal(deployment.metadata.generation, before.metadata.generation);
  });

  test("applies a Secret and a Pod in one file, and the Pod names the Secret", async () => {
    const secret = await kubectl([
      ..."create secret docker-registry together --docker-server=together.example".split(" "),
      ..."--docker-username=profile --docker-password=password --dry-run=client -o json".split(" "),
    ]);
    const items = [JSON.parse(secret.stdout) as object, podOf("together", "together.example/app:1")];
    await kubectl(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
    assert.deepEqual(pullSecretsOf(await namespace.read("pods", "together")), ["together"]);
  });

  test("sees in a dry run what would be stored, and nothing is stored", async () => {
    const args = ["apply", "--dry-run=server", "-o", "json", "-f", "-"];
    const { stdout } = await kubectl(args, deploymentOf("dry", IMAGE));
    assert.deepEqual(pullSecretsOf(JSON.parse(stdout)), ["testquay"]);
    await assert.rejects(kubectl(["get", "deployment", "dry"]), /deployments.apps "dry" not found/);
  });

  test("runs a Pod and creates a Deployment without writing YAML", async () => {
    await kubectl(["run", "quick", `--image=${IMAGE}`]);
    assert.deepEqual(pullSecretsOf(await namespace.read("pods", "quick")), ["testquay"]);
    await kubectl(["create", "deployment", "quick", `--image=${IMAGE}`]);
    assert.deepEqual(pullSecretsOf(await namespace.read("apps/v1/deployments", "quick")), ["testquay"]);
  });

  test("creates a Pod that the API server names", async () => {
    const pod = { ...podOf("", IMAGE), metadata: { generateName: "generated-" } };
    const { stdout } = await kubectl(["create", "-o", "json", "-f", "-"], pod);
    assert.deepEqual(pullSecretsOf(JSON.parse(stdout)), ["testquay"]);
  });

  test("applies on the server side twice, and there is no conflict, no change and no new generation", async () => {
    const args = ["apply", "--server-side", "--field-manager=team", "-f", "-"];
    for (const object of [deploymentOf("ssa", IMAGE), podOf("ssa", IMAGE)]) {
      await kubectl(args, object);
      const resource = "template" in (object as { spec: object }).spec ? "apps/v1/deployments" : "pods";
      if (resource !== "pods") await kubectl.waitForPods("app=ssa", 1);
      const first = await namespace.read(resource, "ssa");
      assert.deepEqual(pullSecretsOf(first), ["testquay"]);
      await kubectl(args, object);
      const second = await namespace.read(resource, "ssa");
      assert.deepEqual(second.spec, first.spec);
      assert.equal(second.metadata.generation, first.metadata.generation);
    }
  });

  test("restarts a rollout, and the new Pod names the Secret once", async () => {
    const [before] = await kubectl.waitForPods("app=web", 1);
    await kubectl(["rollout", "restart", "deployment/web"]);
    const pods = await kubectl.waitForPods("app=web", 2);
    const pod = pods.find(({ metadata }) => metadata.uid !== before?.metadata.uid);
    assert.deepEqual(pod && pullSecretsOf(pod), ["testquay"]);
  });

  test("scales, and no rollout is started", async () => {
    await kubectl(["create", "deployment", "scaled", `--image=${IMAGE}`]);
    await kubectl.waitForPods("app=scaled", 1);
    await kubectl(["scale", "deployment/scaled", "--replicas=3"]);
    const pods = await kubectl.waitForPods("app=scaled", 3);
    const hashes = new Set(pods.map(({ metadata }) => metadata.labels?.["pod-template-hash"]));
    assert.equal(hashes.size, 1);
    assert.ok(pods.every((pod) => pullSecretsOf(pod).join() === "testquay"));
  });

  test("scales a Deployment from before a credential existed, and its template stays as it is", async () => {
    await kubectl(["create", "deployment", "older", "--image=older.example/app"]);
    await kubectl([
      ..."create secret docker-registry older --docker-server=older.example".split(" "),
      ..."--docker-username=profile --docker-password=password".split(" "),
    ]);
    await kubectl(["scale", "deployment/older", "--replicas=2"]);
    assert.deepEqual(pullSecretsOf(await namespace.read("apps/v1/deployments", "older")), []);
    const pods = await kubectl.waitForPods("app=older", 2);
    assert.ok(pods.some((pod) => pullSecretsOf(pod).join() === "older"));
  });

  test("sets an image of another private registry, and its credential takes the place of the other", async () => {
    await kubectl(["create", "deployment", "moved", `--image=${IMAGE}`]);
    await kubectl(["set", "image", "deployment/moved", "image=ghcr.io/acme/app:2"]);
    const deployment = await namespace.read("apps/v1/deployments", "moved");
    assert.deepEqual(pullSecretsOf(deployment), ["testghcr"]);
  });
});
