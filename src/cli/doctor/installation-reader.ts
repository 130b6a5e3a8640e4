/** Reads what there is of an installation, with the rights of the person who asks: each part, or why it cannot be read. */
import { parseBundle } from "../../certificates/pem-bundle.ts";
import { describeError } from "../../cluster/api/api-server-error.ts";
import { ownWebhooks } from "../../core/admission/webhook-selection.ts";
import {
  accountOf,
  argumentsOf,
  type CaBundle,
  type Fact,
  type InstallationFacts,
  type ManagedCas,
  type ReviewedRight,
} from "../../core/doctor/installation.ts";
import { readArguments, rightsOf } from "../../core/doctor/rights.ts";
import { isObject, type JsonObject, memberAt, memberOf, stringOf } from "../../core/json-value.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import type { ClusterReader } from "../explain/cluster-reader.ts";

/** Never throws. */
export async function readInstallation(reader: ClusterReader): Promise<InstallationFacts> {
  const nowSeconds = SYSTEM_CLOCK.now() / 1000;
  const configurations = await factOf(async () => (await listConfigurations(reader)).filter(hasOwnWebhooks));
  const webhooks = (configurations.value ?? []).flatMap(ownWebhooks);
  const caBundles = webhooks.map(readCaBundle);
  const facts = { configurations, caBundles, nowSeconds };
  const service = webhooks.map((webhook) => memberAt(webhook, ["clientConfig", "service"])).find(isObject);
  if (service === undefined) return facts;
  const { namespace, name } = placeOf(service);
  const [serviceObject, endpointSlices, deployments, pods] = await Promise.all([
    factOf(() => reader.read(addressOf("services", namespace, name), ruleOf("services", namespace, name), "Service")),
    factOf(() =>
      reader.list({ group: "discovery.k8s.io", kind: "EndpointSlice", resource: "endpointslices" }, namespace, {
        labelSelector: `kubernetes.io/service-name=${name}`,
      }),
    ),
    factOf(() => reader.list({ group: "apps", kind: "Deployment", resource: "deployments" }, namespace)),
    factOf(() => reader.list({ group: "", kind: "Pod", resource: "pods" }, namespace)),
  ]);
  const ours = mapFact(deployments, (all) => deploymentsOfPullring(all, serviceObject.value));
  const [managedCas, rights, flowSchemas] = await Promise.all([
    readManagedCas(reader, ours.value?.[0], namespace),
    reviewRights(reader, ours, namespace),
    factOf(() =>
      reader.list({ group: "flowcontrol.apiserver.k8s.io", kind: "FlowSchema", resource: "flowschemas" }, undefined),
    ),
  ]);
  return {
    ...facts,
    managedCas,
    service: `${namespace}/${name}`,
    serviceObject,
    endpointSlices,
    deployments: ours,
    pods: mapFact(pods, (all) => all.filter((pod) => ours.value?.some((deployment) => isOf(pod, deployment)) ?? false)),
    rights,
    flowSchemas,
  };
}

async function listConfigurations(reader: ClusterReader): Promise<readonly JsonObject[]> {
  const type = {
    group: "admissionregistration.k8s.io",
    kind: "MutatingWebhookConfiguration",
    resource: "mutatingwebhookconfigurations",
  };
  return await reader.list(type, undefined);
}

function hasOwnWebhooks(configuration: JsonObject): boolean {
  return ownWebhooks(configuration).length > 0;
}

function readCaBundle(webhook: JsonObject): CaBundle {
  const bundle = stringOf(memberAt(webhook, ["clientConfig", "caBundle"])) ?? "";
  const name = stringOf(memberOf(webhook, "name")) ?? "";
  if (bundle === "") return { webhook: name, ends: [], fingerprints: [] };
  const certificates = parseBundle(Buffer.from(bundle, "base64").toString());
  const fingerprints = certificates.map(({ fingerprint }) => fingerprint);
  const ends = certificates.map(({ notAfterMs }) => notAfterMs / 1000);
  return { webhook: name, ends: ends.length === 0 ? undefined : ends, fingerprints };
}

/** The CAs of the Secret that the webhook's arguments name. Of the Secret nothing but the certificates is kept. */
async function readManagedCas(
  reader: ClusterReader,
  deployment: JsonObject | undefined,
  namespace: string,
): Promise<ManagedCas | undefined> {
  const name = deployment && readArguments(argumentsOf(deployment), namespace)?.tlsSecret;
  if (name === undefined) return undefined;
  const fingerprints = await factOf(async () => {
    const text = await reader.readSecretValue({ namespace, name }, "ca.crt");
    return text === undefined ? undefined : parseBundle(text).map(({ fingerprint }) => fingerprint);
  });
  return { secret: `${namespace}/${name}`, fingerprints };
}

/** The Deployment that the Service selects, and those whose arguments are the controller's. */
function deploymentsOfPullring(all: readonly JsonObject[], service: JsonObject | undefined): readonly JsonObject[] {
  const selector = memberAt(service, ["spec", "selector"]);
  const webhooks = all.filter((deployment) => hasLabels(memberAt(deployment, ["spec", "template"]), selector));
  const controllers = all.filter((deployment) => argumentsOf(deployment)[0] === "controller");
  return [...webhooks, ...controllers.filter((deployment) => !webhooks.includes(deployment))];
}

/** Whether the selector of a Deployment takes a Pod. */
function isOf(pod: JsonObject, deployment: JsonObject): boolean {
  return hasLabels(pod, memberAt(deployment, ["spec", "selector", "matchLabels"]));
}

/** Whether an object has all labels of a selector, which selects nothing where there is none. */
function hasLabels(object: unknown, wanted: unknown): boolean {
  const labels = memberAt(object, ["metadata", "labels"]);
  return isObject(wanted) && Object.entries(wanted).every(([key, value]) => memberOf(labels, key) === value);
}

/** Asks the API server about each right of each process. */
async function reviewRights(
  reader: ClusterReader,
  deployments: Fact<readonly JsonObject[]>,
  ownNamespace: string,
): Promise<Fact<readonly ReviewedRight[]>> {
  if (deployments.value === undefined) return deployments;
  const needed = deployments.value.flatMap((deployment) => {
    const process = readArguments(argumentsOf(deployment), ownNamespace);
    const account = accountOf(deployment);
    return process === undefined ? [] : rightsOf(process).map((right) => ({ account, right }));
  });
  return await factOf(() =>
    Promise.all(
      needed.map(async ({ account: { namespace, name }, right }) => {
        const [resource = "", subresource] = right.resource.split("/");
        const attributes = { ...right, resource, ...(subresource !== undefined && { subresource }) };
        const review = await reader.ask(addressOf("subjectaccessreviews", undefined, "", "authorization.k8s.io"), {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          spec: {
            user: `system:serviceaccount:${namespace}:${name}`,
            groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
            resourceAttributes: attributes,
          },
        });
        const allowed = memberAt(review.object, ["status", "allowed"]) === true;
        return { account: `${namespace}/${name}`, right, allowed };
      }),
    ),
  );
}

async function factOf<T>(read: () => Promise<T>): Promise<Fact<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    return { why: describeError(error) };
  }
}

function mapFact<T, U>(fact: Fact<T>, map: (value: T) => U): Fact<U> {
  return fact.why === undefined ? { value: map(fact.value) } : fact;
}

function placeOf(service: JsonObject): { readonly namespace: string; readonly name: string } {
  return { namespace: stringOf(service.namespace) ?? "", name: stringOf(service.name) ?? "" };
}

function addressOf(resource: string, namespace: string | undefined, name: string, group = "") {
  return { group, resource, namespace, name };
}

function ruleOf(resource: string, namespace: string, name: string) {
  return { verb: "get", resource, namespace, name } as const;
}
