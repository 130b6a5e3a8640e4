/**
 * Run inside the outer namespaces by enclosure.ts, with the runner's command as JSON and test files as arguments: builds pullring's
 * image once, and gives each file a network and a node of its own.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PULLRING_IMAGE_LAYOUT, writePullringImage } from "../install/pullring-image.ts";
import { removeGroup } from "./control-groups.ts";
import { enter } from "./enclosure.ts";
import { NODE_ADDRESS, NODE_NAMES } from "./node-address.ts";

const [runner = "[]", ...files] = process.argv.slice(2);
const group = process.env.PULLRING_NODE_GROUP ?? "";
const setup = fileURLToPath(new URL("./namespaces.sh", import.meta.url));

const layout = join(tmpdir(), "pullring-image");
timed("the image of the Dockerfile", () => writePullringImage(layout));
for (const file of files) {
  const status = timed(file, () => {
    const directory = mkdtempSync(join(tmpdir(), "node-"));
    const command = ["sh", setup, directory, group, NODE_ADDRESS, NODE_NAMES.join(" "), ...JSON.parse(runner), file];
    try {
      return enter(command, { TMPDIR: directory, [PULLRING_IMAGE_LAYOUT]: layout }, ["--net"]);
    } finally {
      removeGroup(group);
      rmSync(directory, { recursive: true, force: true });
    }
  });
  if (status !== 0) process.exitCode = status;
}

function timed<T>(what: string, act: () => T): T {
  const start = performance.now();
  const result = act();
  console.log(`${what}: ${((performance.now() - start) / 1_000).toFixed(1)} s`);
  return result;
}
