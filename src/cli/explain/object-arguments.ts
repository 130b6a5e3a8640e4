/** The arguments that name objects of a cluster, as kubectl takes them: `pod/web`, `deploy web shop`, `pods,jobs`. */
import { type GroupKind, HANDLED_KINDS, resourceOf } from "../../core/admission/pod-template.ts";
import { isObjectName } from "../../core/object-metadata.ts";
import { showValue } from "../flags/option-values.ts";

/** One object, or all of a kind. */
export interface ObjectSelection {
  readonly kind: GroupKind;
  readonly resource: string;
  /** null for all of the kind. */
  readonly name: string | null;
}

/** What arguments say: the objects that they name, and one line for each that is wrong. */
export interface ObjectArguments {
  readonly selections: readonly ObjectSelection[];
  readonly errors: readonly string[];
}

/** A kind with its resource. */
type KnownType = Omit<ObjectSelection, "name">;

/** @see https://kubernetes.io/docs/reference/kubectl/#resource-types */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  pods: "po",
  replicationcontrollers: "rc",
  deployments: "deploy",
  statefulsets: "sts",
  daemonsets: "ds",
  replicasets: "rs",
  cronjobs: "cj",
};

const TYPES: readonly KnownType[] = HANDLED_KINDS.map((name) => {
  const [group = "", kind = ""] = name.split("/");
  return { kind: { group, kind }, resource: resourceOf({ group, kind }) ?? "" };
});

/** The resources that can be named. */
export const OBJECT_TYPES: readonly string[] = TYPES.map(({ resource }) => resource);

/** Reads the arguments. @see k8s.io/cli-runtime pkg/resource/builder.go ResourceTypeOrNameArgs */
export function parseObjectArguments(args: readonly string[]): ObjectArguments {
  const isPair = args.some((argument) => argument.includes("/"));
  return isPair ? parsePairs(args) : parseTypeAndNames(args);
}

function parsePairs(args: readonly string[]): ObjectArguments {
  const results = args.map((argument): ObjectArguments => {
    const [type = "", name = "", ...rest] = argument.split("/");
    if (rest.length > 0 || type === "" || name === "") {
      return wrong(`${showValue(argument)} is not TYPE/NAME, such as pod/web`);
    }
    return select(findType(type), [name], type);
  });
  return {
    selections: results.flatMap(({ selections }) => selections),
    errors: results.flatMap(({ errors }) => errors),
  };
}

function parseTypeAndNames([types = "", ...names]: readonly string[]): ObjectArguments {
  const results = types.split(",").map((type) => select(findType(type), names.length === 0 ? [null] : names, type));
  return {
    selections: results.flatMap(({ selections }) => selections),
    errors: [...new Set(results.flatMap(({ errors }) => errors))],
  };
}

function select(known: KnownType | undefined, names: readonly (string | null)[], type: string): ObjectArguments {
  if (known === undefined) {
    return wrong(`${showValue(type)} is no type that pullring explains; there are ${OBJECT_TYPES.join(", ")}`);
  }
  const bad = names.filter((name) => name !== null && !isObjectName(name)) as string[];
  if (bad.length > 0) return wrong(...bad.map((name) => `${showValue(name)} cannot be the name of an object`));
  return { selections: names.map((name) => ({ ...known, name })), errors: [] };
}

function wrong(...errors: readonly string[]): ObjectArguments {
  return { selections: [], errors };
}

/** By resource, kind or short name, in whatever case, with the group and the version or without: `deployments.v1.apps`. */
function findType(text: string): KnownType | undefined {
  const [name = "", ...qualifiers] = text.toLowerCase().split(".");
  const qualifier = qualifiers.join(".");
  return TYPES.find(
    ({ kind: { group, kind }, resource }) =>
      [resource, kind.toLowerCase(), SHORT_NAMES[resource]].includes(name) &&
      ["", group, "v1", `v1.${group}`].includes(qualifier),
  );
}
