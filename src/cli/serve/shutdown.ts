/** What ends `pullring serve` and `pullring controller`: signals that ask for it, and errors that nobody caught, which must not end it silently. */
import { constants } from "node:os";
import type { Logger } from "../../telemetry/logger.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** @see ExitSignals */
export interface ExitSignalsOptions {
  /** Ends the process at once: called for the second signal, and for an error that nobody caught. */
  readonly exit: (status: number) => void;
  readonly logger: Logger;
}

/** Listens from its making until `release`. */
export class ExitSignals {
  /** The first signal. */
  readonly first: Promise<NodeJS.Signals>;
  readonly #options: ExitSignalsOptions;
  #onFirst: (signal: NodeJS.Signals) => void = () => undefined;
  #isEnding = false;

  constructor(options: ExitSignalsOptions) {
    this.#options = options;
    this.first = new Promise((resolve) => {
      this.#onFirst = resolve;
    });
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    // Before the handler of the program, which says less.
    process.prependListener("uncaughtException", this.#onError);
    process.on("unhandledRejection", this.#onError);
  }

  /** Stops listening. */
  release(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    process.off("uncaughtException", this.#onError);
    process.off("unhandledRejection", this.#onError);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    // The status that shells give to a process which a signal ended.
    if (this.#isEnding) this.#options.exit(128 + constants.signals[signal]);
    this.#isEnding = true;
    this.#onFirst(signal);
  };

  readonly #onError = (error: unknown): void => {
    this.#options.logger.fatal({ err: error }, "Ended by an unexpected error");
    this.#options.exit(1);
  };
}
