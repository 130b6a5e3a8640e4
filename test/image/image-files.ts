/** Lists the files of a root file system. */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** One file or link. */
export interface ImageFile {
  readonly bytes: number;
  /** `OWNER:GROUP MODE`, the mode in octal. */
  readonly access: string;
}

/** Every file by its absolute path in the image; directories are left out. */
export function listFiles(root: string): ReadonlyMap<string, ImageFile> {
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
  const files = new Map<string, ImageFile>();
  for (const path of paths) {
    const entry = lstatSync(join(root, path));
    const access = `${entry.uid}:${entry.gid} ${(entry.mode & 0o7777).toString(8)}`;
    if (!entry.isDirectory()) files.set(`/${path}`, { bytes: entry.size, access });
  }
  return files;
}
