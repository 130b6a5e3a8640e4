/** Shows a report to a person: a row for each image, with what is done and why below. All outside text is escaped. */
import type { ExplainedImage, ExplainedObject } from "../../core/admission/explanation.ts";
import { escapeText, quoteText } from "../../core/quoted-text.ts";
import { sentenceOfNearMiss, sentenceOfOutOfUse } from "../../core/verdicts/image-sentences.ts";
import { sentenceOfReason } from "../../core/verdicts/sentences.ts";
import type { ExplainedCredential, Report, ReportSummary } from "./report.ts";
import { type Column, createPaint, type Paint, renderTable, type TableLine } from "./text-table.ts";

/** A column with what it says of an object, in its first row, or of each image. */
interface ReportColumn extends Column {
  readonly isWide?: true;
  readonly ofObject?: (object: ExplainedObject) => string;
  readonly ofImage?: (image: ExplainedImage) => string;
}

const COLUMNS: readonly ReportColumn[] = [
  {
    heading: "OBJECT",
    style: "bold",
    ofObject: ({ kind, namespace, name }) => `${kind} ${namespace}/${name || "(no name yet)"}`,
  },
  { heading: "CONTAINER", isWide: true, ofImage: ({ container }) => container ?? "(volume)" },
  { heading: "IMAGE", ofImage: ({ image }) => image },
  { heading: "REPOSITORY", isWide: true, ofImage: ({ repository, error }) => repository ?? `(${error ?? "none"})` },
  {
    heading: "CREDENTIALS",
    ofImage: ({ error, credentials }) => (error === null ? joinNames(credentials) : "(not an image reference)"),
  },
  { heading: "LISTED", isWide: true, ofObject: ({ imagePullSecrets }) => joinNames(imagePullSecrets.listed) },
  {
    heading: "ADDED",
    style: "green",
    ofObject: ({ imagePullSecrets: { serviceAccount, added } }) => joinNames([...serviceAccount, ...added]),
  },
];

const SECRET_COLUMNS: readonly Column[] = [
  { heading: "SECRET", style: "bold" },
  { heading: "STATUS" },
  { heading: "REGISTRIES" },
  { heading: "REASON" },
];

/** Longest cell of the narrow table, in characters. */
const MAX_CELL = 56;

/**
 * Gives the report as a table for `stream`; colours are for a terminal. A wide one shows containers, repositories, every
 * credential and what is ignored, and cuts nothing.
 */
export function tableReport(isWide: boolean, stream: NodeJS.WritableStream): Report {
  const paint = createPaint(stream);
  const columns = COLUMNS.filter((column) => isWide || column.isWide !== true);
  return async function* renderReport(items, { credentials, ignored }) {
    const lines: TableLine[] = [];
    const counts = { inject: 0, skip: 0 };
    for await (const item of items) {
      if (item.type === "ignored") continue;
      counts[item.explained.decision] += 1;
      lines.push(...linesOf(item.explained, columns, isWide ? escapeText : showShort));
    }
    if (lines.length > 0) yield `${renderTable(lines, columns, paint)}\n`;
    if (isWide) yield renderDetails({ credentials, ignored }, paint);
    yield* renderFindings(credentials, paint);
    const others = ignored.length === 0 ? "" : `, ${ignored.length} ignored`;
    yield `${counts.inject} to inject, ${counts.skip} to leave as they are${others}\n`;
  };
}

function linesOf(
  object: ExplainedObject,
  columns: readonly ReportColumn[],
  show: (text: string) => string,
): readonly TableLine[] {
  const images = object.images.length === 0 ? [undefined] : object.images;
  const rows = images.map((image, index) => ({
    cells: columns.map(({ ofObject, ofImage }) => {
      if (ofObject !== undefined) return index === 0 ? show(ofObject(object)) : "";
      return image === undefined || ofImage === undefined ? "-" : show(ofImage(image));
    }),
  }));
  const notes: TableLine[] = object.warnings.map((warning) => ({ note: `  warning: ${warning}`, style: "yellow" }));
  if (object.reason !== null) {
    notes.unshift({ note: `  left as it is: ${sentenceOfReason(object.reason)}`, style: "dim" });
  }
  return [...rows, ...notes, ...linesOfImages(object)];
}

/** What keeps a credential from an image, once for each image. */
function linesOfImages({ images }: ExplainedObject): readonly TableLine[] {
  const notes = images.flatMap(({ image, nearMiss, outOfUse }) => {
    const sentence = nearMiss === null ? outOfUse && sentenceOfOutOfUse(outOfUse) : sentenceOfNearMiss(nearMiss);
    return sentence === null ? [] : [`  ${showShort(image)}: ${sentence}`];
  });
  return [...new Set(notes)].map((note) => ({ note, style: "yellow" }));
}

function joinNames(names: readonly string[]): string {
  return names.join(", ") || "-";
}

/** Escaped and cut in its middle. */
function showShort(text: string): string {
  return quoteText(text, MAX_CELL + 2).slice(1, -1);
}

/** A line for each finding: the Secret, what is not right with it, and what to do. */
function* renderFindings(credentials: readonly ExplainedCredential[], paint: Paint): Generator<string> {
  for (const { namespace, name, findings } of credentials) {
    for (const { sentence, remedy } of findings) {
      const line = `Secret ${escapeText(`${namespace}/${name}`)}: ${sentence}${remedy === null ? "" : `; ${remedy}`}`;
      yield `${paint("yellow", line)}\n`;
    }
  }
}

function renderDetails({ credentials, ignored }: ReportSummary, paint: Paint): string {
  const secrets = credentials.map(({ namespace, name, status, registries, reason }) => ({
    cells: [escapeText(`${namespace}/${name}`), status, escapeText(joinNames(registries)), reason ?? "-"],
  }));
  const others = ignored.map(({ kind, namespace, name }) => ({ cells: [escapeText(`${kind} ${namespace}/${name}`)] }));
  return (
    (secrets.length > 0 ? `${renderTable(secrets, SECRET_COLUMNS, paint)}\n` : "") +
    (others.length > 0 ? `${renderTable(others, [{ heading: "IGNORED" }], paint)}\n` : "")
  );
}
