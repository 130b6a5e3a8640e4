/** What is not right with an installation of pullring, as codes with parameters. core/sentences has the words. */

/** A right as RBAC has it: one verb on one resource. */
export interface Right {
  readonly verb: string;
  /** "" for the core group. */
  readonly group: string;
  /** With its subresource, as in `pods/eviction`. */
  readonly resource: string;
  /** undefined: in all namespaces, or for objects of the cluster. */
  readonly namespace?: string | undefined;
  /** The one object that is meant; absent: all of them. */
  readonly name?: string;
}

/** Why there was nothing to look at. */
export type NotLookedAtReason = "not-installed" | "not-read" | "url" | "no-deployment";

/** Names are as written; `deployment`, `service` and `account` are `namespace/name`. */
export type InstallationFinding =
  | { readonly code: "not-looked-at"; readonly because: NotLookedAtReason }
  | { readonly code: "not-installed" }
  /** Each calls pullring, which is wanted of one alone. */
  | { readonly code: "several-configurations"; readonly configurations: readonly string[] }
  | { readonly code: "pods-not-sent"; readonly configuration: string }
  | { readonly code: "observed"; readonly webhook: string }
  /** Pods are refused while no replica answers, and the namespace of pullring itself is not left out. */
  | { readonly code: "locks-itself-out"; readonly webhook: string; readonly namespace: string }
  /** What is sent is refused while no replica answers. */
  | { readonly code: "refuses"; readonly webhook: string }
  /** pullring answers nothing at that path of the Service. */
  | { readonly code: "wrong-path"; readonly webhook: string; readonly path: string }
  /** Some kinds of workloads are sent, and these are not. */
  | { readonly code: "kinds-not-sent"; readonly webhook: string; readonly resources: readonly string[] }
  /** The label that opts out means nothing to the API server. */
  | { readonly code: "no-opt-out"; readonly webhook: string; readonly selector: "namespaceSelector" | "objectSelector" }
  /** The API server refuses dry runs of what is sent. */
  | { readonly code: "no-dry-run"; readonly webhook: string }
  /** Namespaces with the label `pullring.dev/required` are left out by one webhook, and no other one takes them. */
  | { readonly code: "required-not-served" }
  | { readonly code: "no-ca-bundle"; readonly webhook: string }
  | { readonly code: "unreadable-ca-bundle"; readonly webhook: string }
  /** No certificate of the caBundle is valid for longer than `endsAtSeconds`, in seconds since 1970. */
  | { readonly code: "ca-ends"; readonly webhook: string; readonly endsAtSeconds: number; readonly isOver: boolean }
  /** The caBundle has none of the CAs by which the replicas sign; `secret` is `namespace/name`. */
  | { readonly code: "other-ca"; readonly webhook: string; readonly secret: string }
  | { readonly code: "no-tls-secret"; readonly secret: string }
  | { readonly code: "cas-not-compared"; readonly secret: string; readonly why: string }
  | { readonly code: "no-service"; readonly service: string }
  | { readonly code: "no-endpoint"; readonly service: string }
  | { readonly code: "no-deployment"; readonly service: string }
  | { readonly code: "replicas-missing"; readonly deployment: string; readonly ready: number; readonly wanted: number }
  /** A rollout that does not end, or one that is under way. */
  | { readonly code: "versions-differ"; readonly images: readonly string[] }
  | { readonly code: "right-missing"; readonly account: string; readonly right: Right }
  | { readonly code: "no-flow-schema"; readonly account: string }
  /** Its priority level does not exist. */
  | { readonly code: "flow-schema-unused"; readonly schema: string; readonly level: string }
  | { readonly code: "flow-schema-shared"; readonly schema: string; readonly level: string; readonly account: string }
  /** One of others comes before ours, whose precedence is given. */
  | {
      readonly code: "flow-schema-behind";
      readonly schema: string;
      readonly level: string;
      readonly account: string;
      readonly own: string;
      readonly precedence: number;
    }
  /** The dry run of a Pod came back without pullring's answer. */
  | { readonly code: "canary-unanswered"; readonly namespace: string }
  | { readonly code: "canary-not-sent"; readonly namespace: string; readonly requirement: string }
  /** What could not be asked, with the reason in the words of the API client. */
  | { readonly code: "not-read"; readonly what: string; readonly why: string };

/** Whether a person has to act, should know, or could not be told. */
export type Severity = "wrong" | "notice" | "unknown";

/** How serious each is. */
export const SEVERITIES: Readonly<Record<InstallationFinding["code"], Severity>> = {
  "not-looked-at": "notice",
  "not-installed": "wrong",
  "several-configurations": "wrong",
  "pods-not-sent": "wrong",
  observed: "notice",
  "locks-itself-out": "wrong",
  refuses: "notice",
  "wrong-path": "wrong",
  "kinds-not-sent": "notice",
  "no-opt-out": "wrong",
  "no-dry-run": "wrong",
  "required-not-served": "wrong",
  "no-ca-bundle": "wrong",
  "unreadable-ca-bundle": "wrong",
  "ca-ends": "wrong",
  "other-ca": "wrong",
  "no-tls-secret": "wrong",
  "cas-not-compared": "notice",
  "no-service": "wrong",
  "no-endpoint": "wrong",
  "no-deployment": "notice",
  "replicas-missing": "wrong",
  "versions-differ": "wrong",
  "right-missing": "wrong",
  "no-flow-schema": "notice",
  "flow-schema-unused": "notice",
  "flow-schema-shared": "notice",
  "flow-schema-behind": "notice",
  "canary-unanswered": "wrong",
  "canary-not-sent": "notice",
  "not-read": "unknown",
};
