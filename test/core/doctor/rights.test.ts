/** The rights that each process needs, as the doctor asks for them, are those that the manifests give. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readArguments, rightsOf } from "../../../src/core/doctor/rights.ts";
import type { Right } from "../../../src/core/verdicts/installation-finding.ts";
import { type Manifest, parseManifests, readRepositoryFile } from "../../manifests/manifest.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** As one text each, sorted; a Role is of its namespace. */
function rightsIn(...paths: readonly string[]): readonly string[] {
  const roles = paths
    .flatMap((path) => parseManifests(readRepositoryFile(path)))
    .filter(({ kind }) => /^(Cluster)?Role$/.test(kind)) as unknown as readonly (Manifest & {
    readonly rules: readonly Rule[];
  })[];
  return roles
    .flatMap(({ metadata, rules }) =>
      rules.flatMap(({ apiGroups, resources, resourceNames = [undefined], verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            resourceNames.flatMap((name) =>
              verbs.map((verb) => textOf({ verb, group, resource, name, namespace: metadata.namespace } as Right)),
            ),
          ),
        ),
      ),
    )
    .sort();
}

const textOf = ({ verb, group, resource, name = "*", namespace = "*" }: Right): string =>
  [verb, group, resource, namespace, name].join(" ");

function argumentsIn(path: string): readonly string[] {
  const [deployment] = parseManifests(readRepositoryFile(path));
  assert.ok(deployment);
  const { template } = deployment.spec as {
    readonly template: { readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] } };
  };
  return template.spec.containers[0]?.args ?? [];
}

function neededBy(args: readonly string[]): readonly string[] {
  const given = readArguments(args, "pullring");
  assert.ok(given);
  return rightsOf(given).map(textOf).sort();
}

test("those of the webhook", () => {
  assert.deepEqual(
    neededBy(argumentsIn("manifests/base/deployment.yaml")),
    rightsIn("manifests/base/rbac-credentials.yaml", "manifests/base/rbac-certificates.yaml"),
  );
});

test("those of the controller; labels of namespaces are read in all of them", () => {
  const given = rightsIn("manifests/components/healing/rbac.yaml");
  assert.deepEqual(
    neededBy(argumentsIn("manifests/components/healing/deployment.yaml")),
    given
      .filter((right) => !right.startsWith("get  namespaces "))
      .concat("get  namespaces * *")
      .sort(),
  );
});

test("those of sharing: of its controller, and of the webhook that knows what is shared", () => {
  const flag = "--shared-namespace=pullring-shared";
  const controller = neededBy(argumentsIn("manifests/components/sharing/deployment.yaml"));
  const webhook = argumentsIn("manifests/base/deployment.yaml");
  const more = neededBy([...webhook, flag]).filter((right) => !neededBy(webhook).includes(right));
  assert.deepEqual(more, ["get  namespaces * *", "list  namespaces * *", "watch  namespaces * *"]);
  assert.deepEqual([...controller, ...more].sort(), rightsIn("manifests/components/sharing/rbac.yaml"));
  assert.deepEqual(neededBy(["controller", "--share"]), []);
  assert.deepEqual(neededBy(["controller", flag]), []);
});

test("those of sharing in chosen namespaces: Secrets of the shared one too, and these Namespaces alone", () => {
  const flags = ["--shared-namespace", "shared", "--namespace=a"];
  const webhook = neededBy(["serve", ...flags]).filter((right) => !neededBy(["serve", "-n", "a"]).includes(right));
  const ofNamespace = ["get", "list", "watch"].map((verb) => `${verb}  namespaces * a`);
  assert.deepEqual(webhook, [...ofNamespace, "list  secrets shared *", "watch  secrets shared *"].sort());
  const controller = neededBy(["controller", "--share", ...flags]);
  for (const right of [
    "get  secrets shared *",
    "delete  secrets a *",
    "list  namespaces * a",
    "create  events shared *",
  ]) {
    assert.ok(controller.includes(right), right);
  }
  assert.ok(!controller.some((right) => /(create|update|delete) {2}secrets (shared|\*)/.test(right)));
});

test("a controller that only reports evicts nothing, and one without a part needs nothing", () => {
  assert.ok(neededBy(["controller", "--heal"]).includes("create  pods/eviction * *"));
  assert.ok(!neededBy(["controller", "--heal=report"]).includes("create  pods/eviction * *"));
  assert.deepEqual(neededBy(["controller"]), []);
});

test("for chosen namespaces, in these alone, and without certificates where they come from files", () => {
  assert.deepEqual(
    neededBy(["serve", "--tls=files", "--namespace=a", "-n", "b"]),
    [...["get", "list"].flatMap((verb) => ["a", "b"].map((namespace) => `${verb}  serviceaccounts ${namespace} *`))]
      .concat(
        ["a", "b"].map((namespace) => `list  secrets ${namespace} *`),
        ["serviceaccounts", "secrets"].flatMap((resource) =>
          ["a", "b"].map((namespace) => `watch  ${resource} ${namespace} *`),
        ),
      )
      .sort(),
  );
});

test("other names of the Secret and the configuration, and other programs", () => {
  const rights = neededBy(["serve", "--tls=managed", "--tls-secret", "mine", "--webhook-configuration=ours"]);
  assert.ok(rights.includes("update  secrets pullring mine"));
  assert.ok(rights.includes("watch admissionregistration.k8s.io mutatingwebhookconfigurations * ours"));
  assert.ok(neededBy(["serve", "--tls=managed"]).includes("get  secrets pullring pullring-tls"));
  assert.equal(readArguments(["sleep", "1"], "pullring"), undefined);
  assert.equal(readArguments([], "pullring"), undefined);
});
