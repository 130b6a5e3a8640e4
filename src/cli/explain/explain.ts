/** `pullring explain`: explains what would be injected, and why, from manifests or from a cluster. It changes nothing. */
import { once } from "node:events";
import { type ExplainedObject, explainRequest } from "../../core/admission/explanation.ts";
import { templatePath } from "../../core/admission/pod-template.ts";
import { AppError } from "../../core/app-error.ts";
import { escapeText } from "../../core/quoted-text.ts";
import { sentenceOfMisplaced, sentenceOfUnreadable } from "../../core/sentences/object.ts";
import { findMisplacedList } from "../../core/verdicts/misplaced-list.ts";
import { findUnreadableField } from "../../core/verdicts/unreadable-field.ts";
import { findWhereabouts, type WantedSecrets } from "../../core/verdicts/whereabouts.ts";
import { describeManifestError } from "../../files/manifest-error.ts";
import type { CommandContext } from "../command.ts";
import type { IgnoredObject, InputRequest } from "./input.ts";
import { renderJson } from "./json.ts";
import { readKnown } from "./known.ts";
import { reportLive, subjectOf } from "./live-report.ts";
import type { ExplainOptions, OutputFormat } from "./options.ts";
import type { LiveReport, Report, ReportItem } from "./report.ts";
import { countOf, tableReport } from "./table.ts";

/**
 * Explains the input. What can be read is explained even if something else is broken.
 * @returns 0 when all was explained; 2 when some input is broken or unreadable, with one line for each error on standard error
 * @throws ConfigError when neither manifests nor a cluster are there to decide with
 */
export async function explain(
  options: ExplainOptions,
  { stdout, stderr }: CommandContext,
  args: readonly string[],
): Promise<number> {
  const known = await readKnown(options, args);
  const { items } = known;
  const unexplained: string[] = [];
  const explained = new Map(
    items.flatMap((item) => {
      if (item.type !== "request") return [];
      const whyNotServed = item.isRecorded ? undefined : known.whyNotServed;
      try {
        const object = explainRequest(item.request, known.view, whyNotServed);
        return [[item, item.live === undefined ? object : { ...object, kind: item.live.kind.kind }] as const];
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        unexplained.push(errorOf(item, error.message));
        return [];
      }
    }),
  );
  const wanted = new Map([...explained.values()].map((object) => [object, wantedSecretsOf(object)]));
  const subjects = new Map(
    [...explained].flatMap(([{ live }, object]) =>
      live === undefined ? [] : [[object, subjectOf(live, object, known)]],
    ),
  );
  const ofSubjects = new Map([...subjects].map(([object, subject]) => [object, wantedSecretsOf(subject.explained)]));
  const directory = await known.openDirectory([...wanted.values(), ...ofSubjects.values()]);
  const reports = new Map<ExplainedObject, LiveReport>();
  await Promise.all(
    [...subjects].map(async ([object, subject]) => {
      const whereabouts = findWhereabouts(ofSubjects.get(object) as WantedSecrets, directory);
      reports.set(object, await reportLive(subject, whereabouts, known));
    }),
  );
  known.close();
  const ignored = items.flatMap((item) => (item.type === "ignored" ? item.ignored : []));
  async function* reportItems(): AsyncGenerator<ReportItem, void, void> {
    for (const item of items) {
      if (item.type === "error") continue;
      const object = item.type === "request" ? explained.get(item) : undefined;
      const secrets = object && wanted.get(object);
      if (item.type === "ignored") yield item;
      else if (object !== undefined && secrets !== undefined) {
        const whereabouts = findWhereabouts(secrets, directory);
        const live = reports.get(object) ?? null;
        yield { type: "explained", explained: { ...object, whereabouts, live }, object: item.request.object };
      }
    }
  }
  const report = await loadReport(options.output, stdout);
  for await (const text of report(reportItems(), { credentials: known.list(), ignored })) {
    if (!stdout.write(text)) await once(stdout, "drain");
  }
  const errors = [
    ...known.errors(),
    ...unexplained,
    ...items.flatMap((item) => (item.type === "error" ? item.error : [])),
    ...[...explained].flatMap(([item, { reason }]) => errorsOfShape(item, reason === "unreadable-object")),
  ];
  if (items.length === 0 && errors.length === 0 && args.length === 0) errors.push("the input has no object");
  const notes = [
    ...known.notes(),
    ...[...explained.keys()].flatMap(noteOnMisplaced),
    ...noteOnIgnored(ignored, options.output),
  ];
  // The same file may be given as input and as credentials.
  stderr.write([...new Set(notes)].map((note) => `note: ${note}\n`).join(""));
  stderr.write([...new Set(errors)].map((error) => `pullring: ${error}\n`).join(""));
  return errors.length === 0 ? 0 : 2;
}

/** What is said to be missing has to be known for certain not to be public: nobody makes a pull Secret for these. */
const PUBLIC_REPOSITORY = /^(?:docker\.io\/library|registry\.k8s\.io)\//;

function wantedSecretsOf({ namespace, imagePullSecrets, images }: ExplainedObject): WantedSecrets {
  const unserved = images.flatMap(({ image, repository, credentials }) =>
    repository === null || credentials.length > 0 || PUBLIC_REPOSITORY.test(repository) ? [] : [{ image, repository }],
  );
  const { effective: names, listed, added } = imagePullSecrets;
  const namesOfAccount = names.filter((name) => !listed.includes(name) && !added.includes(name));
  return { namespace, names, namesOfAccount, unserved };
}

/** YAML is loaded only when it is asked for. */
async function loadReport(format: OutputFormat, stream: NodeJS.WritableStream): Promise<Report> {
  switch (format) {
    case "json":
      return renderJson;
    case "yaml":
      return (await import("./yaml.ts")).renderYaml;
    case "manifest":
      return (await import("./yaml.ts")).renderManifests;
    default:
      return tableReport(format === "wide", stream);
  }
}

function placeOf({
  kind,
  namespace,
  name,
}: {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}): string {
  return escapeText(`${kind} ${namespace}/${name || "(no name yet)"}`);
}

function errorOf({ request: { kind, namespace, name }, path }: InputRequest, sentence: string): string {
  const reason = `${placeOf({ kind: kind.kind, namespace, name })}: ${sentence}`;
  return describeManifestError({ path, line: null, reason });
}

/** A field may be none that decides, and still be one for which the API server refuses the object. */
function errorsOfShape(item: InputRequest, isUnreadable: boolean): readonly string[] {
  const { kind, object } = item.request;
  if (item.live !== undefined) return [];
  const field = isUnreadable || !item.isRecorded ? findUnreadableField(object, templatePath(kind) ?? []) : undefined;
  if (field !== undefined) return [errorOf(item, sentenceOfUnreadable(field))];
  return isUnreadable ? [errorOf(item, "it does not have the shape of its kind")] : [];
}

function noteOnMisplaced({ request: { kind, namespace, name, object } }: InputRequest): readonly string[] {
  const misplaced = object && findMisplacedList(object, templatePath(kind) ?? []);
  if (misplaced === undefined) return [];
  return [`${placeOf({ kind: kind.kind, namespace, name })}: ${sentenceOfMisplaced(misplaced)}`];
}

function noteOnIgnored(ignored: readonly IgnoredObject[], output: OutputFormat): readonly string[] {
  const custom = ignored
    .filter(({ podTemplate }) => podTemplate !== undefined)
    .map((object) => `${placeOf(object)}: pullring leaves this kind alone; its Pods are served when they are made`);
  const secrets = ignored.filter(({ kind }) => kind === "Secret").length;
  if (output !== "manifest" || secrets === 0) return custom;
  return [
    ...custom,
    `${countOf(secrets, "Secret")} of the input ${secrets === 1 ? "is" : "are"} left out of the output`,
  ];
}
