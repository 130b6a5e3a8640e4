/** The options of `pullring serve`, and what has to hold of them together. */
import type { ListenAddress } from "../../server/listen.ts";
import { CLUSTER_OPTIONS, type ClusterOptions } from "../flags/cluster-options.ts";
import { longFlag, type OptionTable, type ParsedOptions } from "../flags/option-table.ts";
import {
  listOf,
  parseChoice,
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
  /** "" for all. */
  readonly credentialSelector: string;
  readonly liveReadTimeout: number;
  readonly listen: ListenAddress;
  readonly adminListen: ListenAddress;
  readonly clientCaFile: string | undefined;
  /** Empty for any. */
  readonly clientAllowedNames: readonly string[];
  readonly logLevel: string;
  readonly drainGrace: number;
}

const CREDENTIALS = "Credentials:";
const ADDRESSES = "Addresses:";
const CLIENTS = "Clients:";
const PROCESS = "Process:";

/** @see OptionTable */
export const SERVE_OPTIONS: OptionTable<ServeOptions> = {
  credentials: {
    flags: "--credentials <path>",
    group: CREDENTIALS,
    help: "file or directory of Secret and ServiceAccount manifests to decide with instead of a cluster; edits are followed",
    initial: [],
    parse: listOf(parseText),
  },
  ...CLUSTER_OPTIONS,
  namespace: {
    flags: "-n, --namespace <name>",
    group: CREDENTIALS,
    help: "namespace to read credentials of, for rights in chosen namespaces alone; others get nothing",
    initial: [],
    defaultText: "all",
    parse: listOf(parseName),
  },
  credentialSelector: {
    flags: "--credential-selector <selector>",
    group: CREDENTIALS,
    help: "label selector, as for kubectl get -l; only Secrets that it matches are credentials",
    initial: "",
    defaultText: "all",
    parse: parseLabelSelector,
  },
  liveReadTimeout: {
    flags: "--live-read-timeout <duration>",
    group: CREDENTIALS,
    help: "longest wait for a live read of a namespace, 0 for no live reads; always 500ms less than timeoutSeconds of the webhook configuration leaves",
    initial: 800,
    defaultText: "800ms",
    parse: parseDurationMs,
  },
  listen: {
    flags: "--listen <host:port>",
    group: ADDRESSES,
    help: "address of the webhook, with TLS; port 0 takes any free one",
    initial: { host: "", port: 8443 },
    defaultText: ":8443",
    parse: parseListenAddress,
  },
  adminListen: {
    flags: "--admin-listen <host:port>",
    group: ADDRESSES,
    help: "address of the health, version and metrics endpoints, without TLS",
    initial: { host: "", port: 8080 },
    defaultText: ":8080",
    parse: parseListenAddress,
  },
  ...TLS_OPTIONS,
  clientCaFile: {
    flags: "--client-ca-file <file>",
    group: CLIENTS,
    help: "CA certificates in PEM; only clients with a certificate of one of them are answered on the webhook port; changes are followed",
    initial: undefined,
    parse: parseText,
  },
  clientAllowedNames: {
    flags: "--client-allowed-names <name>",
    group: CLIENTS,
    help: "common name or DNS name that the certificate of a client has to bear, with --client-ca-file",
    initial: [],
    defaultText: "any",
    parse: listOf(parseClientName),
  },
  logLevel: {
    flags: "--log-level <level>",
    group: PROCESS,
    help: `minimum log level: ${LOG_LEVELS.join(", ")}`,
    initial: "info",
    defaultText: "info",
    parse: (text) => parseChoice(text, LOG_LEVELS),
  },
  drainGrace: {
    flags: "--drain-grace <duration>",
    group: PROCESS,
    help: "how long to go on answering after SIGTERM, until no new request is sent here",
    initial: 10_000,
    defaultText: "10s",
    parse: parseDurationMs,
  },
};

type Parsed = Pick<ParsedOptions<ServeOptions>, "values" | "given">;

/** Gives one line for each option that is missing or contradicts another; none when all is well. */
export function checkServeOptions({ values, given }: Parsed): readonly string[] {
  return [
    ...checkCredentials({ values, given }),
    ...checkTlsOptions(values, given),
    ...checkClients(given),
    ...checkAddresses(values),
  ];
}

/** Options that mean something for a cluster alone. */
const CLUSTER_ONLY: readonly (keyof ServeOptions)[] = [
  "kubeconfig",
  "context",
  "namespace",
  "credentialSelector",
  "liveReadTimeout",
];

function checkCredentials({ values, given }: Parsed): readonly string[] {
  if (!given.has("credentials")) return [];
  const contradicting = CLUSTER_ONLY.filter((name) => given.has(name)).map(
    (name) => `${longFlag(SERVE_OPTIONS[name])} contradicts --credentials; leave one of them out`,
  );
  return values.tls === "managed"
    ? [...contradicting, "--tls managed contradicts --credentials; take --tls local or --tls files"]
    : contradicting;
}

/** Without a CA a name would let in nobody, or everybody: it counts only on a certificate that a CA has signed. */
function checkClients(given: ReadonlySet<keyof ServeOptions>): readonly string[] {
  return given.has("clientAllowedNames") && !given.has("clientCaFile")
    ? ["--client-allowed-names needs --client-ca-file; name the file of the CA certificates"]
    : [];
}

function checkAddresses({ listen, adminListen }: ServeOptions): readonly string[] {
  return listen.port !== 0 && listen.port === adminListen.port && listen.host === adminListen.host
    ? ["--listen and --admin-listen name the same address; they need one each"]
    : [];
}
