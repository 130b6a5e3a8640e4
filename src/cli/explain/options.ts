/** The options of `pullring explain`. */
import { InvalidArgumentError } from "commander";
import { STANDARD_INPUT } from "../../files/manifest-files.ts";
import { CLUSTER_OPTIONS, type ClusterOptions } from "../flags/cluster-options.ts";
import { longFlag, type OptionTable, type ParsedOptions } from "../flags/option-table.ts";
import { choiceOf, listOf, parseLabelSelector, parseName, parseText, showValue } from "../flags/option-values.ts";
import { SHARING_OPTIONS, type SharingOptions } from "../flags/sharing-options.ts";
import { parseObjectArguments } from "./object-arguments.ts";

const OUTPUT_FORMATS = ["table", "wide", "json", "yaml", "manifest"] as const;

/** How explanations are shown. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** The values of the options. */
export interface ExplainOptions extends ClusterOptions, SharingOptions {
  readonly image: readonly string[];
  readonly allNamespaces: boolean | undefined;
  readonly selector: string | undefined;
  readonly serviceaccount: string | undefined;
  readonly filename: readonly string[];
  readonly recursive: boolean | undefined;
  readonly credentials: readonly string[];
  readonly namespace: string | undefined;
  readonly output: OutputFormat;
  readonly try: boolean | undefined;
  readonly registryCa: string | undefined;
  readonly insecureRegistry: readonly string[];
}

/** @see OptionTable */
export const EXPLAIN_OPTIONS: OptionTable<ExplainOptions> = {
  image: {
    flags: "--image <image>",
    group: "What is explained, unless the arguments name objects:",
    help: "image to explain without any object, as that of a new Pod in the namespace",
    initial: [],
    parse: listOf(parseText),
  },
  serviceaccount: {
    flags: "--serviceaccount <name>",
    help: "ServiceAccount of the Pod of --image; without it default",
    parse: parseName,
  },
  filename: {
    flags: "-f, --filename <path>",
    help: "files, patterns or directories of manifests or recorded AdmissionReviews, with commas between them, or - for standard input",
    initial: [],
    parse: (text, before) => [...before, ...text.split(",").map(parseText)],
  },
  recursive: { flags: "-R, --recursive", help: "read the directories below a directory as well", parse: () => true },
  namespace: {
    flags: "-n, --namespace <name>",
    group: "Input and output:",
    help: "namespace of objects that name none; without it that of the kubeconfig's context, or default",
    parse: parseName,
  },
  allNamespaces: {
    flags: "-A, --all-namespaces",
    help: "with a type, as in pods -A: objects of all namespaces, whatever -n says",
    parse: () => true,
  },
  selector: {
    flags: "-l, --selector <selector>",
    help: "with a type, as in pods -l app=web: only objects with these labels",
    parse: parseLabelSelector,
  },
  output: {
    flags: "-o, --output <format>",
    help: "table, wide, json or yaml explain; manifest prints the objects with what would be injected",
    initial: "table",
    choices: OUTPUT_FORMATS,
    parse: choiceOf(OUTPUT_FORMATS),
  },
  credentials: {
    flags: "--credentials <path>",
    group: "Credentials:",
    help: "file or directory of Secret and ServiceAccount manifests to decide with instead of a cluster, or - for standard input",
    initial: [],
    parse: listOf(parseText),
  },
  ...SHARING_OPTIONS,
  ...CLUSTER_OPTIONS,
  try: {
    flags: "--try",
    group: "Asking the registries:",
    help: "log in to the registry of each image as the kubelet would for a new Pod, and say what comes of it",
    parse: () => true,
  },
  registryCa: {
    flags: "--registry-ca <file>",
    help: "with --try: CA certificates in PEM to trust besides, for registries and their token servers",
    parse: parseText,
  },
  insecureRegistry: {
    flags: "--insecure-registry <host>",
    help: "with --try: registry, as host or host:port, whose certificate is not checked, and which may speak plain HTTP",
    initial: [],
    parse: listOf(parseRegistryHost),
  },
};

/** @throws InvalidArgumentError when `text` is no host, with or without a port */
function parseRegistryHost(text: string): string {
  if (!/^(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?$/.test(text)) {
    throw new InvalidArgumentError(`${showValue(text)} is not a host as in images, such as registry.corp.io:5000`);
  }
  return text;
}

/**
 * Gives one line for each option that is missing or contradicts another; none when all is well.
 * @param args what is beside the options: objects of the cluster
 */
export function checkExplainOptions(
  { values, given }: ParsedOptions<ExplainOptions>,
  args: readonly string[],
): readonly string[] {
  const errors = [...checkInput(given, args), ...checkObjects(values, args)];
  for (const name of ["kubeconfig", "context"] as const) {
    if (given.has("credentials") && given.has(name)) {
      errors.push(`--${name} contradicts --credentials; leave one of them out`);
    }
  }
  if (given.has("serviceaccount") && !given.has("image")) errors.push("--serviceaccount needs --image; add it");
  if (values.output === "manifest" && !given.has("filename") && (args.length > 0 || given.has("image"))) {
    errors.push("-o manifest prints the manifests of -f; take another format");
  }
  for (const name of ["registryCa", "insecureRegistry"] as const) {
    if (given.has(name) && !given.has("try")) errors.push(`${longFlag(EXPLAIN_OPTIONS[name])} needs --try; add it`);
  }
  if (values.output === "manifest" && given.has("try")) {
    errors.push("-o manifest does not show what --try finds; take another format");
  }
  const paths = [...values.filename, ...values.credentials];
  if (paths.filter((path) => path === STANDARD_INPUT).length > 1) {
    errors.push("standard input (-) is named more than once; it can be read only once");
  }
  return errors;
}

function checkInput(given: ReadonlySet<keyof ExplainOptions>, args: readonly string[]): string[] {
  const count = [args.length > 0, given.has("image"), given.has("filename")].filter(Boolean).length;
  if (count === 0) {
    return ["nothing is named; name objects such as pod/web, manifests with -f (- for standard input), or an --image"];
  }
  return count === 1 ? [] : ["objects, --image and -f contradict one another; take one of them"];
}

function checkObjects({ allNamespaces, selector, credentials }: ExplainOptions, args: readonly string[]): string[] {
  const flags = [...(allNamespaces ? ["-A"] : []), ...(selector === undefined ? [] : ["-l"])];
  if (args.length === 0) return flags.map((flag) => `${flag} needs a type of objects, as in: pods ${flag}`);
  const { selections, errors } = parseObjectArguments(args);
  const isNamed = selections.some(({ name }) => name !== null);
  return [
    ...errors,
    ...(isNamed ? flags.map((flag) => `${flag} chooses among all objects of a type; leave it or the names out`) : []),
    ...(credentials.length > 0 ? ["--credentials contradicts objects of a cluster; leave one of them out"] : []),
  ];
}
