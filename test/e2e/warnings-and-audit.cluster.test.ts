/** What an answer says beside its patch: the API server's audit log and, where a person should act, a warning of kubectl. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { MUTATE_PATH, OBSERVE_PATH } from "../../src/server/admission/mutate-handler.ts";
import { waitUntil } from "../wait-until.ts";
import type { AuditEvent } from "./control-plane/audit-log.ts";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { configureWebhook } from "./webhook/install.ts";
import { startInstalledPlane } from "./webhook/installed-plane.ts";
import type { Kubectl } from "./webhook/kubectl-session.ts";
import type { Namespace } from "./webhook/namespace.ts";
import { credentialOf, podOf, pullSecretsOf, rawCredentialOf } from "./webhook/objects.ts";
import type { PullringProcess } from "./webhook/pullring-process.ts";

describe("an answer", () => {
  let plane: ControlPlane;
  let pullring: PullringProcess;
  let kubectl: Kubectl;
  let namespace: Namespace;
  before(async () => {
    ({ plane, pullring, kubectl, namespace } = await startInstalledPlane({ plane: { auditLog: true } }));
    await namespace.create("secrets", credentialOf("testquay", "quay.io"));
  });
  after(() => plane?.stop());

  test("that adds a credential is in the audit log with its name", async () => {
    await kubectl(["apply", "-f", "-"], podOf("audited", "quay.io/acme/web:1"));
    const { annotations } = await auditEventOf(plane, "audited");
    assert.equal(annotations?.["inject.pullring.dev/injected"], "testquay");
  });

  test("that adds nothing is in the audit log with its reason", async () => {
    await kubectl(["apply", "-f", "-"], podOf("public", "registry.k8s.io/pause:3.10"));
    const { annotations } = await auditEventOf(plane, "public");
    assert.equal(annotations?.["inject.pullring.dev/skipped"], "no-credential");
  });

  test("warns kubectl's user when an image is unserved while a credential is malformed", async () => {
    await namespace.create("secrets", rawCredentialOf("typed-by-hand", '{"auths":{"ghcr.io":{"auth":"!"}}}'));
    const { stdout, stderr } = await kubectl(["apply", "-f", "-"], podOf("warned", "ghcr.io/acme/app:1"));
    assert.equal(stdout, "pod/warned created\n");
    assert.match(stderr, /^Warning: no credential for "ghcr.io\/acme\/app:1"; Secret "typed-by-hand" is malformed$/m);
  });

  test("warns kubectl's user when an image is unserved because its entry is empty", async () => {
    const payload = '{"auths":{"https://index.docker.io/v1/":{}},"credsStore":"desktop"}';
    await namespace.create("secrets", rawCredentialOf("from-docker-desktop", payload));
    const { stderr } = await kubectl(["apply", "-f", "-"], podOf("void", "acmecorp/private:1"));
    assert.match(
      stderr,
      /^Warning: no credential for "acmecorp\/private:1"; Secret "from-docker-desktop" has no password for it, only credsStore$/m,
    );
    const official = await kubectl(["apply", "-f", "-"], podOf("official", "nginx:1.27"));
    assert.doesNotMatch(official.stderr, /from-docker-desktop/);
  });

  test("warns of an image that cannot be parsed, and the Pod is stored", async () => {
    const { stdout, stderr } = await kubectl(["apply", "-f", "-"], podOf("odd", "quay.io/Acme/Web"));
    assert.equal(stdout, "pod/odd created\n");
    assert.match(stderr, /^Warning: image "quay.io\/Acme\/Web" cannot be pulled: /m);
  });

  test("says nothing to a person who has nothing to do", async () => {
    const { stderr } = await kubectl(["apply", "-f", "-"], podOf("quiet", "quay.io/acme/web:1"));
    assert.equal(stderr, "");
  });

  test("of /observe is in the audit log all the same, and the Pod is stored as it was written", async () => {
    await configureWebhook(plane, { ...pullring, url: pullring.url.replace(MUTATE_PATH, OBSERVE_PATH) });
    const listOf = async (name: string, query = ""): Promise<readonly string[]> =>
      pullSecretsOf(await namespace.create("pods", podOf(name, "quay.io/acme/web:1"), query));
    await waitUntil("the changed configuration", async () => (await listOf("probe", "?dryRun=All")).length === 0);
    assert.deepEqual(await listOf("observed"), []);
    const { annotations } = await auditEventOf(plane, "observed");
    assert.equal(annotations?.["inject.pullring.dev/injected"], "testquay");
  });
});

/** kubectl creates with the name in the body; the audit log names it when the object is stored. */
async function auditEventOf(plane: ControlPlane, name: string): Promise<AuditEvent> {
  return waitUntil(`the audit event of ${name}`, () =>
    plane.auditEvents().find(({ verb, objectRef, annotations }) => {
      return verb === "create" && objectRef?.resource === "pods" && objectRef.name === name && annotations;
    }),
  );
}
