/** Judges an installation by what was read of it. Pure: what could not be read is a finding as well. */
import { ownWebhooks } from "../admission/webhook-selection.ts";
import { arrayAt, isObject, type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";
import type { InstallationFinding, NotLookedAtReason, Right } from "../verdicts/installation-finding.ts";
import { type Account, findTaken, isDangling, isMeantFor, precedenceOf } from "./flow-schema.ts";
import { judgeWebhooks } from "./webhook-shape.ts";

/** Something that was read, or why it could not be. */
export type Fact<T> = { readonly value: T; readonly why?: never } | { readonly why: string; readonly value?: never };

/** What a right was found to be. */
export interface ReviewedRight {
  /** `namespace/name` of the ServiceAccount. */
  readonly account: string;
  readonly right: Right;
  readonly allowed: boolean;
}

/** What was read of the certificates in a caBundle. */
export interface CaBundle {
  readonly webhook: string;
  /** Ends of its certificates, in seconds since 1970; undefined when they cannot be read. */
  readonly ends: readonly number[] | undefined;
  /** SHA-256 of each of them. */
  readonly fingerprints: readonly string[];
}

/** The Secret in which the replicas of `--tls=managed` share their CAs. */
export interface ManagedCas {
  /** `namespace/name`. */
  readonly secret: string;
  /** SHA-256 of the CAs that stand in it; undefined where there is no such Secret. */
  readonly fingerprints: Fact<readonly string[] | undefined>;
}

/** What was read. Parts that are not there to be read, as no configuration names them, are absent. */
export interface InstallationFacts {
  /** Those with a webhook of pullring. */
  readonly configurations: Fact<readonly JsonObject[]>;
  readonly caBundles: readonly CaBundle[];
  /** Absent where the replicas manage no certificates, or that is not known. */
  readonly managedCas?: ManagedCas | undefined;
  /** `namespace/name` of the Service that is called. */
  readonly service?: string | undefined;
  readonly serviceObject?: Fact<JsonObject | undefined> | undefined;
  readonly endpointSlices?: Fact<readonly JsonObject[]> | undefined;
  /** Those of pullring: of the webhook first. */
  readonly deployments?: Fact<readonly JsonObject[]> | undefined;
  readonly pods?: Fact<readonly JsonObject[]> | undefined;
  readonly rights?: Fact<readonly ReviewedRight[]> | undefined;
  readonly flowSchemas?: Fact<readonly JsonObject[]> | undefined;
  readonly nowSeconds: number;
}

/** The checks of an installation, in the order in which a person should look at them. */
export const INSTALLATION_CHECKS = [
  "configuration",
  "certificates",
  "service",
  "replicas",
  "rights",
  "flow-schema",
] as const;

/** @see INSTALLATION_CHECKS */
export type InstallationCheck = (typeof INSTALLATION_CHECKS)[number];

/** Days before the end of the last CA at which a person has to act: pullring renews its own with a third of their life left. */
const NEAR_SECONDS = 14 * 86_400;

/** Judges all of it; a check without findings is well. */
export function judgeInstallation(
  facts: InstallationFacts,
): Readonly<Record<InstallationCheck, readonly InstallationFinding[]>> {
  const notLookedAt = findNotLookedAt(facts);
  return {
    configuration: judgeConfigurations(facts),
    certificates: notLookedAt.certificates ?? judgeCertificates(facts),
    service: notLookedAt.service ?? judgeService(facts),
    replicas: notLookedAt.service ?? judgeReplicas(facts),
    rights: notLookedAt.processes ?? judgeRights(facts),
    "flow-schema": notLookedAt.processes ?? judgeFlowSchema(facts),
  };
}

type NotLookedAt = readonly InstallationFinding[] | undefined;

/** What nothing leads to is not looked at, which is not the same as well. */
function findNotLookedAt({ configurations, service, deployments }: InstallationFacts): {
  readonly certificates: NotLookedAt;
  readonly service: NotLookedAt;
  readonly processes: NotLookedAt;
} {
  const say = (because: NotLookedAtReason): NotLookedAt => [{ code: "not-looked-at", because }];
  const whole =
    configurations.value === undefined
      ? say("not-read")
      : configurations.value.length === 0
        ? say("not-installed")
        : undefined;
  const ofService = whole ?? (service === undefined ? say("url") : undefined);
  const hasDeployment = deployments?.value === undefined || deployments.value.length > 0;
  return {
    certificates: whole,
    service: ofService,
    processes: ofService ?? (hasDeployment ? undefined : say("no-deployment")),
  };
}

function judgeConfigurations({ configurations }: InstallationFacts): readonly InstallationFinding[] {
  if (configurations.why !== undefined) return [notRead("webhook configurations", configurations.why)];
  const [first, ...others] = configurations.value;
  if (first === undefined) return [{ code: "not-installed" }];
  const names = configurations.value.map(nameOf);
  const several: readonly InstallationFinding[] =
    others.length > 0 ? [{ code: "several-configurations", configurations: names }] : [];
  return [...several, ...configurations.value.flatMap(judgeConfiguration)];
}

function judgeConfiguration(configuration: JsonObject): readonly InstallationFinding[] {
  const webhooks = ownWebhooks(configuration);
  const sendsPods = webhooks.some((webhook) =>
    arrayAt(webhook, ["rules"]).some(
      (rule) =>
        ["pods", "*", "*/*"].some((resource) => arrayAt(rule, ["resources"]).includes(resource)) &&
        ["CREATE", "*"].some((operation) => arrayAt(rule, ["operations"]).includes(operation)),
    ),
  );
  const name = nameOf(configuration);
  return [...(sendsPods ? [] : [{ code: "pods-not-sent", configuration: name } as const]), ...judgeWebhooks(webhooks)];
}

function judgeCertificates(facts: InstallationFacts): readonly InstallationFinding[] {
  const { caBundles, nowSeconds, managedCas } = facts;
  const ofBundles = caBundles.flatMap(({ webhook, ends }): readonly InstallationFinding[] => {
    if (ends === undefined) return [{ code: "unreadable-ca-bundle", webhook }];
    if (ends.length === 0) return [{ code: "no-ca-bundle", webhook }];
    const endsAtSeconds = Math.max(...ends);
    if (endsAtSeconds - nowSeconds > NEAR_SECONDS) return [];
    return [{ code: "ca-ends", webhook, endsAtSeconds, isOver: endsAtSeconds <= nowSeconds }];
  });
  return managedCas === undefined ? ofBundles : [...ofBundles, ...compareCas(caBundles, managedCas)];
}

/** The replicas sign with the CAs of their Secret; the port where their certificates are served cannot be reached by a person. */
function compareCas(
  caBundles: readonly CaBundle[],
  { secret, fingerprints }: ManagedCas,
): readonly InstallationFinding[] {
  if (fingerprints.why !== undefined) return [{ code: "cas-not-compared", secret, why: fingerprints.why }];
  const stored = fingerprints.value;
  if (stored === undefined) return [{ code: "no-tls-secret", secret }];
  // An empty one is filled by the first replica, and an empty bundle is told already.
  if (stored.length === 0) return [];
  return caBundles
    .filter((bundle) => bundle.fingerprints.length > 0 && !bundle.fingerprints.some((one) => stored.includes(one)))
    .map(({ webhook }) => ({ code: "other-ca", webhook, secret }));
}

function judgeService({
  service = "",
  serviceObject,
  endpointSlices,
}: InstallationFacts): readonly InstallationFinding[] {
  if (serviceObject === undefined) return [];
  if (serviceObject.why !== undefined) return [notRead(`Service ${service}`, serviceObject.why)];
  if (serviceObject.value === undefined) return [{ code: "no-service", service }];
  if (endpointSlices === undefined) return [];
  if (endpointSlices.why !== undefined) return [notRead(`endpoints of Service ${service}`, endpointSlices.why)];
  return countReadyEndpoints(endpointSlices.value) > 0 ? [] : [{ code: "no-endpoint", service }];
}

/** Counts the endpoints that requests are sent to; absent is ready, as for kube-proxy. */
function countReadyEndpoints(slices: readonly JsonObject[]): number {
  const endpoints = slices.flatMap((slice) => arrayAt(slice, ["endpoints"]));
  return endpoints.filter((endpoint) => memberAt(endpoint, ["conditions", "ready"]) !== false).length;
}

function judgeReplicas({ service = "", deployments, pods }: InstallationFacts): readonly InstallationFinding[] {
  if (deployments === undefined) return [];
  if (deployments.why !== undefined) return [notRead("Deployments of pullring", deployments.why)];
  if (deployments.value.length === 0) return [{ code: "no-deployment", service }];
  const missing = deployments.value.flatMap((deployment): readonly InstallationFinding[] => {
    const wanted = numberAt(deployment, ["spec", "replicas"]) ?? 1;
    const ready = numberAt(deployment, ["status", "readyReplicas"]) ?? 0;
    return ready >= wanted && wanted > 0
      ? []
      : [{ code: "replicas-missing", deployment: placeOf(deployment), ready, wanted }];
  });
  if (pods === undefined) return missing;
  if (pods.why !== undefined) return [...missing, notRead("Pods of pullring", pods.why)];
  const images = new Set(pods.value.flatMap(imagesOf));
  return [...missing, ...(images.size > 1 ? [{ code: "versions-differ", images: [...images].sort() } as const] : [])];
}

/** A Pod that has ended, or is about to, is no replica. */
function imagesOf(pod: JsonObject): readonly string[] {
  if (memberAt(pod, ["metadata", "deletionTimestamp"]) !== undefined) return [];
  if (["Succeeded", "Failed"].includes(stringOf(memberAt(pod, ["status", "phase"])) ?? "")) return [];
  return arrayAt(pod, ["spec", "containers"])
    .slice(0, 1)
    .map((container) => stringOf(memberOf(container, "image")) ?? "");
}

function judgeRights({ rights }: InstallationFacts): readonly InstallationFinding[] {
  if (rights === undefined) return [];
  if (rights.why !== undefined) return [notRead("rights of pullring", rights.why)];
  return rights.value
    .filter(({ allowed }) => !allowed)
    .map(({ account, right }) => ({ code: "right-missing", account, right }));
}

/** One that has the account of the webhook among its subjects, a level that is there, and no other before it. */
function judgeFlowSchema({ deployments, flowSchemas }: InstallationFacts): readonly InstallationFinding[] {
  if (deployments === undefined || flowSchemas === undefined) return [];
  if (deployments.why !== undefined) return [notRead("Deployments of pullring", deployments.why)];
  const [webhook] = deployments.value as readonly [JsonObject];
  if (flowSchemas.why !== undefined) return [notRead("FlowSchemas", flowSchemas.why)];
  const subject = accountOf(webhook);
  const account = `${subject.namespace}/${subject.name}`;
  const own = flowSchemas.value.find((schema) => isMeantFor(schema, subject));
  if (own === undefined) return [{ code: "no-flow-schema", account }];
  if (isDangling(own)) return [{ code: "flow-schema-unused", schema: nameOf(own), level: levelOf(own) }];
  const taken = findTaken(flowSchemas.value, subject) ?? own;
  if (levelOf(taken) === "exempt") return [];
  const shared = { schema: nameOf(taken), level: levelOf(taken), account };
  return taken === own
    ? [{ code: "flow-schema-shared", ...shared }]
    : [{ code: "flow-schema-behind", ...shared, own: nameOf(own), precedence: precedenceOf(own) }];
}

function levelOf(schema: JsonObject): string {
  return stringOf(memberAt(schema, ["spec", "priorityLevelConfiguration", "name"])) ?? "";
}

/** The ServiceAccount of a Deployment. */
export function accountOf(deployment: JsonObject): Account {
  const name = stringOf(memberAt(deployment, ["spec", "template", "spec", "serviceAccountName"])) ?? "default";
  return { namespace: stringOf(memberAt(deployment, ["metadata", "namespace"])) ?? "", name };
}

/** The arguments of the first container of a Deployment. */
export function argumentsOf(deployment: JsonObject): readonly string[] {
  const [container] = arrayAt(deployment, ["spec", "template", "spec", "containers"]).filter(isObject);
  return arrayAt(container, ["args"]).filter((arg): arg is string => typeof arg === "string");
}

function notRead(what: string, why: string): InstallationFinding {
  return { code: "not-read", what, why };
}

function nameOf(object: JsonObject): string {
  return stringOf(memberAt(object, ["metadata", "name"])) ?? "";
}

function placeOf(object: JsonObject): string {
  return `${stringOf(memberAt(object, ["metadata", "namespace"])) ?? ""}/${nameOf(object)}`;
}

function numberAt(object: JsonObject, path: readonly string[]): number | undefined {
  const value = memberAt(object, path);
  return typeof value === "number" ? value : undefined;
}
