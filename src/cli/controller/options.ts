/** The options of `pullring controller`. */
import { CLUSTER_OPTIONS, type ClusterOptions } from "../flags/cluster-options.ts";
import { longFlag, type OptionTable, type ParsedOptions } from "../flags/option-table.ts";
import { choiceOf, durationFrom, parseCount, parseName } from "../flags/option-values.ts";
import { PROCESS_OPTIONS, type ProcessOptions } from "../flags/process-options.ts";
import { SCOPE_OPTIONS, type ScopeOptions } from "../flags/scope-options.ts";
import { SHARING_OPTIONS, type SharingOptions } from "../flags/sharing-options.ts";

const HEALING_MODES = ["evict", "report"] as const;

/** The values of the options. */
export interface ControllerOptions extends ClusterOptions, ScopeOptions, SharingOptions, ProcessOptions {
  /** undefined: healing is off. */
  readonly heal: (typeof HEALING_MODES)[number] | undefined;
  /** In milliseconds. */
  readonly healInterval: number;
  readonly healParallel: number;
  readonly share: boolean | undefined;
  /** Copies that are written in a second, at most. */
  readonly writeQps: number;
  readonly webhookConfiguration: string;
}

/** @see OptionTable */
export const CONTROLLER_OPTIONS: OptionTable<ControllerOptions> = {
  heal: {
    flags: "--heal [mode]",
    group: "Parts:",
    help: "Pods that wait for an image and would get a credential for it if they were made again: evict, which is meant without a value, has their owners do so; report tells of them and changes nothing",
    preset: "evict",
    choices: HEALING_MODES,
    parse: choiceOf(HEALING_MODES),
  },
  healInterval: {
    flags: "--heal-interval <duration>",
    help: "least time between two evictions in the whole cluster",
    initial: "1s",
    parse: durationFrom("100ms"),
  },
  healParallel: {
    flags: "--heal-parallel <count>",
    help: "evicted Pods that may be on their way out at the same time",
    initial: "10",
    parse: parseCount,
  },
  share: {
    flags: "--share",
    help: "credentials of the shared namespace that are annotated with pullring.dev/share-with are copied into the namespaces that the annotation selects",
    parse: () => true,
  },
  ...SHARING_OPTIONS,
  writeQps: {
    flags: "--write-qps <count>",
    help: "copies of shared credentials that are written in a second, at most",
    initial: "50",
    parse: parseCount,
  },
  webhookConfiguration: {
    flags: "--webhook-configuration <name>",
    help: "MutatingWebhookConfiguration of pullring, which says what is served",
    initial: "pullring",
    parse: parseName,
  },
  kubeconfig: { ...CLUSTER_OPTIONS.kubeconfig, group: "Cluster:" },
  context: CLUSTER_OPTIONS.context,
  ...SCOPE_OPTIONS,
  ...PROCESS_OPTIONS,
};

/** Gives a line for each contradiction: no part is switched on, or one lacks what it needs. */
export function checkControllerOptions({ values, given }: ParsedOptions<ControllerOptions>): readonly string[] {
  const { heal, share, sharedNamespace, namespace } = values;
  if (heal === undefined && share === undefined) {
    return ["no part is switched on; add --heal, or --heal=report to change nothing, or --share"];
  }
  if (share === undefined) {
    const unused = (["sharedNamespace", "writeQps"] as const).filter((name) => given.has(name));
    return unused.map((name) => `${longFlag(CONTROLLER_OPTIONS[name])}: means nothing without --share; add it`);
  }
  if (sharedNamespace === undefined) {
    return ["--share: add --shared-namespace, which names the namespace of the credentials that are shared"];
  }
  return namespace.includes(sharedNamespace)
    ? [`--namespace: ${sharedNamespace} is the shared namespace, which gets no copies; leave it out`]
    : [];
}
