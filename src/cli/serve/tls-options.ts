/** The options of `pullring serve` that choose its certificate, and what has to hold of them together. */
import { existsSync } from "node:fs";
import type { RotationPolicy } from "../../certificates/managed/rotation-policy.ts";
import { longFlag, type OptionTable } from "../flags/option-table.ts";
import { choiceOf, durationFrom, parseLifetimeMs, parseName, parseText } from "../flags/option-values.ts";

const TLS_SOURCES = ["managed", "files", "local"] as const;

/** Where a Pod finds its token and the name of its namespace. */
export const SERVICE_ACCOUNT_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Where the certificate comes from. */
export type TlsSource = (typeof TLS_SOURCES)[number];

/** The values of the options; durations are in milliseconds. */
export interface TlsOptions {
  /** @see tlsSourceOf */
  readonly tls: TlsSource | undefined;
  readonly tlsDir: string;
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  readonly tlsSecret: string;
  readonly tlsNamespace: string | undefined;
  readonly service: string;
  readonly webhookConfiguration: string;
  readonly tlsCaLifetime: number;
  readonly tlsLeafLifetime: number;
  readonly tlsOverlap: number;
  readonly tlsPoll: number;
}

/** @see OptionTable */
export const TLS_OPTIONS: OptionTable<TlsOptions> = {
  tls: {
    flags: "--tls <source>",
    group: "Serving certificate:",
    help: "where the certificate comes from: managed makes its own by a CA in a Secret, files takes yours, local makes one for this machine",
    initialText: "managed in a Pod, else local; local as well with --credentials, --kubeconfig or KUBECONFIG",
    choices: TLS_SOURCES,
    parse: choiceOf(TLS_SOURCES),
  },
  tlsDir: {
    flags: "--tls-dir <dir>",
    help: "where --tls local keeps ca.crt, tls.crt and tls.key",
    initial: "certs",
    parse: parseText,
  },
  tlsCertFile: {
    flags: "--tls-cert-file <file>",
    help: "certificate chain in PEM for --tls files; changes are followed",
    parse: parseText,
  },
  tlsKeyFile: { flags: "--tls-key-file <file>", help: "private key in PEM for --tls files", parse: parseText },
  tlsSecret: {
    flags: "--tls-secret <name>",
    help: "Secret in which the replicas share the CA of --tls managed",
    initial: "pullring-tls",
    parse: parseName,
  },
  tlsNamespace: {
    flags: "--tls-namespace <name>",
    help: "namespace of the Secret and the Service of --tls managed",
    initialText: "the namespace of the Pod",
    parse: parseName,
  },
  service: {
    flags: "--service <name>",
    help: "Service that the certificate of --tls managed is for",
    initial: "pullring",
    parse: parseName,
  },
  webhookConfiguration: {
    flags: "--webhook-configuration <name>",
    help: "MutatingWebhookConfiguration whose caBundle --tls managed keeps; none to leave it to somebody else",
    initial: "pullring",
    parse: parseName,
  },
  tlsCaLifetime: {
    flags: "--tls-ca-lifetime <duration>",
    help: "lifetime of the CA of --tls managed, followed by the next after two thirds",
    initial: "87600h",
    parse: parseLifetimeMs,
  },
  // A leaf costs some milliseconds and needs no API server, so its life may be short: a key that leaks from a process is worth
  // nothing a week later, and renewal is seen to work all the time. cert-manager takes seven days too.
  tlsLeafLifetime: {
    flags: "--tls-leaf-lifetime <duration>",
    help: "lifetime of a serving certificate of --tls managed, renewed after two thirds",
    initial: "168h",
    parse: parseLifetimeMs,
  },
  tlsOverlap: {
    flags: "--tls-overlap <duration>",
    help: "how long API servers trust a new CA of --tls managed before it signs",
    initial: "1m",
    isHidden: true,
    // An API server hears of the new caBundle by a watch.
    parse: durationFrom("1s"),
  },
  tlsPoll: {
    flags: "--tls-poll <duration>",
    help: "pause between two polls of the Secret of --tls managed",
    initial: "10s",
    isHidden: true,
    parse: durationFrom("100ms"),
  },
};

/** What the source of certificates depends on. */
export interface TlsChoice extends TlsOptions {
  readonly credentials: readonly string[];
  readonly kubeconfig: string | undefined;
}

/** Only a Pod's own cluster gets a managed certificate without being asked: it changes a Secret and a caBundle there. */
export function tlsSourceOf({ tls, credentials, kubeconfig }: TlsChoice, isPod: boolean = runsInPod()): TlsSource {
  return tls ?? (isPod && credentials.length === 0 && kubeconfig === undefined ? "managed" : "local");
}

/** Whether the cluster to talk to is the one this runs in. */
function runsInPod(): boolean {
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST } = process.env;
  return !KUBECONFIG && Boolean(KUBERNETES_SERVICE_HOST) && existsSync(`${SERVICE_ACCOUNT_DIRECTORY}/token`);
}

/** The durations of managed certificates. */
export function rotationPolicyOf({ tlsCaLifetime, tlsLeafLifetime, tlsOverlap }: TlsOptions): RotationPolicy {
  return { caValidityMs: tlsCaLifetime, leafValidityMs: tlsLeafLifetime, overlapMs: tlsOverlap };
}

/** Options that mean something for one source of certificates alone. */
const OPTIONS_OF_TLS: Readonly<Record<TlsSource, readonly (keyof TlsOptions)[]>> = {
  local: ["tlsDir"],
  files: ["tlsCertFile", "tlsKeyFile"],
  managed: [
    "tlsSecret",
    "tlsNamespace",
    "service",
    "webhookConfiguration",
    "tlsCaLifetime",
    "tlsLeafLifetime",
    "tlsOverlap",
    "tlsPoll",
  ],
};

/** Gives one line for each option that contradicts the source or that it lacks, and for durations that cannot work. */
export function checkTlsOptions(values: TlsChoice, given: ReadonlySet<string>): readonly string[] {
  const tls = tlsSourceOf(values);
  const foreign = Object.entries(OPTIONS_OF_TLS).flatMap(([source, names]) =>
    names
      .filter((name) => source !== tls && given.has(name))
      .map((name) => `${longFlag(TLS_OPTIONS[name])} contradicts --tls ${tls}; add --tls ${source} or leave it out`),
  );
  const missing = OPTIONS_OF_TLS.files
    .filter((name) => tls === "files" && !given.has(name))
    .map((name) => `--tls files needs ${longFlag(TLS_OPTIONS[name])}; name the file`);
  return [...foreign, ...missing, ...(tls === "managed" ? checkDurations(values) : [])];
}

function checkDurations({ tlsCaLifetime, tlsLeafLifetime, tlsOverlap }: TlsOptions): readonly string[] {
  return [
    // Certificates count whole seconds, so nothing shorter can be renewed in time.
    tlsLeafLifetime < 3_000 && "--tls-leaf-lifetime is too short; give it 3s or more",
    tlsCaLifetime < 2 * tlsLeafLifetime && "--tls-ca-lifetime is too short; give it twice --tls-leaf-lifetime or more",
    // The last third of a CA's life has to do for writing its successor down and for the overlap, with time to spare.
    tlsOverlap >= tlsCaLifetime / 6 && "--tls-overlap is too long; give it less than a sixth of --tls-ca-lifetime",
  ].filter((line) => line !== false);
}
