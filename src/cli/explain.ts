/** `pullring explain`: tells offline what would be injected, and why. Loads nothing that serves or talks to a cluster. */
import { explainRequest } from "../core/explanation.ts";
import { escapeText } from "../core/quoted-text.ts";
import { type CredentialFile, readCredentialFile } from "../files/credential-manifest.ts";
import { CredentialSet } from "../files/credential-set.ts";
import { describeFault } from "../files/manifest-fault.ts";
import { readManifestFiles } from "../files/manifest-files.ts";
import type { CommandContext } from "./command.ts";
import type { ExplainFlags, OutputFormat } from "./explain-flags.ts";
import { type PassedOver, readInput } from "./explain-input.ts";
import { JsonReport } from "./explain-json.ts";
import { explainCredentials, type ReportWriter } from "./explain-report.ts";
import { TableReport } from "./explain-table.ts";
import type { FlagValues } from "./flag.ts";
import { TextOutput } from "./text-output.ts";

/**
 * Explains the input. What can be read is explained even if something else is broken.
 * @returns 0 when all was explained; 2 when some input is broken, each fault being told on standard error
 */
export async function explain(flags: FlagValues<ExplainFlags>, context: CommandContext): Promise<number> {
  const { filename, credentials, namespace, output: format } = flags;
  const files = await readCredentialFiles(credentials, namespace);
  const set = new CredentialSet(files);
  const faults = files.flatMap((file) => file.faults.map(describeFault));
  const notes = set.duplicates.map(
    (duplicate) =>
      `${duplicate.kind} ${escapeText(`${duplicate.namespace}/${duplicate.name}`)} is described more than once; the last one, in ${escapeText(duplicate.path)}, counts`,
  );
  const output = new TextOutput(context.stdout);
  const report = await openReport(format, output, context.hasColour);
  const passedOver: PassedOver[] = [];
  for await (const item of readInput(filename, namespace)) {
    if (item.type === "request") {
      await report.writeObject(explainRequest(item.request, set.view.bind(set)));
    } else if (item.type === "fault") {
      faults.push(describeFault(item.fault));
    } else {
      passedOver.push(item.passedOver);
    }
  }
  await report.writeEnd({ credentials: explainCredentials(set), passedOver });
  await output.flush();
  notes.push(...noteOnSecrets(passedOver, set));
  context.stderr.write(notes.map((note) => `note: ${note}\n`).join(""));
  context.stderr.write(faults.map((fault) => `pullring: ${fault}\n`).join(""));
  return faults.length === 0 ? 0 : 2;
}

async function readCredentialFiles(
  paths: readonly string[],
  namespace: string,
): Promise<readonly CredentialFile[]> {
  const files: CredentialFile[] = [];
  for await (const file of readManifestFiles(paths)) {
    files.push(readCredentialFile(file, namespace));
  }
  return files;
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
    const { YamlReport } = await import("./explain-yaml.ts");
    return new YamlReport(output);
  }
  return new TableReport(output, { isWide: format === "wide", hasColour });
}

/** Secrets among the objects are no credentials: what is explained and what is known stay apart. */
function noteOnSecrets(passedOver: readonly PassedOver[], set: CredentialSet): readonly string[] {
  const unused = passedOver.filter(
    ({ kind, namespace, name }) =>
      kind === "Secret" && !set.view(namespace, "").keyring.credentials.has(name),
  );
  return unused.length === 0
    ? []
    : [`${unused.length} Secrets of the input are not used; name their files with --credentials as well`];
}
