/** The options of `pullring serve`, and what has to hold of them together. */
import type { ListenAddress } from "../../server/listen.ts";
import { CLUSTER_OPTIONS, type ClusterOptions } from "../flags/cluster-options.ts";
import { longFlag, type OptionTable, type ParsedOptions } from "../flags/option-table.ts";
import {
  choiceOf,
  listOf,
  parseClientName,
  parseDurationMs,
  parseLabelSelector,
  parseListenAddress,
  parseName,
  parseText,
} from "../flags/option-values.ts";
import { checkTlsOptions, TLS_OPTIONS, type TlsOptions } from "./tls-options.ts";

/** The levels of pino, which is not loaded just to read an option. */
const LOG_LEVELS: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** The values of the options; durations are in milliseconds. */
export interface ServeOptions extends ClusterOptions, TlsOptions {
  readonly credentials: readonly string[];
  /** Empty for all. */
  readonly namespace: readonly string[];
  /** undefined for all. */
  readonly credentialSelector: string | undefined;
  readonly liveReadTimeout: number;
  readonly listen: ListenAddress;
  readonly adminListen: ListenAddress;
  readonly clientCaFile: string | undefined;
  /** Empty for any. */
  readonly clientAllowedNames: readonly string[];
  readonly logLevel: string;
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
  adminListen: {
    flags: "--admin-listen <host:port>",
    help: "address of the health, version and metrics endpoints, without TLS",
    initial: ":8080",
    parse: parseListenAddress,
  },
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
  logLevel: {
    flags: "--log-level <level>",
    group: "Process:",
    help: `minimum log level: ${LOG_LEVELS.join(", ")}`,
    initial: "info",
    parse: choiceOf(LOG_LEVELS),
  },
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
