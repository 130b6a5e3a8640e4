/** Shows a report as JSON, one object to a line, so that long reports stream and can be searched by line. */
import type { ExplainedObject } from "../../core/admission/explanation.ts";
import type { ReportEnd, ReportWriter } from "./report.ts";
import type { TextOutput } from "./text-output.ts";

/** @see ReportWriter */
export class JsonReport implements ReportWriter {
  readonly #output: TextOutput;
  #before = '{"objects":[\n';

  constructor(output: TextOutput) {
    this.#output = output;
  }

  async writeObject(object: ExplainedObject): Promise<void> {
    await this.#output.write(this.#before + JSON.stringify(object));
    this.#before = ",\n";
  }

  async writeEnd({ credentials, passedOver }: ReportEnd): Promise<void> {
    await this.#output.write(this.#before === ",\n" ? "\n]" : `${this.#before}]`);
    await this.#writeList("credentials", credentials);
    await this.#writeList("passedOver", passedOver);
    await this.#output.write("}\n");
  }

  async #writeList(name: string, values: readonly object[]): Promise<void> {
    await this.#output.write(`,\n"${name}":[`);
    for (const [index, value] of values.entries()) {
      await this.#output.write((index === 0 ? "\n" : ",\n") + JSON.stringify(value));
    }
    await this.#output.write(values.length === 0 ? "]" : "\n]");
  }
}
