/** Judges the webhooks of a configuration by what those of the manifests have in common, whatever the components and options. */
import { INJECT_LABEL } from "../admission/markers.ts";
import { HANDLED_RESOURCES } from "../admission/pod-template.ts";
import type { Webhook } from "../admission/webhook-selection.ts";
import { arrayAt, memberAt, memberOf, stringOf } from "../json-value.ts";
import type { InstallationFinding } from "../verdicts/installation-finding.ts";

/** The path at which pullring changes nothing. */
const OBSERVE_PATH = "/observe";
/** What pullring answers at. */
const PATHS: ReadonlySet<unknown> = new Set(["/mutate", OBSERVE_PATH]);
/** Label of the namespaces whose Pods the component high-security refuses, by a webhook of their own. */
const REQUIRED_LABEL = "pullring.dev/required";
const TEMPLATE_RESOURCES = HANDLED_RESOURCES.filter((resource) => resource !== "pods");

/** Gives what a person should know of them, or act on. */
export function judgeWebhooks(webhooks: readonly Webhook[]): readonly InstallationFinding[] {
  return [...webhooks.flatMap(judgeWebhook), ...judgeRequired(webhooks)];
}

function judgeWebhook(webhook: Webhook): readonly InstallationFinding[] {
  const name = String(memberOf(webhook, "name"));
  const namespace = stringOf(memberAt(webhook, ["clientConfig", "service", "namespace"]));
  // Absent is Fail.
  const fails = memberOf(webhook, "failurePolicy") !== "Ignore";
  const takesItself = namespace !== undefined && !leavesOut(webhook, namespace) && hasRuleFor(webhook, "pods");
  const missing = missingResources(webhook);
  const selectors = (["namespaceSelector", "objectSelector"] as const).filter(
    (selector) => !expressionsOn(webhook, selector, INJECT_LABEL).some(isOptOut),
  );
  return [
    ...judgePath(webhook, name),
    ...(fails && takesItself ? [{ code: "locks-itself-out", webhook: name, namespace } as const] : []),
    ...(fails && !takesItself && !isOnlyRequired(webhook) ? [{ code: "refuses", webhook: name } as const] : []),
    ...(missing.length > 0 ? [{ code: "kinds-not-sent", webhook: name, resources: missing } as const] : []),
    ...selectors.map((selector) => ({ code: "no-opt-out", webhook: name, selector }) as const),
    ...(["None", "NoneOnDryRun"].includes(stringOf(memberOf(webhook, "sideEffects")) ?? "")
      ? []
      : [{ code: "no-dry-run", webhook: name } as const]),
  ];
}

/** A webhook with a URL has its path there, behind what others put before it. */
function judgePath(webhook: Webhook, name: string): readonly InstallationFinding[] {
  const service = memberAt(webhook, ["clientConfig", "service"]);
  if (service === undefined) return [];
  const path = stringOf(memberOf(service, "path")) ?? "/";
  if (!PATHS.has(path)) return [{ code: "wrong-path", webhook: name, path }];
  return path === OBSERVE_PATH ? [{ code: "observed", webhook: name }] : [];
}

/** Resources of templates that a webhook for templates has no rule for. */
function missingResources(webhook: Webhook): readonly string[] {
  const has = TEMPLATE_RESOURCES.filter((resource) => hasRuleFor(webhook, resource));
  return has.length === 0 ? [] : TEMPLATE_RESOURCES.filter((resource) => !has.includes(resource));
}

function hasRuleFor(webhook: Webhook, resource: string): boolean {
  return arrayAt(webhook, ["rules"]).some((rule) =>
    [resource, "*", "*/*"].some((name) => arrayAt(rule, ["resources"]).includes(name)),
  );
}

/** Whether a requirement on the label keeps away what is opted out by it. */
function isOptOut(expression: unknown): boolean {
  const values = arrayAt(expression, ["values"]);
  const operator = memberOf(expression, "operator");
  return operator === "NotIn" ? values.includes("false") : operator === "In" && !values.includes("false");
}

/** Namespaces that the webhook for all leaves out, as another one refuses their Pods, have to have that other one. */
function judgeRequired(webhooks: readonly Webhook[]): readonly InstallationFinding[] {
  const leftOut = webhooks.filter((webhook) =>
    expressionsOn(webhook, "namespaceSelector", REQUIRED_LABEL).some(
      (expression) => memberOf(expression, "operator") === "NotIn",
    ),
  );
  return leftOut.length === 0 || webhooks.some(isOnlyRequired) ? [] : [{ code: "required-not-served" }];
}

/** Whether it is the webhook of the component high-security, which is meant to refuse. */
function isOnlyRequired(webhook: Webhook): boolean {
  return expressionsOn(webhook, "namespaceSelector", REQUIRED_LABEL).some(
    (expression) => memberOf(expression, "operator") === "In",
  );
}

function expressionsOn(
  webhook: Webhook,
  selector: "namespaceSelector" | "objectSelector",
  key: string,
): readonly unknown[] {
  return arrayAt(webhook, [selector, "matchExpressions"]).filter((expression) => memberOf(expression, "key") === key);
}

/** Whether the selector of namespaces leaves one out by its name, or takes only those with a label, which it need not have. */
function leavesOut(webhook: Webhook, namespace: string): boolean {
  return arrayAt(webhook, ["namespaceSelector", "matchExpressions"]).some((expression) => {
    const operator = memberOf(expression, "operator");
    const isByName = memberOf(expression, "key") === "kubernetes.io/metadata.name";
    const hasName = arrayAt(expression, ["values"]).includes(namespace);
    if (operator === "NotIn") return isByName && hasName;
    return operator === "In" ? !(isByName && hasName) : operator === "Exists";
  });
}
