/** `pullring explain`: explains what would be injected, and why, from manifests or from a cluster. It changes nothing. */
import { once } from "node:events";
import type { ExplainedObject } from "../../core/admission/explanation.ts";
import { templatePath } from "../../core/admission/pod-template.ts";
import { escapeText } from "../../core/quoted-text.ts";
import { sentenceOfMisplaced, sentenceOfUnreadable } from "../../core/sentences/object.ts";
import {
  findMisplacedList,
  findMisplacedListOfAccount,
  type MisplacedList,
} from "../../core/verdicts/misplaced-list.ts";
import { findUnreadableField } from "../../core/verdicts/unreadable-field.ts";
import { findWhereabouts } from "../../core/verdicts/whereabouts.ts";
import { describeManifestError } from "../../files/manifest-error.ts";
import type { CommandContext } from "../command.ts";
import { explainItems } from "./explain-items.ts";
import type { IgnoredObject, InputItem, InputRequest } from "./input.ts";
import { renderJson } from "./json.ts";
import type { Known } from "./known.ts";
import type { ExplainOptions, OutputFormat } from "./options.ts";
import { readKnown } from "./read-known.ts";
import type { ImageTrial, Report, ReportItem, SharedSecret } from "./report.ts";
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
  const { explained, wanted, directory, reports, unexplained } = await explainItems(known);
  const trials = await tryRegistries([...explained.values()], options, known);
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
        yield {
          type: "explained",
          explained: {
            ...object,
            whereabouts,
            shared: sharedSecretsOf(object, known),
            live,
            trials: trials.get(object) ?? null,
          },
          object: item.request.object,
        };
      }
    }
  }
  const report = await loadReport(options.output, stdout);
  for await (const text of report(reportItems(), { credentials: known.list(), ignored })) {
    if (!stdout.write(text)) await once(stdout, "drain");
  }
  const errors = [
    ...known.errors(),
    ...[...unexplained].map(([item, message]) => errorOf(item, message)),
    ...items.flatMap((item) => (item.type === "error" ? item.error : [])),
    ...[...explained].flatMap(([item, { reason }]) => errorsOfShape(item, reason === "unreadable-object")),
  ];
  if (items.length === 0 && errors.length === 0 && args.length === 0) errors.push("the input has no object");
  const notes = [...known.notes(), ...items.flatMap(noteOnMisplaced), ...noteOnIgnored(ignored, options.output)];
  // The same file may be given as input and as credentials.
  stderr.write([...new Set(notes)].map((note) => `note: ${note}\n`).join(""));
  stderr.write([...new Set(errors)].map((error) => `pullring: ${error}\n`).join(""));
  return errors.length === 0 ? 0 : 2;
}

/** In the order of the list that it has in the end. */
function sharedSecretsOf({ namespace, imagePullSecrets }: ExplainedObject, known: Known): readonly SharedSecret[] {
  return [...new Set(imagePullSecrets.effective)].flatMap((secret) => {
    const shared = known.sharedFrom({ namespace, name: secret });
    return shared === undefined ? [] : [{ secret, from: shared.namespace, isThere: shared.isThere }];
  });
}

/** Nothing of it is loaded unless it is asked for. */
async function tryRegistries(
  objects: readonly ExplainedObject[],
  options: ExplainOptions,
  known: Known,
): Promise<ReadonlyMap<ExplainedObject, readonly ImageTrial[]>> {
  if (options.try !== true) return new Map();
  const { RegistryTrial, readExchangeOptions } = await import("./registry-trial.ts");
  const trial = new RegistryTrial(known, await readExchangeOptions(options));
  return new Map(await Promise.all(objects.map(async (object) => [object, await trial.run(object)] as const)));
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

function noteOnMisplaced(item: InputItem): readonly string[] {
  if (item.type === "error") return [];
  const { namespace, name } = item.type === "request" ? item.request : item.ignored;
  const kind = item.type === "request" ? item.request.kind.kind : item.ignored.kind;
  const misplaced = findMisplaced(item);
  return misplaced === undefined ? [] : [`${placeOf({ kind, namespace, name })}: ${sentenceOfMisplaced(misplaced)}`];
}

function findMisplaced(item: Exclude<InputItem, { readonly type: "error" }>): MisplacedList | undefined {
  if (item.type === "ignored") {
    const isAccount = item.ignored.kind === "ServiceAccount" && item.object.apiVersion === "v1";
    return isAccount ? findMisplacedListOfAccount(item.object) : undefined;
  }
  const { kind, object } = item.request;
  return object && findMisplacedList(object, templatePath(kind) ?? []);
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
