/** Reads `WWW-Authenticate`: how a registry wants its clients to log in. */

/** A way to log in. */
export interface Challenge {
  readonly scheme: "basic" | "bearer";
  /** By name in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Gives the first challenge that container runtimes know, Bearer before Basic; undefined where there is none.
 * @see containerd core/remotes/docker/auth/parse.go ParseAuthHeader
 * @example readChallenge('Bearer realm="https://a/token",service="b"')?.parameters.get("service") // "b"
 */
export function readChallenge(header: string | undefined): Challenge | undefined {
  const text = (header ?? "").slice(0, MAX_LENGTH);
  // What is in quotes is no scheme.
  const found = [...text.replace(QUOTED, (quoted) => "_".repeat(quoted.length)).matchAll(SCHEME)];
  const challenges = found.map(({ 1: scheme = "", index }, position): Challenge => {
    const end = found[position + 1]?.index ?? text.length;
    const rest = text.slice(index + scheme.length, end);
    const parameters = [...rest.matchAll(PARAMETER)].map(({ 1: name = "", 2: quoted, 3: token = "" }) => {
      return [name.toLowerCase(), quoted === undefined ? token : quoted.replace(/\\(.)/g, "$1")] as const;
    });
    return { scheme: scheme.toLowerCase() === "bearer" ? "bearer" : "basic", parameters: new Map(parameters) };
  });
  return challenges.find(({ scheme }) => scheme === "bearer") ?? challenges[0];
}

const MAX_LENGTH = 4_096;
const QUOTED = /"(?:[^"\\]|\\.)*"/g;
const SCHEME = /(?<=^|,\s*)(basic|bearer)(?=\s|$)/gi;
const PARAMETER = /([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/g;
