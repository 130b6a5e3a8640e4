/** The options of `pullring explain`. */
import { STANDARD_INPUT } from "../../files/manifest-files.ts";
import { CLUSTER_OPTIONS, type ClusterOptions } from "../flags/cluster-options.ts";
import type { OptionTable, ParsedOptions } from "../flags/option-table.ts";
import { choiceOf, listOf, parseName, parseText } from "../flags/option-values.ts";

const OUTPUT_FORMATS = ["table", "wide", "json", "yaml", "manifest"] as const;

/** How explanations are shown. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** The values of the options. */
export interface ExplainOptions extends ClusterOptions {
  readonly filename: readonly string[];
  readonly recursive: boolean | undefined;
  readonly credentials: readonly string[];
  readonly namespace: string | undefined;
  readonly output: OutputFormat;
}

/** @see OptionTable */
export const EXPLAIN_OPTIONS: OptionTable<ExplainOptions> = {
  filename: {
    flags: "-f, --filename <path>",
    group: "Input and output:",
    help: "files or directories of manifests or recorded AdmissionReviews, with commas between them, or - for standard input",
    initial: [],
    parse: (text, before) => [...before, ...text.split(",").map(parseText)],
  },
  recursive: { flags: "-R, --recursive", help: "read the directories below a directory as well", parse: () => true },
  namespace: {
    flags: "-n, --namespace <name>",
    help: "namespace of objects that name none; without it that of the kubeconfig's context, or default",
    parse: parseName,
  },
  output: {
    flags: "-o, --output <format>",
    help: "table, wide, json or yaml explain; manifest prints the objects with what would be injected",
    initial: "table",
    parse: choiceOf(OUTPUT_FORMATS),
  },
  credentials: {
    flags: "--credentials <path>",
    group: "Credentials:",
    help: "file or directory of Secret and ServiceAccount manifests to decide with instead of a cluster, or - for standard input",
    initial: [],
    parse: listOf(parseText),
  },
  ...CLUSTER_OPTIONS,
};

/** Gives one line for each option that is missing or contradicts another; none when all is well. */
export function checkExplainOptions({ values, given }: ParsedOptions<ExplainOptions>): readonly string[] {
  const errors: string[] = [];
  if (!given.has("filename")) {
    errors.push("-f is missing; name a file or directory of manifests, or - for standard input");
  }
  for (const name of ["kubeconfig", "context"] as const) {
    if (given.has("credentials") && given.has(name)) {
      errors.push(`--${name} contradicts --credentials; leave one of them out`);
    }
  }
  const paths = [...values.filename, ...values.credentials];
  if (paths.filter((path) => path === STANDARD_INPUT).length > 1) {
    errors.push("standard input (-) is named more than once; it can be read only once");
  }
  return errors;
}
