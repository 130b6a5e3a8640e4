/** What is said about a name in a list that helps nobody, and what to do. */
import { escapeText, quoteText } from "../quoted-text.ts";
import type { ListedName } from "../verdicts/listed-name.ts";
import type { Verdict } from "./credential.ts";

/** Longest name in a sentence, in characters. */
const QUOTE_LENGTH = 80;

/** Says it about one name. */
export function verdictOfListedName({ code, kind, namespace, name, secret }: ListedName): Verdict {
  const object = escapeText(`${kind} ${namespace}/${name}`);
  const quoted = quoteText(secret, QUOTE_LENGTH);
  if (code === "missing") {
    return {
      sentence: `${object} lists Secret ${quoted}, which does not exist in its namespace; the kubelet goes on without it`,
      remedy: "make it there, or take the name out",
    };
  }
  const command = `kubectl -n ${escapeText(namespace)} rollout restart ${kind.toLowerCase()}/${escapeText(name)}`;
  return {
    sentence: `${object} still lists Secret ${quoted}, which pullring added and which serves none of its images any more`,
    remedy: ROLLING.has(kind)
      ? `${command} has it planned again`
      : "the next change of its template has it planned again",
  };
}

/** Kinds that make their Pods again on request. */
const ROLLING = new Set(["Deployment", "StatefulSet", "DaemonSet"]);
