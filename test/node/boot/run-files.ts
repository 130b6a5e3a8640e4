/**
 * Run inside the outer namespaces by enclosure.ts, with the runner's command as JSON and test files as arguments: builds pullring's
 * image once, and gives each file a network and a node of its own. Two run at a time, as they wait more than they work; what a file
 * printed is shown when it has ended.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PULLRING_IMAGE_LAYOUT, writePullringImage } from "../install/pullring-image.ts";
import { removeGroup } from "./control-groups.ts";
import { enter } from "./enclosure.ts";
import { NODE_ADDRESS, NODE_NAMES } from "./node-address.ts";

const CONCURRENCY = 2;

const [runner = "[]", ...files] = process.argv.slice(2);
const setup = fileURLToPath(new URL("./namespaces.sh", import.meta.url));
const layout = join(tmpdir(), "pullring-image");

const start = performance.now();
writePullringImage(layout);
console.log(`the image of the Dockerfile: ${secondsSince(start)} s`);
await Promise.all(Array.from({ length: CONCURRENCY }, runNext));

async function runNext(_: unknown, number: number): Promise<void> {
  const group = `${process.env.PULLRING_NODE_GROUP}-${number}`;
  for (let file = files.shift(); file !== undefined; file = files.shift()) await runFile(file, group);
}

async function runFile(file: string, group: string): Promise<void> {
  const start = performance.now();
  const directory = mkdtempSync(join(tmpdir(), "node-"));
  const command = ["sh", setup, directory, group, NODE_ADDRESS, NODE_NAMES.join(" "), ...JSON.parse(runner), file];
  const env = { TMPDIR: directory, PULLRING_NODE_GROUP: group, [PULLRING_IMAGE_LAYOUT]: layout };
  const child = enter(command, { env, flags: ["--net"], stdio: "pipe" });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  await once(child, "close");
  removeGroup(group);
  rmSync(directory, { recursive: true, force: true });
  console.log(`${printed}${file}: ${secondsSince(start)} s\n`);
  if (child.exitCode !== 0) process.exitCode = 1;
}

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1_000).toFixed(1);
}
