/** The options of a process that runs until a signal ends it. */
import type { ListenAddress } from "../../server/listen.ts";
import type { OptionTable } from "./option-table.ts";
import { choiceOf, parseListenAddress } from "./option-values.ts";

/** The levels of pino, which is not loaded just to read an option. */
const LOG_LEVELS: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** Where it shows its health, and what it logs. */
export interface ProcessOptions {
  readonly adminListen: ListenAddress;
  readonly logLevel: string;
}

/** `--admin-listen` and `--log-level` */
export const PROCESS_OPTIONS: OptionTable<ProcessOptions> = {
  adminListen: {
    flags: "--admin-listen <host:port>",
    help: "address of the health, version and metrics endpoints, without TLS",
    initial: ":8080",
    parse: parseListenAddress,
  },
  logLevel: {
    flags: "--log-level <level>",
    group: "Process:",
    help: `minimum log level: ${LOG_LEVELS.join(", ")}`,
    initial: "info",
    choices: LOG_LEVELS,
    parse: choiceOf(LOG_LEVELS),
  },
};
