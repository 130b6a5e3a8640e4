/** Paths with stars and brackets, as kubectl takes them where the shell has left them as they are. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Tells whether a path may stand for others. */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * Gives the paths that `pattern` stands for, sorted; none when it cannot be read as a pattern.
 * @see Go path/filepath Glob and Match, which kubectl uses where there is no file of that name
 */
export async function expandGlob(pattern: string): Promise<readonly string[]> {
  let paths: readonly string[] = [pattern.startsWith("/") ? "/" : ""];
  for (const segment of pattern.split("/").filter((one) => one !== "")) {
    if (!isGlob(segment)) {
      // Neither . nor .. is listed, and a directory above may not be readable.
      paths = paths.map((path) => join(path, segment));
      continue;
    }
    const matcher = toMatcher(segment);
    const found = await Promise.all(
      paths.map(async (path) => {
        const names = await readdir(path === "" ? "." : path).catch(() => []);
        return names.filter((name) => matcher?.test(name)).map((name) => join(path, name));
      }),
    );
    paths = found.flat();
  }
  const isThere = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return paths.filter((_, position) => isThere[position]).sort();
}

/** undefined when the pattern is not well-formed. */
function toMatcher(segment: string): RegExp | undefined {
  const source = segment.replace(/\*+|\?|\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|[^\w]/g, (text, escaped, negation, set) => {
    if (text.startsWith("*")) return ".*";
    if (text === "?") return ".";
    if (set !== undefined) return `[${negation}${set.replace(/[[\]^]/g, "\\$&")}]`;
    return `\\${escaped ?? text}`;
  });
  try {
    return new RegExp(`^${source}$`, "s");
  } catch {
    return undefined;
  }
}
