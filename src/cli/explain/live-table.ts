/** Shows an object of the cluster to a person: how its Pods are, what their list gives today, and the verdict. */
import { escapeText, quoteText } from "../../core/quoted-text.ts";
import { lineOf } from "../../core/sentences/credential.ts";
import { sentenceOfNotServed } from "../../core/sentences/object.ts";
import { sentenceOfReason } from "../../core/sentences/skip-reason.ts";
import type { SkipReason } from "../../core/verdicts/skip-reason.ts";
import type { Explained, LivePodReport, LiveReport } from "./report.ts";
import { linesOfShared } from "./shared-lines.ts";
import type { Column, TableLine } from "./text-table.ts";

/** The columns; a wide table cuts no cell. */
export const LIVE_COLUMNS: readonly Column[] = [
  { heading: "OBJECT", style: "bold" },
  { heading: "CONTAINER" },
  { heading: "IMAGE" },
  { heading: "STATE" },
  { heading: "TRIED NOW" },
  { heading: "NEW POD TRIES", style: "green" },
];

/** Longest image of the narrow table, in characters. */
const IMAGE_LENGTH = 120;
/** Longest message of the kubelet in the narrow table, in characters. */
const MESSAGE_LENGTH = 300;
/** Most Pods of a workload that are shown in the narrow table. */
const MAX_PODS = 3;

/** Gives the lines of an object. @param live that of the object */
export function linesOfLive(object: Explained, live: LiveReport, isWide: boolean): readonly TableLine[] {
  const isPod = object.kind === "Pod";
  const pods = isWide ? live.pods : live.pods.slice(0, MAX_PODS);
  const [own] = isPod ? live.pods : [];
  const more = live.pods.length - pods.length;
  return [
    ...rowsOf(`${object.kind} ${object.namespace}/${object.name}`, object.images, own, (index) =>
      joinNames(object.images[index]?.credentials ?? []),
    ).map((cells) => showCells(cells, isWide)),
    ...(isPod ? [] : pods.flatMap((pod) => rowsOf(`  Pod ${pod.name}`, pod.images, pod, () => ""))).map((cells) =>
      showCells(cells, isWide),
    ),
    ...(more > 0 ? [{ note: `  ${more} more of its Pods wait; -o wide shows them`, style: "dim" } as const] : []),
    ...messagesOf(pods, isPod, isWide),
    ...linesOfShared(object),
    ...notesOf(object, live),
    verdictLine(live),
  ];
}

type Images = readonly { readonly container: string | null; readonly path: string; readonly image: string }[];

/** A row for each image, the object being named in the first. @param pod where the images are in use */
function rowsOf(
  name: string,
  images: Images,
  pod: LivePodReport | undefined,
  ofNewPod: (index: number) => string,
): readonly (readonly string[])[] {
  const listed = images.length === 0 ? [{ container: null, path: "", image: "-" }] : images;
  return listed.map(({ container, path, image }, index) => {
    const state = pod?.containers.find((candidate) => candidate.container === container);
    const now = pod?.images.find((candidate) => candidate.path === path);
    return [
      index === 0 ? name : "",
      container ?? (image === "-" ? "-" : "(volume)"),
      image,
      state?.reason ?? state?.state ?? "-",
      pod === undefined ? "-" : joinNames(now?.credentials ?? []),
      ofNewPod(index),
    ];
  });
}

function showCells(cells: readonly string[], isWide: boolean): TableLine {
  const show = (text: string): string => (isWide ? escapeText(text) : quoteText(text, IMAGE_LENGTH + 2).slice(1, -1));
  return { cells: cells.map(show) };
}

/** What the kubelet said last, once for each container. */
function messagesOf(pods: readonly LivePodReport[], isPod: boolean, isWide: boolean): readonly TableLine[] {
  const lines = pods.flatMap(({ name, containers }) =>
    containers.flatMap(({ container, reason, state, message }) => {
      if (message === null || state !== "waiting") return [];
      const who = escapeText(isPod ? container : `${name}, ${container}`);
      const text = isWide ? escapeText(message) : quoteText(message, MESSAGE_LENGTH).slice(1, -1);
      // No quotes stand around it.
      const shown = text.replaceAll('\\"', '"');
      return [`  ${who}: ${escapeText(reason ?? "waiting")}: ${shown}`];
    }),
  );
  return lines.map((note) => ({ note, style: "dim" }));
}

/** These the verdict speaks of, or nobody has to know them. */
const QUIET_REASONS = new Set<unknown>(["already-served", "no-credential", "no-images"]);

/** What a new Pod would meet besides. */
function notesOf({ reason, notServed }: Explained, { verdict }: LiveReport): readonly TableLine[] {
  if (reason === null || QUIET_REASONS.has(reason)) return [];
  const sentence = notServed === null ? sentenceOfReason(reason as SkipReason) : sentenceOfNotServed(notServed);
  return verdict.sentence.includes(sentence)
    ? []
    : [{ note: `  a new Pod is left as it is: ${sentence}`, style: "dim" }];
}

function verdictLine({ verdict }: LiveReport): TableLine {
  return { note: `  ${lineOf(verdict)}`, style: verdict.code === "well" ? "green" : "yellow" };
}

function joinNames(names: readonly string[]): string {
  return names.join(", ") || "-";
}
