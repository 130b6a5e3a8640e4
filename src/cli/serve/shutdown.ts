/** Turns the signals that ask the process to end into one promise, and keeps bugs that nobody caught from ending it silently. */
import { constants } from "node:os";
import type { Logger } from "../../telemetry/logger.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Added to the number of the signal that ended a process, as shells do. */
const SIGNAL_STATUS = 128;

/** Listens from its making until `release`. */
export class ExitSignals {
  /** The first signal. */
  readonly first: Promise<NodeJS.Signals>;
  readonly #exit: (status: number) => void;
  readonly #logger: Logger;
  readonly #release: () => void;

  /** @param exit ends the process at once: called for the second signal, and for an error that nobody caught */
  constructor(exit: (status: number) => void, logger: Logger) {
    this.#exit = exit;
    this.#logger = logger;
    const { promise, onSignal } = this.#countSignals();
    const onError = (error: unknown): void => this.#endByError(error);
    this.first = promise;
    for (const signal of SIGNALS) {
      process.on(signal, onSignal);
    }
    // Before the last resort of the program, which tells less.
    process.prependListener("uncaughtException", onError);
    process.on("unhandledRejection", onError);
    this.#release = () => {
      for (const signal of SIGNALS) {
        process.off(signal, onSignal);
      }
      process.off("uncaughtException", onError);
      process.off("unhandledRejection", onError);
    };
  }

  /** Stops listening. */
  release(): void {
    this.#release();
  }

  #countSignals(): {
    readonly promise: Promise<NodeJS.Signals>;
    readonly onSignal: (signal: NodeJS.Signals) => void;
  } {
    let isEnding = false;
    let resolve: (signal: NodeJS.Signals) => void = () => undefined;
    const promise = new Promise<NodeJS.Signals>((settle) => {
      resolve = settle;
    });
    const onSignal = (signal: NodeJS.Signals): void => {
      if (isEnding) {
        this.#exit(SIGNAL_STATUS + constants.signals[signal]);
      }
      isEnding = true;
      resolve(signal);
    };
    return { promise, onSignal };
  }

  #endByError(error: unknown): void {
    this.#logger.fatal({ err: error }, "Ended by an unexpected error");
    this.#exit(1);
  }
}
