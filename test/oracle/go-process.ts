/** Talks to a program of the oracle: questions as JSON lines to its standard input, answers in the same order from its output. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A running program. It ends with {@link close}, and by itself when this process ends, as its input then does. */
export class GoProcess<Question, Answer> {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: Waiting<Answer>[] = [];
  #printed = "";
  /** The start of a line whose end is yet to come. */
  #unread = "";

  /** Starts the program of a package. Go builds it first where its build cache does not have it: half a minute, and the download of its modules. */
  constructor(directory: string) {
    this.#child = spawn("go", ["run", "-mod=readonly", directory], {
      cwd: fileURLToPath(new URL(".", import.meta.url)),
      env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off" },
    });
    this.#child.on("error", ({ message }) =>
      this.#fail(new Error(`the oracle is a Go program; install Go from https://go.dev/dl/ (${message})`)),
    );
    this.#child.on("close", (code) => this.#fail(new Error(`the oracle ended (${code}): ${this.#printed}`)));
    this.#child.stdin.on("error", () => undefined);
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#printed = (this.#printed + text).slice(-4_000);
    });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => this.#read(text));
  }

  /** Asks many cases at once. @throws Error when the program ends before it has answered */
  ask(questions: readonly Question[]): Promise<readonly Answer[]> {
    const answers = questions.map(
      () => new Promise<Answer>((resolve, reject) => this.#waiting.push({ resolve, reject })),
    );
    this.#child.stdin.write(questions.map((question) => `${JSON.stringify(question)}\n`).join(""));
    return Promise.all(answers);
  }

  /** Ends the input; the program then ends by itself. */
  close(): void {
    this.#child.stdin.end();
  }

  #read(text: string): void {
    const lines = (this.#unread + text).split("\n");
    this.#unread = lines.pop() ?? "";
    for (const line of lines) this.#waiting.shift()?.resolve(JSON.parse(line) as Answer);
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
