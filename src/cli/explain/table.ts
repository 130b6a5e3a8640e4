/** Shows a report to a person: a row for each image, with what is done and why below. All outside text is escaped. */
import type { ExplainedImage, ExplainedObject } from "../../core/admission/explanation.ts";
import { SKIP_REASONS } from "../../core/admission/skip-reason.ts";
import { escapeText, quoteText } from "../../core/quoted-text.ts";
import type { ReportEnd, ReportWriter } from "./report.ts";
import type { TextOutput } from "./text-output.ts";
import { paint, renderTable, type Style, type TableLayout, type TableLine } from "./text-table.ts";

/** @see TableReport */
export interface TableOptions {
  /** Shows containers, repositories, every credential and what was passed over, and cuts nothing. */
  readonly isWide: boolean;
  readonly hasColour: boolean;
}

/** Longest cell of the narrow table, in characters. */
const MAX_CELL = 56;

/** @see ReportWriter */
export class TableReport implements ReportWriter {
  readonly #output: TextOutput;
  readonly #options: TableOptions;
  readonly #lines: TableLine[] = [];
  readonly #counts = { inject: 0, skip: 0 };

  constructor(output: TextOutput, options: TableOptions) {
    this.#output = output;
    this.#options = options;
  }

  writeObject(object: ExplainedObject): Promise<void> {
    this.#counts[object.decision] += 1;
    for (const line of linesOfObject(object, this.#options.isWide)) {
      this.#lines.push(line);
    }
    return Promise.resolve();
  }

  async writeEnd(end: ReportEnd): Promise<void> {
    const { isWide, hasColour } = this.#options;
    if (this.#lines.length > 0) {
      await this.#output.write(renderTable(this.#lines, objectLayout(isWide, hasColour)));
      await this.#output.write("\n");
    }
    await this.#output.write(isWide ? renderDetails(end, hasColour) : renderMalformed(end, hasColour));
    const { inject, skip } = this.#counts;
    const passedOver = end.passedOver.length === 0 ? "" : `, ${end.passedOver.length} passed over`;
    await this.#output.write(`${inject} to inject, ${skip} to leave as they are${passedOver}\n`);
  }
}

function objectLayout(isWide: boolean, hasColour: boolean): TableLayout {
  return isWide
    ? {
        columns: ["OBJECT", "CONTAINER", "IMAGE", "REPOSITORY", "CREDENTIALS", "LISTED", "ADDED"],
        styles: ["bold", "plain", "plain", "plain", "plain", "plain", "green"],
        hasColour,
      }
    : {
        columns: ["OBJECT", "IMAGE", "CREDENTIALS", "ADDED"],
        styles: ["bold", "plain", "plain", "green"],
        hasColour,
      };
}

function linesOfObject(object: ExplainedObject, isWide: boolean): readonly TableLine[] {
  const { listed, serviceAccount, added } = object.imagePullSecrets;
  const show = isWide ? escapeText : showShort;
  const title = show(`${object.kind} ${object.namespace}/${object.name || "(no name yet)"}`);
  const injected = joinNames([...serviceAccount, ...added], show);
  const first = isWide ? [joinNames(listed, show), injected] : [injected];
  const images =
    object.images.length === 0 ? [[]] : object.images.map((image) => cellsOfImage(image, isWide));
  const width = isWide ? 4 : 2;
  const rows = images.map((cells, index) => ({
    cells: [
      index === 0 ? title : "",
      ...Array.from({ length: width }, (_, column) => cells[column] ?? "-"),
      ...(index === 0 ? first : []),
    ],
  }));
  return [...rows, ...notesOf(object)];
}

function notesOf({ reason, warnings }: ExplainedObject): readonly TableLine[] {
  const why = reason === null ? [] : [`  left as it is: ${SKIP_REASONS[reason]}`];
  return [
    ...why.map((note) => ({ note, style: "dim" as Style })),
    ...warnings.map((warning) => ({ note: `  warning: ${warning}`, style: "yellow" as Style })),
  ];
}

function cellsOfImage(image: ExplainedImage, isWide: boolean): readonly string[] {
  const show = isWide ? escapeText : showShort;
  const names = image.error === null ? joinNames(image.credentials, show) : "(not an image reference)";
  return isWide
    ? [
        image.container === null ? "(volume)" : show(image.container),
        show(image.image),
        image.repository === null ? `(${image.error ?? "none"})` : show(image.repository),
        names,
      ]
    : [show(image.image), names];
}

function joinNames(names: readonly string[], show: (text: string) => string): string {
  return names.length === 0 ? "-" : show(names.join(", "));
}

/** Escaped and cut in its middle. */
function showShort(text: string): string {
  return quoteText(text, MAX_CELL + 2).slice(1, -1);
}

function renderMalformed({ credentials }: ReportEnd, hasColour: boolean): string {
  return credentials
    .filter(({ status }) => status === "malformed")
    .map(({ namespace, name, reason }) => {
      const text = `malformed Secret ${showShort(`${namespace}/${name}`)}: ${reason}; the kubelet cannot use it`;
      return `${paint(text, "yellow", hasColour)}\n`;
    })
    .join("");
}

function renderDetails({ credentials, passedOver }: ReportEnd, hasColour: boolean): string {
  const secrets = credentials.map(({ namespace, name, status, registries, reason }) => ({
    cells: [
      escapeText(`${namespace}/${name}`),
      status,
      registries.length === 0 ? "-" : escapeText(registries.join(", ")),
      reason ?? "-",
    ],
  }));
  const others = passedOver.map(({ kind, namespace, name }) => ({
    cells: [escapeText(`${kind} ${namespace}/${name}`)],
  }));
  const columns = ["SECRET", "STATUS", "REGISTRIES", "REASON"];
  return (
    (secrets.length > 0 ? `${renderTable(secrets, { columns, styles: ["bold"], hasColour })}\n` : "") +
    (others.length > 0 ? `${renderTable(others, { columns: ["PASSED OVER"], styles: [], hasColour })}\n` : "")
  );
}
