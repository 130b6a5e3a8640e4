/** `pullring explain`: tells what would be injected, and why, from manifests or from a cluster. It changes nothing. */
import { explainRequest } from "../../core/admission/explanation.ts";
import { describeFault } from "../../files/manifest-fault.ts";
import type { CommandContext } from "../command.ts";
import type { FlagValues } from "../flags/flag.ts";
import { readVersion } from "../version.ts";
import { type KnownCredentials, readClusterCredentials, readManifestCredentials } from "./credentials.ts";
import { type IgnoredItem, type InputItem, readInput } from "./input.ts";
import { JsonReport } from "./json.ts";
import type { ExplainFlags, OutputFormat } from "./options.ts";
import type { ReportWriter } from "./report.ts";
import { TableReport } from "./table.ts";
import { TextOutput } from "./text-output.ts";

/**
 * Explains the input. What can be read is explained even if something else is broken.
 * @returns 0 when all was explained; 2 when some input is broken or unreadable, each fault being told on standard error
 * @throws ConfigError when neither manifests nor a cluster are there to decide with
 */
export async function explain(flags: FlagValues<ExplainFlags>, context: CommandContext): Promise<number> {
  const { known, input } = await readAll(flags);
  const faults = [...known.faults];
  const output = new TextOutput(context.stdout);
  const report = await openReport(flags.output, output, context.hasColour);
  const passedOver: IgnoredItem[] = [];
  for await (const item of input) {
    if (item.type === "request") {
      await report.writeObject(explainRequest(item.request, known.view));
    } else if (item.type === "fault") {
      faults.push(describeFault(item.fault));
    } else {
      passedOver.push(item.passedOver);
    }
  }
  await report.writeEnd({ credentials: known.list(), passedOver });
  await output.flush();
  const notes = [...known.notes, ...noteOnSecrets(passedOver, known)];
  context.stderr.write(notes.map((note) => `note: ${note}\n`).join(""));
  context.stderr.write(faults.map((fault) => `pullring: ${fault}\n`).join(""));
  return faults.length === 0 ? 0 : 2;
}

interface Everything {
  readonly known: KnownCredentials;
  readonly input: AsyncIterable<InputItem> | Iterable<InputItem>;
}

/** Only the input tells which namespaces of a cluster to read, so it is read as a whole first. */
async function readAll(flags: FlagValues<ExplainFlags>): Promise<Everything> {
  const { filename, credentials, namespace } = flags;
  const input = readInput(filename, namespace);
  if (credentials.length > 0) {
    return { known: await readManifestCredentials(credentials, namespace), input };
  }
  const items: InputItem[] = [];
  for await (const item of input) {
    items.push(item);
  }
  const namespaces = items.flatMap((item) => (item.type === "request" ? [item.request.namespace] : []));
  const choice = { namespaces: [...new Set(namespaces)], version: readVersion() };
  return { known: await readClusterCredentials(flags, choice), input: items };
}

async function openReport(
  format: OutputFormat,
  output: TextOutput,
  hasColour: boolean,
): Promise<ReportWriter> {
  if (format === "json") {
    return new JsonReport(output);
  }
  if (format === "yaml") {
    const { YamlReport } = await import("./yaml.ts");
    return new YamlReport(output);
  }
  return new TableReport(output, { isWide: format === "wide", hasColour });
}

/** Secrets among the objects are no credentials: what is explained and what is known stay apart. */
function noteOnSecrets(passedOver: readonly IgnoredItem[], known: KnownCredentials): readonly string[] {
  const unused = passedOver.filter(
    ({ kind, namespace, name }) =>
      kind === "Secret" && !known.view(namespace, "").keyring.credentials.has(name),
  );
  return unused.length === 0
    ? []
    : [`${unused.length} Secrets of the input are not used; name their files with --credentials as well`];
}
