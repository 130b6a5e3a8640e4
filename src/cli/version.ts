/** The version of this build. */
import { readFileSync } from "node:fs";

/** Put in by the bundler; absent when the program runs from its sources. */
declare const PULLRING_VERSION: string | undefined;

/** Gives the version of package.json. */
export function readVersion(): string {
  if (typeof PULLRING_VERSION === "string") return PULLRING_VERSION;
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
