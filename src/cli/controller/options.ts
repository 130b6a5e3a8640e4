/** The options of `pullring controller`. */
import { CLUSTER_OPTIONS, type ClusterOptions } from "../flags/cluster-options.ts";
import type { OptionTable, ParsedOptions } from "../flags/option-table.ts";
import { choiceOf, parseCount, parseName, parsePositiveDurationMs } from "../flags/option-values.ts";
import { PROCESS_OPTIONS, type ProcessOptions } from "../flags/process-options.ts";
import { SCOPE_OPTIONS, type ScopeOptions } from "../flags/scope-options.ts";

const HEALING_MODES = ["evict", "report"] as const;

/** The values of the options. */
export interface ControllerOptions extends ClusterOptions, ScopeOptions, ProcessOptions {
  /** undefined: healing is off. */
  readonly heal: (typeof HEALING_MODES)[number] | undefined;
  /** In milliseconds. */
  readonly healInterval: number;
  readonly healParallel: number;
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
    parse: parsePositiveDurationMs,
  },
  healParallel: {
    flags: "--heal-parallel <count>",
    help: "evicted Pods that may be on their way out at the same time",
    initial: "10",
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

/** Gives one line when no part is switched on. */
export function checkControllerOptions({ values }: ParsedOptions<ControllerOptions>): readonly string[] {
  return values.heal === undefined ? ["no part is switched on; add --heal, or --heal=report to change nothing"] : [];
}
