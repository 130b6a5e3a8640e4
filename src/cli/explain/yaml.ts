/** Shows a report as YAML: the public JSON format in other clothes. */
import { dump } from "js-yaml";
import type { ExplainedObject } from "../../core/admission/explanation.ts";
import type { ReportEnd, ReportWriter } from "./report.ts";
import type { TextOutput } from "./text-output.ts";

/** @see ReportWriter */
export class YamlReport implements ReportWriter {
  readonly #output: TextOutput;
  #objects = 0;

  constructor(output: TextOutput) {
    this.#output = output;
  }

  async writeObject(object: ExplainedObject): Promise<void> {
    await this.#output.write((this.#objects === 0 ? "objects:\n" : "") + dumpPlain([object]));
    this.#objects += 1;
  }

  async writeEnd({ credentials, passedOver }: ReportEnd): Promise<void> {
    await this.#output.write(this.#objects === 0 ? "objects: []\n" : "");
    for (const [name, values] of Object.entries({ credentials, passedOver })) {
      await this.#output.write(values.length === 0 ? `${name}: []\n` : `${name}:\n${dumpPlain(values)}`);
    }
  }
}

/** Without anchors, and without folding: a line is as long as its value. */
function dumpPlain(values: readonly object[]): string {
  return dump(values, { noRefs: true, lineWidth: -1 });
}
