/** Shows a report to a person: a row for each image, with what is done and why below. All outside text is escaped. */
import type { ExplainedImage, ExplainedObject } from "../../core/admission/explanation.ts";
import { SKIP_REASONS } from "../../core/admission/skip-reason.ts";
import { escapeText, quoteText } from "../../core/quoted-text.ts";
import type { IgnoredObject } from "./input.ts";
import type { ExplainedCredential, Report } from "./report.ts";
import { type Column, createPaint, type Paint, renderTable, type TableLine } from "./text-table.ts";

/** @see tableReport */
export interface TableOptions {
  /** Shows containers, repositories, every credential and what is ignored, and cuts nothing. */
  readonly isWide: boolean;
  /** Where the table goes; colours are for a terminal. */
  readonly stream: NodeJS.WritableStream;
}

/** Longest cell of the narrow table, in characters. */
const MAX_CELL = 56;

const NARROW: readonly Column[] = [
  { heading: "OBJECT", style: "bold" },
  { heading: "IMAGE" },
  { heading: "CREDENTIALS" },
  { heading: "ADDED", style: "green" },
];

const WIDE: readonly Column[] = [
  { heading: "OBJECT", style: "bold" },
  { heading: "CONTAINER" },
  { heading: "IMAGE" },
  { heading: "REPOSITORY" },
  { heading: "CREDENTIALS" },
  { heading: "LISTED" },
  { heading: "ADDED", style: "green" },
];

/** Gives the report as a table. */
export function tableReport({ isWide, stream }: TableOptions): Report {
  const paint = createPaint(stream);
  return async function* renderReport(items, credentials) {
    const lines: TableLine[] = [];
    const ignored: IgnoredObject[] = [];
    const counts = { inject: 0, skip: 0 };
    for await (const item of items) {
      if (item.type === "ignored") {
        ignored.push(item.ignored);
      } else {
        counts[item.explained.decision] += 1;
        lines.push(...linesOfObject(item.explained, isWide));
      }
    }
    if (lines.length > 0) yield `${renderTable(lines, isWide ? WIDE : NARROW, paint)}\n`;
    yield isWide ? renderDetails(credentials, ignored, paint) : renderMalformed(credentials, paint);
    const others = ignored.length === 0 ? "" : `, ${ignored.length} ignored`;
    yield `${counts.inject} to inject, ${counts.skip} to leave as they are${others}\n`;
  };
}

function linesOfObject(object: ExplainedObject, isWide: boolean): readonly TableLine[] {
  const { listed, serviceAccount, added } = object.imagePullSecrets;
  const show = isWide ? escapeText : showShort;
  const title = show(`${object.kind} ${object.namespace}/${object.name || "(no name yet)"}`);
  const injected = joinNames([...serviceAccount, ...added], show);
  const last = isWide ? [joinNames(listed, show), injected] : [injected];
  const noImage = isWide ? ["-", "-", "-", "-"] : ["-", "-"];
  const images = object.images.length === 0 ? [noImage] : object.images.map((image) => cellsOfImage(image, isWide));
  const rows = images.map((cells, index) => ({
    cells: index === 0 ? [title, ...cells, ...last] : ["", ...cells],
  }));
  return [...rows, ...notesOf(object)];
}

function notesOf({ reason, warnings }: ExplainedObject): readonly TableLine[] {
  const why = reason === null ? [] : [`  left as it is: ${SKIP_REASONS[reason]}`];
  return [
    ...why.map((note) => ({ note, style: "dim" as const })),
    ...warnings.map((warning) => ({ note: `  warning: ${warning}`, style: "yellow" as const })),
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

function renderMalformed(credentials: readonly ExplainedCredential[], paint: Paint): string {
  return credentials
    .filter(({ status }) => status === "malformed")
    .map(({ namespace, name, reason }) => {
      const secret = showShort(`${namespace}/${name}`);
      return `${paint("yellow", `malformed Secret ${secret}: ${reason}; the kubelet cannot use it`)}\n`;
    })
    .join("");
}

function renderDetails(
  credentials: readonly ExplainedCredential[],
  ignored: readonly IgnoredObject[],
  paint: Paint,
): string {
  const secrets = credentials.map(({ namespace, name, status, registries, reason }) => ({
    cells: [
      escapeText(`${namespace}/${name}`),
      status,
      registries.length === 0 ? "-" : escapeText(registries.join(", ")),
      reason ?? "-",
    ],
  }));
  const others = ignored.map(({ kind, namespace, name }) => ({
    cells: [escapeText(`${kind} ${namespace}/${name}`)],
  }));
  const columns: readonly Column[] = [
    { heading: "SECRET", style: "bold" },
    { heading: "STATUS" },
    { heading: "REGISTRIES" },
    { heading: "REASON" },
  ];
  return (
    (secrets.length > 0 ? `${renderTable(secrets, columns, paint)}\n` : "") +
    (others.length > 0 ? `${renderTable(others, [{ heading: "IGNORED" }], paint)}\n` : "")
  );
}
