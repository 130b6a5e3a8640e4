/** Checks the flags of `pullring serve` together: what is missing, what contradicts, which durations cannot work. */
import { listPolicyErrors } from "../../certificates/managed/rotation-policy.ts";
import type { FlagValues } from "../flags/flag.ts";
import type { ParsedFlags } from "../flags/parse-flags.ts";
import { type ServeFlags, tlsSourceOf } from "./options.ts";
import { rotationPolicyOf, type TlsSource } from "./tls-options.ts";

/** Flags that mean something for one source of certificates alone. */
const FLAGS_OF_TLS: Readonly<Record<TlsSource, readonly (keyof ServeFlags)[]>> = {
  local: ["tls-dir"],
  files: ["tls-cert-file", "tls-key-file"],
  managed: [
    "tls-secret",
    "tls-namespace",
    "service",
    "webhook-configuration",
    "tls-ca-lifetime",
    "tls-leaf-lifetime",
    "tls-overlap",
    "tls-poll",
  ],
};

/** Flags that mean something for a cluster alone. */
const CLUSTER_FLAGS: readonly (keyof ServeFlags)[] = [
  "kubeconfig",
  "context",
  "namespace",
  "live-read-timeout",
];

/** Gives one line for each fault; none when all is well. */
export function checkServeFlags({ values, given }: ParsedFlags<ServeFlags>): readonly string[] {
  return [
    ...faultsOfSources(values, given),
    ...faultsOfTls(values, given),
    ...faultsOfClients(given),
    ...faultsOfAddresses(values),
  ];
}

/** Names alone would admit nobody, or everybody: a name counts only on a certificate that an authority stands for. */
function faultsOfClients(given: ReadonlySet<string>): readonly string[] {
  return given.has("client-allowed-names") && !given.has("client-ca-file")
    ? ["--client-allowed-names needs --client-ca-file; name the file of the authorities"]
    : [];
}

function faultsOfSources(values: FlagValues<ServeFlags>, given: ReadonlySet<string>): readonly string[] {
  if (!given.has("credentials")) {
    return [];
  }
  const contradicting = CLUSTER_FLAGS.filter((name) => given.has(name));
  const faults = contradicting.map((name) => `--${name} contradicts --credentials; leave one of them out`);
  return values.tls === "managed"
    ? [...faults, "--tls managed contradicts --credentials; take --tls local or --tls files"]
    : faults;
}

function faultsOfTls(values: FlagValues<ServeFlags>, given: ReadonlySet<string>): readonly string[] {
  const tls = tlsSourceOf(values);
  const foreign = Object.entries(FLAGS_OF_TLS).flatMap(([source, names]) =>
    source === tls
      ? []
      : names
          .filter((name) => given.has(name))
          .map((name) => `--${name} contradicts --tls ${tls}; add --tls ${source} or leave it out`),
  );
  const missing = FLAGS_OF_TLS.files
    .filter((name) => tls === "files" && !given.has(name))
    .map((name) => `--tls files needs --${name}; name the file`);
  const policy = tls === "managed" ? listPolicyErrors(rotationPolicyOf(values)) : [];
  return [...foreign, ...missing, ...policy.map((fault) => `the durations of --tls managed: ${fault}`)];
}

function faultsOfAddresses({
  listen,
  "admin-listen": adminListen,
}: FlagValues<ServeFlags>): readonly string[] {
  return listen.port !== 0 && listen.port === adminListen.port && listen.host === adminListen.host
    ? ["--listen and --admin-listen name the same address; they need one each"]
    : [];
}
