/**
 * Which FlowSchema the API server takes for pullring's reads of credentials.
 * @see https://kubernetes.io/docs/concepts/cluster-administration/flow-control/ and k8s.io/apiserver pkg/util/flowcontrol/rule.go
 */
import { compareBytes } from "../go/byte-string.ts";
import { arrayAt, type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";

/** A ServiceAccount. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** Tells whether a FlowSchema names the account itself. */
export function isMeantFor(schema: JsonObject, { namespace, name }: Account): boolean {
  return rulesOf(schema).some((rule) =>
    arrayAt(rule, ["subjects"]).some((subject) => {
      const account = memberOf(subject, "serviceAccount");
      return memberOf(account, "name") === name && memberOf(account, "namespace") === namespace;
    }),
  );
}

/** Tells whether the API server has found no priority level of the name that a FlowSchema gives. */
export function isDangling(schema: JsonObject): boolean {
  const conditions = arrayAt(schema, ["status", "conditions"]);
  return conditions.some((one) => memberOf(one, "type") === "Dangling" && memberOf(one, "status") === "True");
}

/** Finds the one that is taken where the account lists Secrets of a namespace; undefined: one that every cluster has. */
export function findTaken(schemas: readonly JsonObject[], account: Account): JsonObject | undefined {
  const matching = schemas.filter(
    (schema) => !isDangling(schema) && rulesOf(schema).some((rule) => covers(rule, account)),
  );
  return matching.sort((a, b) => precedenceOf(a) - precedenceOf(b) || compareBytes(nameOf(a), nameOf(b)))[0];
}

/** The lower one comes first. */
export function precedenceOf(schema: JsonObject): number {
  const precedence = memberAt(schema, ["spec", "matchingPrecedence"]);
  return typeof precedence === "number" ? precedence : DEFAULT_PRECEDENCE;
}

const DEFAULT_PRECEDENCE = 1_000;

function rulesOf(schema: JsonObject): readonly unknown[] {
  return arrayAt(schema, ["spec", "rules"]);
}

function covers(rule: unknown, account: Account): boolean {
  return (
    arrayAt(rule, ["subjects"]).some((subject) => isSubject(subject, account)) &&
    arrayAt(rule, ["resourceRules"]).some(
      (resources) =>
        holds(resources, "verbs", "list") &&
        holds(resources, "apiGroups", "") &&
        holds(resources, "resources", "secrets") &&
        holds(resources, "namespaces", "*"),
    )
  );
}

function isSubject(subject: unknown, { namespace, name }: Account): boolean {
  const user = stringOf(memberAt(subject, ["user", "name"]));
  const group = stringOf(memberAt(subject, ["group", "name"]));
  const account = memberOf(subject, "serviceAccount");
  const [ofNamespace, ofName] = [memberOf(account, "namespace"), memberOf(account, "name")];
  const groups = ["*", "system:authenticated", "system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  return (
    user === "*" ||
    user === `system:serviceaccount:${namespace}:${name}` ||
    (group !== undefined && groups.includes(group)) ||
    (ofNamespace === namespace && (ofName === name || ofName === "*"))
  );
}

function holds(rule: unknown, member: string, value: string): boolean {
  const values = arrayAt(rule, [member]);
  return values.includes(value) || values.includes("*");
}

function nameOf(schema: JsonObject): string {
  return String(memberAt(schema, ["metadata", "name"]));
}
