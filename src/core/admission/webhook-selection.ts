/**
 * Which requests the API server sends to pullring: the rules and selectors of a MutatingWebhookConfiguration. Its matchConditions
 * are left out: what they keep away the decision skips by itself.
 * @see kubernetes pkg/admission/plugin/webhook/generic/webhook.go ShouldCallHook
 */

import { arrayAt, isObject, type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";
import type { Labels } from "../labels/label-selector.ts";
import type { NotServed } from "../verdicts/not-served.ts";
import type { AdmissionRequest } from "./filter-request.ts";
import { resourceOf } from "./pod-template.ts";

/** One webhook of a configuration, as it is written there. */
export type Webhook = JsonObject;

const OWN_NAME = /(?:^|\.)pullring\.dev$/;

/** Gives the webhooks of pullring among those of a configuration. */
export function ownWebhooks(configuration: JsonObject): readonly Webhook[] {
  return listOf(configuration, "webhooks").filter((webhook) =>
    OWN_NAME.test(stringOf(memberOf(webhook, "name")) ?? ""),
  );
}

/** Reads the labels of an object; what is no text is no label. */
export function labelsOf(object: unknown): Labels {
  const labels = memberAt(object, ["metadata", "labels"]);
  const texts = Object.entries(isObject(labels) ? labels : {}).filter(([, value]) => typeof value === "string");
  return Object.fromEntries(texts) as Labels;
}

/**
 * Says why no webhook is called for `request`; undefined when one is.
 * @param namespaceLabels those of its namespace; the label that holds its name is there in any case
 */
export function findNotServed(
  request: AdmissionRequest,
  namespaceLabels: Labels,
  webhooks: readonly Webhook[],
): NotServed | undefined {
  const { namespace, object, oldObject } = request;
  const labels = { ...namespaceLabels, "kubernetes.io/metadata.name": namespace };
  let reason: NotServed = { code: "kind-not-served" };
  for (const webhook of webhooks.filter((candidate) => hasRuleFor(candidate, request))) {
    const ofNamespace = unmet(memberOf(webhook, "namespaceSelector"), labels);
    // It is called if either state of an object is selected.
    const states = oldObject === undefined ? [object] : [object, oldObject];
    const ofObject = states.map((state) => unmet(memberOf(webhook, "objectSelector"), labelsOf(state)));
    const [requirement] = ofObject;
    if (ofNamespace !== undefined) {
      reason = { code: "namespace-not-served", namespace, requirement: ofNamespace };
    } else if (requirement === undefined || ofObject.includes(undefined)) {
      return undefined;
    } else {
      reason = { code: "object-not-served", requirement };
    }
  }
  return reason;
}

/** Tells whether a namespace has what some of the webhooks want of it. @param labels as for {@link findNotServed} */
export function isServedNamespace(namespace: string, labels: Labels, webhooks: readonly Webhook[]): boolean {
  const all = { ...labels, "kubernetes.io/metadata.name": namespace };
  return webhooks.some((webhook) => unmet(memberOf(webhook, "namespaceSelector"), all) === undefined);
}

function hasRuleFor(webhook: Webhook, { kind, operation }: AdmissionRequest): boolean {
  const resource = resourceOf(kind) ?? "";
  return listOf(webhook, "rules").some(
    (rule) =>
      includes(rule, "apiGroups", kind.group) &&
      (includes(rule, "resources", resource) || includes(rule, "resources", "*/*")) &&
      includes(rule, "operations", operation),
  );
}

function includes(rule: JsonObject, member: string, value: string): boolean {
  const values = arrayAt(rule, [member]);
  return values.includes(value) || values.includes("*");
}

/**
 * Gives the first requirement of a label selector that `labels` do not meet; undefined when they meet all.
 * @see k8s.io/apimachinery pkg/labels/selector.go Requirement.Matches
 */
function unmet(selector: unknown, labels: Labels): string | undefined {
  const matchLabels = memberOf(selector, "matchLabels");
  for (const [key, value] of Object.entries(isObject(matchLabels) ? matchLabels : {})) {
    if (labels[key] !== value) return `${key}=${String(value)}`;
  }
  for (const expression of listOf(selector, "matchExpressions")) {
    const key = stringOf(memberOf(expression, "key")) ?? "";
    const texts = arrayAt(expression, ["values"]);
    const label = Object.hasOwn(labels, key) ? labels[key] : undefined;
    const isIn = label !== undefined && texts.includes(label);
    switch (memberOf(expression, "operator")) {
      case "In":
        if (!isIn) return `${key} in (${texts.join(", ")})`;
        break;
      case "NotIn":
        if (isIn) return `${key} notin (${texts.join(", ")})`;
        break;
      case "Exists":
        if (label === undefined) return key;
        break;
      case "DoesNotExist":
        if (label !== undefined) return `!${key}`;
        break;
    }
  }
  return undefined;
}

function listOf(value: unknown, member: string): readonly JsonObject[] {
  return arrayAt(value, [member]).filter(isObject);
}

const SELECTORS = {
  namespaceSelector: {
    matchExpressions: [
      { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["kube-system", "kube-node-lease", "pullring"] },
      { key: "pullring.dev/inject", operator: "NotIn", values: ["false"] },
    ],
  },
  objectSelector: { matchExpressions: [{ key: "pullring.dev/inject", operator: "NotIn", values: ["false"] }] },
};

/** The webhooks of pullring's own manifests, for where no cluster says others. @see manifests/base/webhook-configuration.yaml */
export const DEFAULT_WEBHOOKS: readonly Webhook[] = [
  { rules: [{ apiGroups: [""], resources: ["pods"], operations: ["CREATE"] }], ...SELECTORS },
  {
    rules: [
      { apiGroups: [""], resources: ["replicationcontrollers"], operations: ["CREATE", "UPDATE"] },
      {
        apiGroups: ["apps"],
        resources: ["deployments", "statefulsets", "daemonsets", "replicasets"],
        operations: ["CREATE", "UPDATE"],
      },
      { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], operations: ["CREATE", "UPDATE"] },
    ],
    ...SELECTORS,
  },
];
