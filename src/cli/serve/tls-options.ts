/** The flags of `pullring serve` that choose and keep its certificate. */
import { DEFAULT_ROTATION, type RotationPolicy } from "../../certificates/managed/rotation-policy.ts";
import type { Flag, FlagValues } from "../flags/flag.ts";
import { parseChoice, parseDurationMs, parseLifetimeMs, parseName, parseText } from "../flags/flag-value.ts";

/** Where the certificate comes from. */
export type TlsSource = "managed" | "files" | "local";

const TLS_SOURCES: readonly TlsSource[] = ["managed", "files", "local"];

/** @see TLS_FLAGS */
export interface TlsFlags {
  readonly tls: Flag<TlsSource | "">;
  readonly "tls-dir": Flag<string>;
  readonly "tls-cert-file": Flag<string>;
  readonly "tls-key-file": Flag<string>;
  readonly "tls-secret": Flag<string>;
  readonly "tls-namespace": Flag<string>;
  readonly service: Flag<string>;
  readonly "webhook-configuration": Flag<string>;
  readonly "tls-ca-lifetime": Flag<number>;
  readonly "tls-leaf-lifetime": Flag<number>;
  readonly "tls-overlap": Flag<number>;
  readonly "tls-poll": Flag<number>;
}

/** The flags in the order of the help. */
export const TLS_FLAGS: TlsFlags = {
  tls: {
    placeholder: "SOURCE",
    initial: "",
    defaultText: "managed in a cluster, local with --credentials or --kubeconfig",
    help: "where the certificate comes from: managed makes its own by a CA in a Secret, files takes yours, local makes one for this machine",
    accept: (text) => parseChoice(text, TLS_SOURCES),
  },
  "tls-dir": {
    placeholder: "DIR",
    initial: "certs",
    defaultText: "certs",
    help: "where --tls local keeps ca.crt, tls.crt and tls.key",
    accept: parseText,
  },
  "tls-cert-file": {
    placeholder: "FILE",
    initial: "",
    defaultText: "",
    help: "certificate chain in PEM for --tls files; changes are followed",
    accept: parseText,
  },
  "tls-key-file": {
    placeholder: "FILE",
    initial: "",
    defaultText: "",
    help: "private key in PEM for --tls files",
    accept: parseText,
  },
  "tls-secret": {
    placeholder: "NAME",
    initial: "pullring-tls",
    defaultText: "pullring-tls",
    help: "Secret in which the replicas share the CA of --tls managed",
    accept: parseName,
  },
  "tls-namespace": {
    placeholder: "NAME",
    initial: "",
    defaultText: "the namespace of the Pod",
    help: "namespace of the Secret and the Service of --tls managed",
    accept: parseName,
  },
  service: {
    placeholder: "NAME",
    initial: "pullring",
    defaultText: "pullring",
    help: "Service that the certificate of --tls managed is for",
    accept: parseName,
  },
  "webhook-configuration": {
    placeholder: "NAME",
    initial: "pullring",
    defaultText: "pullring",
    help: "MutatingWebhookConfiguration whose caBundle --tls managed keeps; none to leave it to somebody else",
    accept: parseName,
  },
  "tls-ca-lifetime": {
    placeholder: "DURATION",
    initial: DEFAULT_ROTATION.caValidityMs,
    defaultText: "87600h",
    help: "life of the CA of --tls managed, followed by the next after two thirds",
    accept: parseLifetimeMs,
  },
  "tls-leaf-lifetime": {
    placeholder: "DURATION",
    initial: DEFAULT_ROTATION.leafValidityMs,
    defaultText: "168h",
    help: "life of a serving certificate of --tls managed, renewed after two thirds",
    accept: parseLifetimeMs,
  },
  "tls-overlap": {
    placeholder: "DURATION",
    initial: DEFAULT_ROTATION.overlapMs,
    defaultText: "1m",
    help: "how long API servers trust a new CA of --tls managed before it signs",
    accept: parseDurationMs,
  },
  "tls-poll": {
    placeholder: "DURATION",
    initial: 10_000,
    defaultText: "10s",
    help: "pause between two polls of the Secret of --tls managed",
    accept: parseDurationMs,
  },
};

/** The durations of managed certificates. */
export function rotationPolicyOf(flags: FlagValues<TlsFlags>): RotationPolicy {
  return {
    ...DEFAULT_ROTATION,
    caValidityMs: flags["tls-ca-lifetime"],
    leafValidityMs: flags["tls-leaf-lifetime"],
    overlapMs: flags["tls-overlap"],
  };
}
