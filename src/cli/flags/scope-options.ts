/** The options that choose which credentials of a cluster are followed. */
import type { OptionTable } from "./option-table.ts";
import { listOf, parseLabelSelector, parseName } from "./option-values.ts";

/** Which credentials count. */
export interface ScopeOptions {
  /** Empty for all. */
  readonly namespace: readonly string[];
  /** undefined for all. */
  readonly credentialSelector: string | undefined;
}

/** `--namespace` and `--credential-selector` */
export const SCOPE_OPTIONS: OptionTable<ScopeOptions> = {
  namespace: {
    flags: "-n, --namespace <name>",
    help: "namespace to read credentials of, for rights in chosen namespaces alone; others get nothing",
    initial: [],
    initialText: "all",
    parse: listOf(parseName),
  },
  credentialSelector: {
    flags: "--credential-selector <selector>",
    help: "label selector, as for kubectl get -l; only Secrets that it matches are credentials",
    initialText: "all",
    parse: parseLabelSelector,
  },
};
