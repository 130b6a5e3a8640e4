/** Hosts of registry keys as patterns: split into labels and port, and matched label by label as the kubelet does. */
import { hasGlob, matchGlob } from "./label-glob.ts";

/** A host, split as the kubelet splits it. Labels may hold globs where the host comes from a registry key. */
export interface SplitHost {
  readonly labels: readonly string[];
  /** Digits as written; "" when the host names no port or an empty one. */
  readonly port: string;
}

/**
 * Splits `host` at its port and then at its dots. A host that cannot be split keeps its colon text and has port "".
 * @see kubernetes pkg/credentialprovider/keyring.go SplitURL; go net.SplitHostPort
 */
export function splitHost(host: string): SplitHost {
  const { name, port } = splitPort(host);
  return { labels: name.split("."), port };
}

function splitPort(host: string): { readonly name: string; readonly port: string } {
  const whole = { name: host, port: "" };
  const colon = host.lastIndexOf(":");
  if (colon < 0) {
    return whole;
  }
  const bracketed = host.startsWith("[");
  const name = bracketed ? host.slice(1, host.indexOf("]")) : host.slice(0, colon);
  // With brackets the first "]" has to stand right before the last colon; what is left must be free of brackets.
  const split = bracketed ? host.indexOf("]") + 1 === colon : !name.includes(":");
  if (!split || /[[\]]/.test(name) || /[[\]]/.test(host.slice(colon))) {
    return whole;
  }
  return { name, port: host.slice(colon + 1) };
}

/** Gives a text that equal hosts share and different ones do not: labels hold no dot, and a port holds no space. */
export function toHostKey({ labels, port }: SplitHost): string {
  return `${port} ${labels.join(".")}`;
}

/** Tells whether the host of an image is covered by the host of a registry key: same port text, every label matches. */
export function hostMatches(pattern: SplitHost, target: SplitHost): boolean {
  return (
    pattern.port === target.port &&
    pattern.labels.length === target.labels.length &&
    pattern.labels.every((label, position) => matchGlob(label, target.labels[position] as string))
  );
}

/** Tells whether a pattern has no glob, so that it covers exactly the host it spells. */
export function isLiteralHost(pattern: SplitHost): boolean {
  return !pattern.labels.some(hasGlob);
}
