/** `pullring explain`: explains what would be injected, and why, from manifests or from a cluster. It changes nothing. */
import { once } from "node:events";
import { explainRequest } from "../../core/admission/explanation.ts";
import type { CommandContext } from "../command.ts";
import { type KnownCredentials, readManifestCredentials } from "./credentials.ts";
import { type IgnoredObject, type InputItem, readInput } from "./input.ts";
import { renderJson } from "./json.ts";
import type { ExplainOptions, OutputFormat } from "./options.ts";
import type { Report, ReportItem } from "./report.ts";
import { tableReport } from "./table.ts";

/**
 * Explains the input. What can be read is explained even if something else is broken.
 * @returns 0 when all was explained; 2 when some input is broken or unreadable, with one line for each error on standard error
 * @throws ConfigError when neither manifests nor a cluster are there to decide with
 */
export async function explain(options: ExplainOptions, { stdout, stderr }: CommandContext): Promise<number> {
  const { known, input } = await readAll(options);
  const errors = [...known.errors];
  const ignored: IgnoredObject[] = [];
  async function* explainInput(): AsyncGenerator<ReportItem, void, void> {
    for await (const item of input) {
      if (item.type === "error") {
        errors.push(item.error);
      } else if (item.type === "ignored") {
        ignored.push(item.ignored);
        yield item;
      } else {
        const { request } = item;
        yield { type: "explained", explained: explainRequest(request, known.view), object: request.object };
      }
    }
  }
  const report = await loadReport(options.output, stdout);
  for await (const text of report(explainInput(), { credentials: known.list(), ignored })) {
    if (!stdout.write(text)) await once(stdout, "drain");
  }
  const notes = [...known.notes, ...noteOnSecrets(ignored, known, options.output)];
  stderr.write(notes.map((note) => `note: ${note}\n`).join(""));
  stderr.write(errors.map((error) => `pullring: ${error}\n`).join(""));
  return errors.length === 0 ? 0 : 2;
}

/** Only the input names the namespaces of a cluster to read, so it is then read as a whole first. */
async function readAll(
  options: ExplainOptions,
): Promise<{ readonly known: KnownCredentials; readonly input: AsyncIterable<InputItem> | Iterable<InputItem> }> {
  const { filename, credentials, namespace } = options;
  const input = readInput(filename, namespace);
  if (credentials.length > 0) return { known: await readManifestCredentials(credentials, namespace), input };
  const items: InputItem[] = [];
  for await (const item of input) items.push(item);
  const namespaces = new Set(items.flatMap((item) => (item.type === "request" ? [item.request.namespace] : [])));
  const { readClusterCredentials } = await import("./cluster-credentials.ts");
  return { known: await readClusterCredentials(options, [...namespaces]), input: items };
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

/** Secrets among the objects are no credentials: what is explained and what is known stay apart. */
function noteOnSecrets(
  ignored: readonly IgnoredObject[],
  known: KnownCredentials,
  output: OutputFormat,
): readonly string[] {
  const secrets = ignored.filter(({ kind }) => kind === "Secret");
  const unused = secrets.filter(({ namespace, name }) => !known.view(namespace, "").keyring.credentials.has(name));
  const notes: string[] = [];
  if (unused.length > 0) {
    notes.push(`${unused.length} Secrets of the input are not used; name their files with --credentials as well`);
  }
  if (output === "manifest" && secrets.length > 0) {
    notes.push(`${secrets.length} Secrets of the input are left out of the output`);
  }
  return notes;
}
