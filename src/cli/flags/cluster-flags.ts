/** The flags that choose a cluster, shared by all commands that ask one. */
import type { Flag } from "./flag.ts";
import { parseText } from "./flag-value.ts";

/** `--kubeconfig` */
export const KUBECONFIG_FLAG: Flag<string> = {
  placeholder: "FILE",
  initial: "",
  defaultText: "",
  help: "kubeconfig of the cluster to decide for; without it KUBECONFIG, the cluster this runs in, or ~/.kube/config",
  accept: parseText,
};

/** `--context` */
export const CONTEXT_FLAG: Flag<string> = {
  placeholder: "NAME",
  initial: "",
  defaultText: "",
  help: "context of the kubeconfig; without it its current one",
  accept: parseText,
};
