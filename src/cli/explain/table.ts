/** Shows a report to a person: a row for each image, with what is done and why below. All outside text is escaped. */
import type { ExplainedImage } from "../../core/admission/explanation.ts";
import { escapeText, quoteText } from "../../core/quoted-text.ts";
import { lineOf } from "../../core/sentences/credential.ts";
import { sentenceOfNearMiss, sentenceOfOtherRegistries, sentenceOfOutOfUse } from "../../core/sentences/image.ts";
import { sentenceOfNotServed, sentenceOfWhereabouts } from "../../core/sentences/object.ts";
import { nameOfLogin } from "../../core/sentences/registry.ts";
import { sentenceOfReason } from "../../core/sentences/skip-reason.ts";
import type { SkipReason } from "../../core/verdicts/skip-reason.ts";
import { LIVE_COLUMNS, linesOfLive } from "./live-table.ts";
import type { Explained, ExplainedCredential, Report, ReportSummary } from "./report.ts";
import { linesOfShared } from "./shared-lines.ts";
import { type Column, createPaint, type Paint, renderTable, type TableLine } from "./text-table.ts";

/** A column with what it says of an object, in its first row, or of each image. */
interface ReportColumn extends Column {
  readonly isWide?: true;
  /** Longest cell of the narrow table, in characters; missing: cells are not cut. */
  readonly maxLength?: number;
  readonly ofObject?: (object: Explained) => string;
  readonly ofImage?: (image: ExplainedImage) => string;
}

/** Longest image in the narrow table and the lines below it, in characters. */
const IMAGE_LENGTH = 120;

const COLUMNS: readonly ReportColumn[] = [
  {
    heading: "OBJECT",
    style: "bold",
    ofObject: ({ kind, namespace, name }) => `${kind} ${namespace}/${name || "(no name yet)"}`,
  },
  { heading: "CONTAINER", isWide: true, ofImage: ({ container }) => container ?? "(volume)" },
  { heading: "IMAGE", maxLength: IMAGE_LENGTH, ofImage: ({ image }) => image },
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

/**
 * Gives the report as a table for `stream`; colours are for a terminal. A wide one shows containers, repositories, every
 * credential and what is ignored, and cuts no image.
 */
export function tableReport(isWide: boolean, stream: NodeJS.WritableStream): Report {
  const paint = createPaint(stream);
  const columns = COLUMNS.filter((column) => isWide || column.isWide !== true);
  return async function* renderReport(items, { credentials, ignored }) {
    const lines: TableLine[] = [];
    const counts = { inject: 0, skip: 0 };
    let isLive = false;
    for await (const item of items) {
      if (item.type === "ignored") continue;
      const { live } = item.explained;
      isLive ||= live !== null;
      counts[item.explained.decision] += 1;
      lines.push(
        ...(live === null ? linesOf(item.explained, columns, isWide) : linesOfLive(item.explained, live, isWide)),
        ...linesOfTrials(item.explained.trials),
      );
    }
    if (lines.length > 0) yield `${renderTable(lines, isLive ? LIVE_COLUMNS : columns, paint)}${isLive ? "" : "\n"}`;
    if (isWide)
      yield `${isLive ? "\n" : ""}${renderDetails({ credentials, ignored: ignored.filter(isOfNoUse) }, paint)}`;
    if (isWide || !isLive) yield* renderFindings(credentials, paint);
    if (!isLive) yield summaryOf(counts, ignored);
  };
}

/** Kinds that are not explained themselves, and yet decide with. */
const KINDS_OF_USE = new Set(["Secret", "ServiceAccount", "Namespace", "SealedSecret", "ExternalSecret"]);

function isOfNoUse({ kind }: ReportSummary["ignored"][number]): boolean {
  return !KINDS_OF_USE.has(kind);
}

/** Nothing is counted where nothing was read. */
function summaryOf(
  { inject, skip }: { readonly inject: number; readonly skip: number },
  ignored: ReportSummary["ignored"],
): string {
  if (inject + skip > 0) {
    const count = ignored.filter(isOfNoUse).length;
    const others = count === 0 ? "" : `, ${count} ignored`;
    return `${inject} to inject, ${skip} to leave as ${skip === 1 ? "it is" : "they are"}${others}\n`;
  }
  return ignored.length === 0
    ? ""
    : `nothing to explain: no Pod and no workload among ${countOf(ignored.length, "object")}\n`;
}

/** @example countOf(1, "Secret") // "1 Secret" */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function linesOf(object: Explained, columns: readonly ReportColumn[], isWide: boolean): readonly TableLine[] {
  const images = object.images.length === 0 ? [undefined] : object.images;
  const rows = images.map((image, index) => ({
    cells: columns.map(({ ofObject, ofImage, maxLength }) => {
      const show = (text: string): string =>
        isWide || maxLength === undefined ? escapeText(text) : quoteText(text, maxLength + 2).slice(1, -1);
      if (ofObject !== undefined) return index === 0 ? show(ofObject(object)) : "";
      return image === undefined || ofImage === undefined ? "-" : show(ofImage(image));
    }),
  }));
  const { reason, operation, whereabouts } = object;
  // A near miss has a line of its own, with more words.
  const warnings = object.warnings.filter((_, index) => object.warningCodes[index]?.code !== "near-miss");
  const notes: TableLine[] = [
    ...(operation === "UPDATE"
      ? [{ note: `  exists already: ${sentenceOfUpdate(reason)}`, style: "dim" } as const]
      : []),
    ...(reason === null ? [] : [{ note: `  left as it is: ${describeReason(reason, object)}`, style: "dim" } as const]),
    ...linesOfShared(object),
    ...warnings.map((warning) => ({ note: `  warning: ${warning}`, style: "yellow" }) as const),
    ...whereabouts.map((place) => ({ note: `  ${sentenceOfWhereabouts(place)}`, style: "yellow" }) as const),
  ];
  return [...rows, ...notes, ...linesOfImages(object)];
}

/** What keeps a credential from an image, once for each image. */
function linesOfImages({ images }: Explained): readonly TableLine[] {
  const notes = images.flatMap(({ image, nearMiss, outOfUse }) => {
    const sentence = nearMiss === null ? outOfUse && sentenceOfOutOfUse(outOfUse) : sentenceOfNearMiss(nearMiss);
    return sentence === null ? [] : [`  ${quoteText(image, IMAGE_LENGTH + 2).slice(1, -1)}: ${sentence}`];
  });
  return [...new Set(notes)].map((note) => ({ note, style: "yellow" }));
}

/** What the registries say: of several logins each, and then what comes of it. */
function linesOfTrials(trials: Explained["trials"]): readonly TableLine[] {
  if (trials?.length === 0) return [{ note: "  --try: there is no image to ask a registry for", style: "dim" }];
  return (trials ?? []).flatMap(({ image, verdict, attempts }): readonly TableLine[] => {
    const name = quoteText(image, IMAGE_LENGTH + 2).slice(1, -1);
    const each = attempts.length < 2 ? [] : attempts;
    return [
      ...each.map((attempt) => {
        const key = attempt.registry === null ? "" : `, key ${quoteText(attempt.registry, IMAGE_LENGTH)}`;
        return { note: `  ${name}: ${nameOfLogin(attempt.secret)}${key}: ${attempt.sentence}`, style: "dim" } as const;
      }),
      { note: `  ${name}: ${lineOf(verdict)}`, style: verdict.code === "would-pull" ? "green" : "yellow" },
    ];
  });
}

function sentenceOfUpdate(reason: Explained["reason"]): string {
  const pods = reason === "unchanged-template" ? "; Pods that are made of it from now on get what they need" : "";
  return `explained as its update${pods}`;
}

function describeReason(
  reason: NonNullable<Explained["reason"]>,
  { notServed, otherRegistries }: Pick<Explained, "notServed" | "otherRegistries">,
): string {
  if (notServed !== null) return sentenceOfNotServed(notServed);
  const others = otherRegistries === null ? "" : `; ${sentenceOfOtherRegistries(otherRegistries)}`;
  return sentenceOfReason(reason as SkipReason) + others;
}

function joinNames(names: readonly string[]): string {
  return names.join(", ") || "-";
}

/** Most lines of one finding for one Secret: what is wrong with more entries than that is wrong with all of them. */
const MAX_LINES_PER_FINDING = 3;

/** A line for each finding: the Secret, what is not right with it, and what to do. */
function* renderFindings(credentials: readonly ExplainedCredential[], paint: Paint): Generator<string> {
  for (const { namespace, name, findings } of credentials) {
    const secret = `Secret ${escapeText(`${namespace}/${name}`)}`;
    const counts = new Map<string, number>();
    for (const finding of findings) {
      const { code } = finding;
      const count = (counts.get(code) ?? 0) + 1;
      counts.set(code, count);
      const line = `${secret}: ${lineOf(finding)}`;
      if (count <= MAX_LINES_PER_FINDING) yield `${paint("yellow", line)}\n`;
    }
    for (const [code, count] of counts) {
      const more = count - MAX_LINES_PER_FINDING;
      if (more > 0) yield `${paint("yellow", `${secret}: ${more} more of ${code}; -o json shows them`)}\n`;
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
