/** `npm run playground` as a person uses it: start it, do the four things that it prints, press Ctrl-C. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isAlive } from "./control-plane/managed-process.ts";

test("the playground does what it prints, and leaves nothing behind", async () => {
  const program = fileURLToPath(new URL("./playground.ts", import.meta.url));
  const playground = spawn(process.execPath, ["--import", "tsx", program], { stdio: ["ignore", "pipe", "inherit"] });
  const commands: string[] = [];
  let directory: string | undefined;
  for await (const line of createInterface(playground.stdout)) {
    const [, command] = /^ {2}(\S.*)$/.exec(line) ?? [];
    if (command !== undefined) commands.push(command);
    directory = /^Ctrl-C ends everything and removes (\S+)$/.exec(line)?.[1];
    if (directory !== undefined) break;
  }
  assert.ok(directory !== undefined);
  const pids = readFileSync(`${directory}/pids`, "utf8").trim().split("\n").map(Number);
  const { stdout } = await promisify(execFile)("sh", ["-ec", commands.join("\n")]);
  const printed = "secret/testquay created\npod/private-reg created\n";
  const listed = (name: string): string => `  imagePullSecrets:\n  - name: ${name}\n`;
  const shared = [
    "secret/hub created",
    "secret/hub annotated",
    "namespace/shop created",
    "namespace/shop labeled",
    "secret/hub condition met",
    "serviceaccount/default condition met",
    "pod/web created",
  ];
  assert.equal(stdout, `${printed}${listed("testquay")}${shared.join("\n")}\n${listed("hub")}`);
  playground.kill("SIGINT");
  assert.deepEqual(await once(playground, "exit"), [0, null]);
  assert.deepEqual([pids.length, pids.filter(isAlive), existsSync(directory)], [5, [], false]);
});
