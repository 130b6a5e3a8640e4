/** Hosts of registry keys as patterns: split into labels and port, and matched label by label as the kubelet does. */
import { hasGlob, type LabelGlob, matchGlob, parseGlob } from "./label-glob.ts";

/** A host, split as the kubelet splits it. Labels may hold globs where the host comes from a registry key. */
export interface SplitHost {
  readonly labels: readonly string[];
  /** Digits as written; "" when the host names no port or an empty one. */
  readonly port: string;
}

/** A host with a glob, ready to be matched: a text for each literal label. */
export interface HostPattern {
  readonly labels: readonly (string | LabelGlob)[];
  readonly port: string;
}

/**
 * Longest host without its port, in bytes: DNS has no longer name. A registry key or an image with a longer host matches
 * nothing, where the kubelet would compare them. It keeps the time of a comparison short.
 * @see RFC 1035 section 2.3.4
 */
export const MAX_HOST_LENGTH = 253;

/**
 * Splits `host` at its port and then at its dots; undefined when it is longer than {@link MAX_HOST_LENGTH}. A host that
 * cannot be split keeps its colon text and has port "".
 * @see kubernetes pkg/credentialprovider/keyring.go SplitURL; go net.SplitHostPort
 */
export function splitHost(host: string): SplitHost | undefined {
  const { name, port } = splitPort(host);
  return name.length > MAX_HOST_LENGTH ? undefined : { labels: name.split("."), port };
}

function splitPort(host: string): { readonly name: string; readonly port: string } {
  const whole = { name: host, port: "" };
  const colon = host.lastIndexOf(":");
  if (colon < 0) return whole;
  const bracketed = host.startsWith("[");
  const name = bracketed ? host.slice(1, host.indexOf("]")) : host.slice(0, colon);
  // With brackets the first "]" has to stand right before the last colon; what is left must be free of brackets.
  const split = bracketed ? host.indexOf("]") + 1 === colon : !name.includes(":");
  if (!split || /[[\]]/.test(name) || /[[\]]/.test(host.slice(colon))) return whole;
  return { name, port: host.slice(colon + 1) };
}

/** Gives a text that equal hosts share and different ones do not: labels hold no dot, and a port holds no space. */
export function toHostKey({ labels, port }: SplitHost): string {
  return `${port} ${labels.join(".")}`;
}

/** Gives a text that hosts share which have one port and equally many labels: only such can match. */
export function toShapeKey({ labels, port }: SplitHost | HostPattern): string {
  return `${port} ${labels.length}`;
}

/** Tells whether a host has no glob, so that it covers exactly the host it spells. */
export function isLiteralHost({ labels }: SplitHost): boolean {
  return !labels.some(hasGlob);
}

/** Parses the globs of a host; undefined when one is malformed, so that it covers no host. */
export function parseHostPattern({ labels, port }: SplitHost): HostPattern | undefined {
  const parsed = labels.map((label) => (hasGlob(label) ? parseGlob(label) : label));
  return parsed.every((label) => label !== undefined) ? { labels: parsed, port } : undefined;
}

/** Tells whether the host of an image is covered by that of a registry key: same port text, every label matches. */
export function hostMatches({ labels, port }: HostPattern, target: SplitHost): boolean {
  return (
    port === target.port &&
    labels.length === target.labels.length &&
    labels.every((label, position) => labelMatches(label, target.labels[position] as string))
  );
}

/** How long a match may take: one comparison, and as much again for each place of a text with a class. */
export function matchCost({ labels }: HostPattern): number {
  return labels.flat().reduce((sum, piece) => sum + (typeof piece === "string" ? 0 : piece.length), 1);
}

function labelMatches(label: string | LabelGlob, text: string): boolean {
  return typeof label === "string" ? label === text : matchGlob(label, text);
}
