/** What is found in an installation, from what was read of it, in the words that a person reads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accountOf,
  argumentsOf,
  type Fact,
  INSTALLATION_CHECKS,
  type InstallationCheck,
  type InstallationFacts,
  judgeInstallation,
} from "../../../src/core/doctor/installation.ts";
import type { JsonObject } from "../../../src/core/json-value.ts";
import { verdictOfInstallation } from "../../../src/core/sentences/installation.ts";
import { SEVERITIES } from "../../../src/core/verdicts/installation-finding.ts";

const NOW = 1_790_000_000;
const YEAR = 365 * 86_400;
const RULES = [{ resources: ["pods"], operations: ["CREATE"] }];
const OPT_OUT = { key: "pullring.dev/inject", operator: "NotIn", values: ["false"] };
const OWN = {
  matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["pullring"] }, OPT_OUT],
};
const SERVICE = { namespace: "pullring", name: "pullring", path: "/mutate" };

function configurationOf(changes: JsonObject = {}, name = "pullring"): JsonObject {
  const clientConfig = { service: SERVICE };
  const webhook = {
    ...{ name: "inject.pullring.dev", failurePolicy: "Ignore", sideEffects: "None", rules: RULES },
    ...{ namespaceSelector: OWN, objectSelector: { matchExpressions: [OPT_OUT] } },
  };
  return { metadata: { name }, webhooks: [{ ...webhook, clientConfig, ...changes }, { name: "other.example.com" }] };
}

function deploymentOf(changes: JsonObject = {}): JsonObject {
  return {
    metadata: { namespace: "pullring", name: "pullring" },
    spec: { replicas: 2, template: { spec: { serviceAccountName: "pullring", containers: [] } } },
    status: { readyReplicas: 2 },
    ...changes,
  };
}

const replica = (image: string, changes: JsonObject = {}): JsonObject => ({
  spec: { containers: [{ image }, { image: "sidecar" }] },
  status: { phase: "Running" },
  ...changes,
});
const READS = { verbs: ["get", "list", "watch"], apiGroups: [""], resources: ["secrets"], namespaces: ["*"] };
const SCHEMA = {
  metadata: { name: "pullring" },
  spec: {
    priorityLevelConfiguration: { name: "exempt" },
    matchingPrecedence: 500,
    rules: [{ subjects: [{ serviceAccount: { namespace: "pullring", name: "pullring" } }], resourceRules: [READS] }],
  },
};

/** A FlowSchema of somebody else. */
function schemaOf(matchingPrecedence: number | undefined, subjects: readonly object[], rule: object = {}): JsonObject {
  const all = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"] };
  const rules = [{ subjects, resourceRules: [{ ...all, ...rule }] }];
  const priorityLevelConfiguration = { name: "workload-low" };
  return { metadata: { name: "others" }, spec: { priorityLevelConfiguration, matchingPrecedence, rules } };
}

const WELL: InstallationFacts = {
  configurations: { value: [configurationOf()] },
  caBundles: [{ webhook: "inject.pullring.dev", ends: [NOW - YEAR, NOW + YEAR], fingerprints: ["AA", "BB"] }],
  managedCas: { secret: "pullring/pullring-tls", fingerprints: { value: ["BB"] } },
  service: "pullring/pullring",
  serviceObject: { value: {} },
  endpointSlices: { value: [{ endpoints: [{ conditions: { ready: false } }, { addresses: ["192.0.2.1"] }] }] },
  deployments: { value: [deploymentOf()] },
  pods: { value: [replica("pullring:1"), replica("pullring:1")] },
  rights: {
    value: [{ account: "pullring/pullring", right: { verb: "list", group: "", resource: "secrets" }, allowed: true }],
  },
  flowSchemas: { value: [{ spec: {} }, SCHEMA] },
  nowSeconds: NOW,
};

const WHY = { why: "missing right: list things" };
const CA = "inject.pullring.dev";
const right = (account: string, verb: string, resource: string, group = "", rest = {}) => ({
  rights: { value: [{ account, right: { verb, group, resource, ...rest }, allowed: false }] },
});

const rows: readonly (readonly [
  title: string,
  check: InstallationCheck,
  changes: Partial<InstallationFacts>,
  says: RegExp,
])[] = [
  [
    "no configuration",
    "configuration",
    { configurations: { value: [] } },
    /no webhook configuration of pullring.* Fix: install/,
  ],
  [
    "unread configurations",
    "configuration",
    { configurations: WHY },
    /^webhook configurations: missing right: list things$/,
  ],
  [
    "two configurations",
    "configuration",
    { configurations: { value: [configurationOf(), configurationOf({}, "old")] } },
    /several webhook configurations of pullring: pullring, old\. Fix: delete/,
  ],
  [
    "no rule for Pods",
    "configuration",
    { configurations: { value: [configurationOf({ rules: [{ resources: ["pods"], operations: ["UPDATE"] }] })] } },
    /no webhook of configuration pullring has a rule/,
  ],
  [
    "observation",
    "configuration",
    { configurations: { value: [configurationOf({ clientConfig: { service: { ...SERVICE, path: "/observe" } } })] } },
    /only observes/,
  ],
  [
    "Fail, which is the default, for its own Pods",
    "configuration",
    {
      configurations: {
        value: [configurationOf({ failurePolicy: undefined, namespaceSelector: { matchExpressions: [OPT_OUT] } })],
      },
    },
    /refuses Pods while no replica answers .* those of pullring in namespace pullring.* Fix: leave namespace pullring out/,
  ],
  [
    "Fail, with a selector that takes its own namespace",
    "configuration",
    {
      configurations: {
        value: [
          configurationOf({
            failurePolicy: "Fail",
            namespaceSelector: {
              matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["pullring"] }, OPT_OUT],
            },
          }),
        ],
      },
    },
    /cannot come back by itself/,
  ],
  [
    "an empty caBundle",
    "certificates",
    { caBundles: [{ webhook: CA, ends: [], fingerprints: [] }] },
    /has no caBundle/,
  ],
  [
    "a caBundle that is none",
    "certificates",
    { caBundles: [{ webhook: CA, ends: undefined, fingerprints: [] }] },
    /has no certificate that can be read/,
  ],
  [
    "a CA near its end",
    "certificates",
    { caBundles: [{ webhook: CA, ends: [NOW + 86_400], fingerprints: ["BB"] }] },
    /ends 2026-09-22 \d\d:\d\d UTC/,
  ],
  [
    "a CA that has ended",
    "certificates",
    { caBundles: [{ webhook: CA, ends: [NOW - 60], fingerprints: ["BB"] }] },
    /has ended, 2026/,
  ],
  [
    "a CA that is not that of the replicas",
    "certificates",
    { managedCas: { secret: "a/b", fingerprints: { value: ["CC"] } } },
    /^the caBundle of webhook inject\.pullring\.dev has none of the CAs of Secret a\/b, by which the replicas sign/,
  ],
  [
    "no Secret with the CAs",
    "certificates",
    { managedCas: { secret: "a/b", fingerprints: { value: undefined } } },
    /^Secret a\/b, in which the replicas share their CA, does not exist\. Fix: apply/,
  ],
  ["no Service", "service", { serviceObject: { value: undefined } }, /^Service pullring\/pullring does not exist/],
  ["an unread Service", "service", { serviceObject: WHY }, /^Service pullring\/pullring: missing right/],
  ["no endpoint", "service", { endpointSlices: { value: [] } }, /has no ready endpoint/],
  ["unread endpoints", "service", { endpointSlices: WHY }, /^endpoints of Service pullring\/pullring: missing right/],
  ["no Deployment", "replicas", { deployments: { value: [] } }, /^no Deployment of pullring was found beside Service/],
  ["unread Deployments", "replicas", { deployments: WHY }, /^Deployments of pullring: missing right/],
  [
    "a replica that is not ready",
    "replicas",
    { deployments: { value: [deploymentOf({ status: { readyReplicas: 1 } })] } },
    /^1 of 2 replicas of Deployment pullring\/pullring are ready\. Fix: kubectl -n pullring describe/,
  ],
  [
    "no replica of one",
    "replicas",
    { deployments: { value: [deploymentOf({ spec: {}, status: {} })] } },
    /^0 of 1 replicas/,
  ],
  [
    "a Deployment that was scaled to nothing",
    "replicas",
    { deployments: { value: [deploymentOf({ spec: { replicas: 0 }, status: {} })] } },
    /^0 of 0 replicas .* Fix: kubectl -n pullring scale deployment\/pullring --replicas=2/,
  ],
  ["unread Pods", "replicas", { pods: WHY }, /^Pods of pullring: missing right/],
  [
    "two versions",
    "replicas",
    { pods: { value: [replica("pullring:2"), replica("pullring:1")] } },
    /^replicas run different images: "pullring:1", "pullring:2"/,
  ],
  ["unread rights", "rights", { rights: WHY }, /^rights of pullring: missing right/],
  [
    "a right of all namespaces",
    "rights",
    right("pullring/c", "create", "pods/eviction"),
    /^ServiceAccount pullring\/c lacks the right to create pods\/eviction in all namespaces/,
  ],
  [
    "a right of one",
    "rights",
    right("a/b", "list", "secrets", "", { namespace: "shop" }),
    /to list secrets in namespace shop/,
  ],
  [
    "a right to an object of the cluster",
    "rights",
    right("a/b", "update", "mutatingwebhookconfigurations", "admissionregistration.k8s.io", { name: "pullring" }),
    /to update mutatingwebhookconfigurations\.admissionregistration\.k8s\.io\/pullring\. Fix/,
  ],
  [
    "no FlowSchema",
    "flow-schema",
    { flowSchemas: { value: [{ spec: { rules: [{ subjects: [{ kind: "User" }] }] } }] } },
    /^no FlowSchema is for ServiceAccount pullring\/pullring/,
  ],
  [
    "a FlowSchema for a level that is not there",
    "flow-schema",
    { flowSchemas: { value: [{ ...SCHEMA, status: { conditions: [{ type: "Dangling", status: "True" }] } }] } },
    /^FlowSchema pullring is for priority level "exempt", which does not exist/,
  ],
  [
    "a FlowSchema for a level that is shared",
    "flow-schema",
    { flowSchemas: { value: [{ metadata: {}, spec: { ...SCHEMA.spec, priorityLevelConfiguration: {} } }] } },
    /^FlowSchema {2}puts the reads of ServiceAccount pullring\/pullring into priority level ""/,
  ],
  [
    "a FlowSchema of others that comes first",
    "flow-schema",
    { flowSchemas: { value: [SCHEMA, schemaOf(400, [{ group: { name: "system:serviceaccounts" } }])] } },
    /^FlowSchema others comes before pullring and puts the reads of ServiceAccount pullring\/pullring into priority level "workload-low", .*matchingPrecedence above 500$/,
  ],
  ["unread FlowSchemas", "flow-schema", { flowSchemas: WHY }, /^FlowSchemas: missing right/],
];

for (const [title, precedence, subject, rule, isFirst, name = "others"] of [
  ["for all users", 400, { user: { name: "*" } }, {}, true],
  ["for its user", 400, { user: { name: "system:serviceaccount:pullring:pullring" } }, {}, true],
  ["for ServiceAccounts of its namespace", 400, { group: { name: "system:serviceaccounts:pullring" } }, {}, true],
  ["for all accounts of its namespace", 400, { serviceAccount: { namespace: "pullring", name: "*" } }, {}, true],
  ["of the same precedence and a name before ours", 500, { group: { name: "*" } }, {}, true],
  ["of the same precedence and a name behind ours", 500, { group: { name: "*" } }, {}, false, "zzz"],
  ["of a higher precedence", 501, { group: { name: "*" } }, {}, false],
  ["that is not in use", 400, { group: { name: "*" } }, {}, false, "dangling"],
  ["of no precedence, which is 1000", undefined, { group: { name: "*" } }, {}, false],
  ["for another group", 400, { group: { name: "system:masters" } }, {}, false],
  ["for another account", 400, { serviceAccount: { namespace: "pullring", name: "other" } }, {}, false],
  ["for other resources", 400, { group: { name: "*" } }, { resources: ["pods"] }, false],
  ["for other verbs", 400, { group: { name: "*" } }, { verbs: ["create"] }, false],
  ["for other groups of resources", 400, { group: { name: "*" } }, { apiGroups: ["apps"] }, false],
  ["for one namespace", 400, { group: { name: "*" } }, { namespaces: ["kube-system"] }, false],
] as const) {
  test(`flow-schema: one ${title} ${isFirst ? "comes before ours" : "does not come before ours"}`, () => {
    const conditions = name === "dangling" ? [{ type: "Dangling", status: "True" }] : [];
    const value = [SCHEMA, { ...schemaOf(precedence, [subject], rule), metadata: { name }, status: { conditions } }];
    const findings = judgeInstallation({ ...WELL, flowSchemas: { value } })["flow-schema"];
    assert.deepEqual(
      findings.map(({ code }) => code),
      isFirst ? ["flow-schema-behind"] : [],
    );
  });
}

test("flow-schema: where none is for the reads, ours is judged", () => {
  const { rules: _, ...spec } = SCHEMA.spec;
  const value = [{ ...SCHEMA, spec: { ...spec, rules: [{ subjects: SCHEMA.spec.rules[0]?.subjects }] } }];
  assert.deepEqual(judgeInstallation({ ...WELL, flowSchemas: { value } })["flow-schema"], []);
});

test("an installation that is well has no findings", () => {
  const judged = judgeInstallation(WELL);
  assert.deepEqual(Object.keys(judged), [...INSTALLATION_CHECKS]);
  assert.deepEqual(Object.values(judged).flat(), []);
});

for (const [title, check, changes, says] of rows) {
  test(`${check}: ${title}`, () => {
    const judged = judgeInstallation({ ...WELL, ...changes });
    const lines = judged[check].map((finding) => {
      const { sentence, remedy } = verdictOfInstallation(finding);
      return `${sentence}${remedy === null ? "" : `. Fix: ${remedy}`}`;
    });
    assert.equal(lines.length, 1);
    assert.match(lines.join(), says);
    const isUnread = lines.join().includes(WHY.why);
    assert.deepEqual(
      judged[check].map(({ code }) => SEVERITIES[code] === "unknown"),
      [isUnread],
    );
  });
}

test("what nothing leads to is not looked at, and that is said", () => {
  const reasonsOf = (changes: Partial<InstallationFacts>) =>
    Object.entries(judgeInstallation({ ...WELL, ...changes })).flatMap(([check, findings]) =>
      findings.flatMap((finding) => (finding.code === "not-looked-at" ? `${check}: ${finding.because}` : [])),
    );
  const after = (because: string) =>
    ["service", "replicas", "rights", "flow-schema"].map((one) => `${one}: ${because}`);
  assert.deepEqual(reasonsOf({ configurations: { value: [] } }), [
    "certificates: not-installed",
    ...after("not-installed"),
  ]);
  assert.deepEqual(reasonsOf({ configurations: WHY }), ["certificates: not-read", ...after("not-read")]);
  assert.deepEqual(reasonsOf({ service: undefined }), after("url"));
  assert.deepEqual(reasonsOf({ deployments: { value: [] } }), after("no-deployment").slice(2));
  assert.equal(
    verdictOfInstallation({ code: "not-looked-at", because: "url" }).sentence,
    "not looked at: pullring is called at a URL, and not through a Service",
  );
  const bare: InstallationFacts = {
    ...{
      configurations: WELL.configurations,
      caBundles: WELL.caBundles,
      service: "pullring/pullring",
      nowSeconds: NOW,
    },
  };
  assert.deepEqual(Object.values(judgeInstallation(bare)).flat(), []);
  assert.deepEqual(judgeInstallation({ ...WELL, endpointSlices: undefined, pods: undefined }).service, []);
  assert.equal(judgeInstallation({ ...WELL, deployments: WHY })["flow-schema"][0]?.code, "not-read");
});

test("refusing Pods locks nobody out where the namespace of pullring is left out, by its name or for want of a label", () => {
  for (const expression of [
    { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["pullring"] },
    { key: "pullring.dev/inject", operator: "In", values: ["true"] },
    { key: "team", operator: "Exists" },
  ]) {
    const webhook = { failurePolicy: "Fail", namespaceSelector: { matchExpressions: [OPT_OUT, expression] } };
    const facts = { ...WELL, configurations: { value: [configurationOf(webhook)] } };
    assert.deepEqual(
      judgeInstallation(facts).configuration.map(({ code }) => code),
      ["refuses"],
    );
  }
  const templates = {
    failurePolicy: "Fail",
    namespaceSelector: { matchExpressions: [OPT_OUT] },
    rules: [{ resources: ["jobs"], operations: ["*"] }],
  };
  const { configuration } = judgeInstallation({ ...WELL, configurations: { value: [configurationOf(templates)] } });
  assert.deepEqual(
    configuration.map(({ code }) => code),
    ["pods-not-sent", "refuses", "kinds-not-sent"],
  );
});

test("what could not be compared is told and makes nothing wrong; an empty Secret is one that is about to be filled", () => {
  const managed = (fingerprints: Fact<readonly string[]>) => ({ ...WELL, managedCas: { secret: "a/b", fingerprints } });
  const [finding, ...others] = judgeInstallation(managed(WHY)).certificates;
  assert.ok(finding);
  assert.deepEqual([others, SEVERITIES[finding.code]], [[], "notice"]);
  assert.match(
    verdictOfInstallation(finding).sentence,
    /was not compared \(missing right: list things\); the canary shows/,
  );
  assert.deepEqual(judgeInstallation(managed({ value: [] })).certificates, []);
  const caBundles = [{ webhook: CA, ends: [], fingerprints: [] }];
  const { certificates } = judgeInstallation({ ...WELL, caBundles });
  assert.deepEqual(certificates, [{ code: "no-ca-bundle", webhook: CA }]);
});

test("a Pod that ends, or has ended, is no replica", () => {
  const ends = { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } };
  const pods = [
    replica("pullring:1"),
    replica("pullring:0", ends),
    replica("pullring:0", { status: { phase: "Failed" } }),
  ];
  assert.deepEqual(judgeInstallation({ ...WELL, pods: { value: pods } }).replicas, []);
});

test("the answer to a canary, and that none was sent, are told", () => {
  const unanswered = verdictOfInstallation({ code: "canary-unanswered", namespace: "shop" });
  assert.match(unanswered.sentence, /dry run of a Pod in namespace shop came back without pullring's answer/);
  const notSent = verdictOfInstallation({ code: "canary-not-sent", namespace: "shop", requirement: "team" });
  assert.match(notSent.sentence, /not asked about Pods in namespace shop \(the webhook configuration wants team\)/);
});

test("reads account and arguments of a Deployment; what is not there is what the API server would put there", () => {
  const spec = { template: { spec: { containers: [{ args: ["serve", 1] }, { args: ["other"] }] } } };
  assert.deepEqual(argumentsOf({ spec }), ["serve"]);
  assert.deepEqual(argumentsOf({}), []);
  assert.deepEqual(accountOf({ metadata: { namespace: "a" }, spec }), { namespace: "a", name: "default" });
  assert.deepEqual(accountOf({}), { namespace: "", name: "default" });
});

test("objects without the members that are read are read all the same", () => {
  const bare = configurationOf({ name: undefined });
  assert.deepEqual(
    judgeInstallation({ ...WELL, configurations: { value: [{ ...bare, metadata: {} }] } }).configuration,
    [{ code: "pods-not-sent", configuration: "" }],
  );
  const pods = { value: [{ spec: { containers: [{}] } }, {}] };
  assert.deepEqual(
    judgeInstallation({ ...WELL, pods, deployments: { value: [deploymentOf({ metadata: {} })] } }).replicas,
    [],
  );
  const missing = judgeInstallation({ ...WELL, deployments: { value: [{}] } }).replicas;
  assert.deepEqual(missing, [{ code: "replicas-missing", deployment: "/", ready: 0, wanted: 1 }]);
  const url = configurationOf({ clientConfig: { url: "https://pullring.example/mutate" } });
  assert.deepEqual(judgeInstallation({ ...WELL, configurations: { value: [url] } }).configuration, []);
});
