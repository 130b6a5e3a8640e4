/** The options of `pullring doctor`. */
import { CLUSTER_OPTIONS, type ClusterOptions } from "../flags/cluster-options.ts";
import type { OptionTable } from "../flags/option-table.ts";
import { choiceOf, parseLabelSelector, parseName } from "../flags/option-values.ts";

const OUTPUT_FORMATS = ["table", "json"] as const;

/** The values of the options. */
export interface DoctorOptions extends ClusterOptions {
  readonly namespace: string | undefined;
  readonly allNamespaces: boolean | undefined;
  readonly selector: string | undefined;
  readonly output: (typeof OUTPUT_FORMATS)[number];
  readonly watch: boolean | undefined;
}

/** @see OptionTable */
export const DOCTOR_OPTIONS: OptionTable<DoctorOptions> = {
  namespace: {
    flags: "-n, --namespace <name>",
    group: "What is looked at:",
    help: "look at the Pods, Secrets and workloads of this namespace alone, and send the canary there; without it those of all namespaces, and the canary to that of the kubeconfig's context",
    parse: parseName,
  },
  allNamespaces: {
    flags: "-A, --all-namespaces",
    help: "look at all namespaces, and let -n choose that of the canary alone",
    parse: () => true,
  },
  selector: {
    flags: "-l, --selector <selector>",
    help: "of Pods and workloads, look only at those with these labels",
    parse: parseLabelSelector,
  },
  output: {
    flags: "-o, --output <format>",
    group: "Output:",
    help: "table or json",
    initial: "table",
    choices: OUTPUT_FORMATS,
    parse: choiceOf(OUTPUT_FORMATS),
  },
  watch: {
    flags: "-w, --watch",
    help: "look again every 5 seconds until all is well, and show the checks that have changed",
    parse: () => true,
  },
  kubeconfig: { ...CLUSTER_OPTIONS.kubeconfig, group: "Cluster:" },
  context: CLUSTER_OPTIONS.context,
};
