/** The options of `pullring serve`, and what has to hold of them together. */
import type { ListenAddress } from "../../server/listen.ts";
import { CLUSTER_OPTIONS, type ClusterOptions } from "../flags/cluster-options.ts";
import { longFlag, type OptionTable, type ParsedOptions } from "../flags/option-table.ts";
import { listOf, parseClientName, parseDurationMs, parseListenAddress, parseText } from "../flags/option-values.ts";
import { PROCESS_OPTIONS, type ProcessOptions } from "../flags/process-options.ts";
import { SCOPE_OPTIONS, type ScopeOptions } from "../flags/scope-options.ts";
import { SHARING_OPTIONS, type SharingOptions } from "../flags/sharing-options.ts";
import { checkTlsOptions, TLS_OPTIONS, type TlsOptions } from "./tls-options.ts";

/** The values of the options; durations are in milliseconds. */
export interface ServeOptions extends ClusterOptions, ScopeOptions, SharingOptions, ProcessOptions, TlsOptions {
  readonly credentials: readonly string[];
  readonly liveReadTimeout: number;
  readonly listen: ListenAddress;
  readonly clientCaFile: string | undefined;
  /** Empty for any. */
  readonly clientAllowedNames: readonly string[];
  readonly drainGrace: number;
}

/** @see OptionTable */
export const SERVE_OPTIONS: OptionTable<ServeOptions> = {
  credentials: {
    flags: "--credentials <path>",
    group: "Credentials:",
    help: "file or directory of Secret and ServiceAccount manifests to decide with instead of a cluster; edits are followed",
    initial: [],
    parse: listOf(parseText),
  },
  ...CLUSTER_OPTIONS,
  ...SCOPE_OPTIONS,
  ...SHARING_OPTIONS,
  liveReadTimeout: {
    flags: "--live-read-timeout <duration>",
    help: "longest wait for a live read of a namespace, 0 for no live reads; always 500ms less than timeoutSeconds of the webhook configuration leaves",
    initial: "800ms",
    parse: parseDurationMs,
  },
  listen: {
    flags: "--listen <host:port>",
    group: "Addresses:",
    help: "address of the webhook, with TLS; port 0 takes any free one",
    initial: ":8443",
    parse: parseListenAddress,
  },
  adminListen: PROCESS_OPTIONS.adminListen,
  ...TLS_OPTIONS,
  clientCaFile: {
    flags: "--client-ca-file <file>",
    group: "Clients:",
    help: "CA certificates in PEM; only clients with a certificate of one of them are answered on the webhook port; changes are followed",
    parse: parseText,
  },
  clientAllowedNames: {
    flags: "--client-allowed-names <name>",
    help: "common name or DNS name that the certificate of a client has to bear, with --client-ca-file",
    initial: [],
    initialText: "any",
    parse: listOf(parseClientName),
  },
  logLevel: PROCESS_OPTIONS.logLevel,
  drainGrace: {
    flags: "--drain-grace <duration>",
    help: "how long to go on answering after SIGTERM, until no new request is sent here",
    initial: "10s",
    parse: parseDurationMs,
  },
};

/** Options that mean something for a cluster alone. */
const CLUSTER_ONLY: readonly (keyof ServeOptions)[] = [
  "kubeconfig",
  "context",
  "namespace",
  "credentialSelector",
  "sharedNamespace",
  "liveReadTimeout",
];

/** Gives one line for each option that is missing or contradicts another; none when all is well. */
export function checkServeOptions({ values, given }: ParsedOptions<ServeOptions>): readonly string[] {
  const errors: string[] = [];
  if (given.has("credentials")) {
    for (const name of CLUSTER_ONLY.filter((option) => given.has(option))) {
      errors.push(`${longFlag(SERVE_OPTIONS[name])} contradicts --credentials; leave one of them out`);
    }
    if (values.tls === "managed") {
      errors.push("--tls managed contradicts --credentials; take --tls local or --tls files");
    }
  }
  errors.push(...checkTlsOptions(values, given));
  // Without a CA a name would let in nobody, or everybody: it counts only on a certificate that a CA has signed.
  if (given.has("clientAllowedNames") && !given.has("clientCaFile")) {
    errors.push("--client-allowed-names needs --client-ca-file; name the file of the CA certificates");
  }
  const { listen, adminListen } = values;
  if (listen.port !== 0 && listen.port === adminListen.port && listen.host === adminListen.host) {
    errors.push("--listen and --admin-listen name the same address; they need one each");
  }
  return errors;
}
