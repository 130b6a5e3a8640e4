/** The flags of `pullring serve`. */
import type { ListenAddress } from "../server/listen.ts";
import type { Flag } from "./flag.ts";
import { parseChoice, parseDurationMs, parseListenAddress, parseText } from "./flag-value.ts";
import type { ParsedFlags } from "./parse-flags.ts";

/** Where the certificate comes from. */
export type TlsSource = "local" | "files";

const TLS_SOURCES: readonly TlsSource[] = ["local", "files"];

/** The levels of pino, which is not loaded just to read a flag. */
const LEVELS: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** @see SERVE_FLAGS */
export interface ServeFlags {
  readonly credentials: Flag<readonly string[]>;
  readonly listen: Flag<ListenAddress>;
  readonly "admin-listen": Flag<ListenAddress>;
  readonly tls: Flag<TlsSource>;
  readonly "tls-dir": Flag<string>;
  readonly "tls-cert-file": Flag<string>;
  readonly "tls-key-file": Flag<string>;
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
    help: "file or directory of Secret and ServiceAccount manifests to take credentials from; edits are followed",
    accept: (text, before) => [...before, parseText(text)],
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
  tls: {
    placeholder: "SOURCE",
    initial: "local",
    defaultText: "local",
    help: "where the certificate comes from: local makes one for this machine, files takes yours",
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
  help: {
    placeholder: null,
    short: "h",
    initial: false,
    defaultText: "",
    help: "show this help",
    accept: () => true,
  },
};

/** Faults of the flags together: what is missing and what contradicts. */
export function checkServeFlags({ values, given }: ParsedFlags<ServeFlags>): readonly string[] {
  const faults: string[] = [];
  if (!given.has("credentials")) {
    faults.push("--credentials is missing; name a file or directory of Secret manifests");
  }
  const usesFiles = values.tls === "files";
  for (const name of ["tls-cert-file", "tls-key-file"] as const) {
    if (usesFiles && !given.has(name)) {
      faults.push(`--tls files needs --${name}; name the file`);
    } else if (!usesFiles && given.has(name)) {
      faults.push(`--${name} contradicts --tls ${values.tls}; add --tls files or leave it out`);
    }
  }
  if (usesFiles && given.has("tls-dir")) {
    faults.push("--tls-dir contradicts --tls files; leave it out");
  }
  const { listen, "admin-listen": adminListen } = values;
  if (listen.port !== 0 && listen.port === adminListen.port && listen.host === adminListen.host) {
    faults.push("--listen and --admin-listen name the same address; they need one each");
  }
  return faults;
}
