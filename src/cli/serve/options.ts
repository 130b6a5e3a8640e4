/** The flags of `pullring serve`. */
import type { ListenAddress } from "../../server/listen.ts";
import { CONTEXT_FLAG, KUBECONFIG_FLAG } from "../flags/cluster-flags.ts";
import type { Flag, FlagValues } from "../flags/flag.ts";
import {
  parseChoice,
  parseDurationMs,
  parseListenAddress,
  parseName,
  parseText,
} from "../flags/flag-value.ts";
import { HELP_FLAG } from "../flags/help-flag.ts";
import { CLIENT_FLAGS, type ClientFlags } from "./client-options.ts";
import { TLS_FLAGS, type TlsFlags, type TlsSource } from "./tls-options.ts";

/** The levels of pino, which is not loaded just to read a flag. */
const LEVELS: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** @see SERVE_FLAGS */
export interface ServeFlags extends TlsFlags, ClientFlags {
  readonly credentials: Flag<readonly string[]>;
  readonly kubeconfig: Flag<string>;
  readonly context: Flag<string>;
  readonly namespace: Flag<readonly string[]>;
  readonly "live-read-timeout": Flag<number>;
  readonly listen: Flag<ListenAddress>;
  readonly "admin-listen": Flag<ListenAddress>;
  readonly "log-level": Flag<string>;
  readonly "drain-grace": Flag<number>;
  readonly help: Flag<boolean>;
}

/** The flags in the order of the help. */
export const SERVE_FLAGS: ServeFlags = {
  credentials: {
    placeholder: "PATH",
    isRepeatable: true,
    initial: [],
    defaultText: "",
    help: "file or directory of Secret and ServiceAccount manifests to decide with instead of a cluster; edits are followed",
    accept: (text, before) => [...before, parseText(text)],
  },
  kubeconfig: KUBECONFIG_FLAG,
  context: CONTEXT_FLAG,
  namespace: {
    placeholder: "NAME",
    short: "n",
    isRepeatable: true,
    initial: [],
    defaultText: "all",
    help: "namespace to read credentials of, for rights in chosen namespaces alone; others get nothing",
    accept: (text, before) => [...before, parseName(text)],
  },
  "live-read-timeout": {
    placeholder: "DURATION",
    initial: 800,
    defaultText: "800ms",
    help: "longest wait for a live read of a namespace; always 500ms less than timeoutSeconds of the webhook configuration leaves",
    accept: parseDurationMs,
  },
  listen: {
    placeholder: "HOST:PORT",
    initial: { host: "", port: 8443 },
    defaultText: ":8443",
    help: "where the webhook listens, with TLS; port 0 takes any free one",
    accept: parseListenAddress,
  },
  "admin-listen": {
    placeholder: "HOST:PORT",
    initial: { host: "", port: 8080 },
    defaultText: ":8080",
    help: "where health, version and metrics are told, without TLS",
    accept: parseListenAddress,
  },
  ...TLS_FLAGS,
  ...CLIENT_FLAGS,
  "log-level": {
    placeholder: "LEVEL",
    initial: "info",
    defaultText: "info",
    help: `least level that is logged: ${LEVELS.join(", ")}`,
    accept: (text) => parseChoice(text, LEVELS),
  },
  "drain-grace": {
    placeholder: "DURATION",
    initial: 10_000,
    defaultText: "10s",
    help: "how long to go on answering after SIGTERM, until no new request is sent here",
    accept: parseDurationMs,
  },
  help: HELP_FLAG,
};

/** The source of certificates, chosen or by default. */
export function tlsSourceOf({ tls, credentials, kubeconfig }: FlagValues<ServeFlags>): TlsSource {
  return tls || (credentials.length > 0 || kubeconfig !== "" ? "local" : "managed");
}
