/** The flags of `pullring explain`. */
import { STANDARD_INPUT } from "../../files/manifest-files.ts";
import { CONTEXT_FLAG, KUBECONFIG_FLAG } from "../flags/cluster-flags.ts";
import type { Flag, FlagValues } from "../flags/flag.ts";
import { parseChoice, parseText } from "../flags/flag-value.ts";
import { HELP_FLAG } from "../flags/help-flag.ts";
import type { ParsedFlags } from "../flags/parse-flags.ts";

/** How explanations are shown. */
export type OutputFormat = "table" | "wide" | "json" | "yaml";

const OUTPUT_FORMATS: readonly OutputFormat[] = ["table", "wide", "json", "yaml"];

/** @see EXPLAIN_FLAGS */
export interface ExplainFlags {
  readonly filename: Flag<readonly string[]>;
  readonly credentials: Flag<readonly string[]>;
  readonly kubeconfig: Flag<string>;
  readonly context: Flag<string>;
  readonly namespace: Flag<string>;
  readonly output: Flag<OutputFormat>;
  readonly help: Flag<boolean>;
}

/** The flags in the order of the help. */
export const EXPLAIN_FLAGS: ExplainFlags = {
  filename: {
    placeholder: "PATH",
    short: "f",
    isRepeatable: true,
    initial: [],
    defaultText: "",
    help: "file or directory of manifests or recorded AdmissionReviews, or - for standard input",
    accept: (text, before) => [...before, parseText(text)],
  },
  credentials: {
    placeholder: "PATH",
    isRepeatable: true,
    initial: [],
    defaultText: "",
    help: "file or directory of Secret and ServiceAccount manifests to decide with instead of a cluster, or - for standard input",
    accept: (text, before) => [...before, parseText(text)],
  },
  kubeconfig: KUBECONFIG_FLAG,
  context: CONTEXT_FLAG,
  namespace: {
    placeholder: "NAMESPACE",
    short: "n",
    initial: "default",
    defaultText: "default",
    help: "namespace of objects that name none",
    accept: parseText,
  },
  output: {
    placeholder: "FORMAT",
    short: "o",
    initial: "table",
    defaultText: "table",
    help: `how to show the outcome: ${OUTPUT_FORMATS.join(", ")}`,
    accept: (text) => parseChoice(text, OUTPUT_FORMATS),
  },
  help: HELP_FLAG,
};

/** Faults of the flags together: what is missing and what contradicts. */
export function checkExplainFlags({ values, given }: ParsedFlags<ExplainFlags>): readonly string[] {
  const { filename, credentials }: FlagValues<ExplainFlags> = values;
  const faults: string[] = [];
  if (!given.has("filename")) {
    faults.push("-f is missing; name a file or directory of manifests, or - for standard input");
  }
  for (const name of ["kubeconfig", "context"]) {
    if (given.has("credentials") && given.has(name)) {
      faults.push(`--${name} contradicts --credentials; leave one of them out`);
    }
  }
  if ([...filename, ...credentials].filter((path) => path === STANDARD_INPUT).length > 1) {
    faults.push("standard input (-) is named more than once; it can be read only once");
  }
  return faults;
}
