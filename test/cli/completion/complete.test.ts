/** What a shell offers while a command is typed. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SHELL_SCRIPTS } from "../../../src/cli/completion/shell-scripts.ts";
import { OBJECT_TYPES } from "../../../src/cli/explain/object-arguments.ts";
import { makeDirectory } from "../../files/temporary-directory.ts";
import { run } from "../run-command.ts";
import { PROGRAM } from "../run-pullring.ts";

const FORMATS = ["table", "wide", "json", "yaml", "manifest"];

const rows: readonly (readonly [words: readonly string[], candidates: readonly string[]])[] = [
  [["ex"], ["explain"]],
  [["__"], []],
  [["nonsense", ""], []],
  [["explain", ""], OBJECT_TYPES],
  [["explain", "deploy"], ["deployments"]],
  [["explain", "-o", ""], FORMATS],
  [["explain", "--output", "j"], ["json"]],
  [["explain", "--output=j"], ["--output=json"]],
  [["explain", "--output", "="], FORMATS],
  [["explain", "--output", "=", "y"], ["yaml"]],
  [["explain", "--kubeconfig", "x", "-o", "ta"], ["table"]],
  [["explain", "--namespace", "a"], []],
  [["explain", "pods", "--all"], ["--all-namespaces"]],
  [["explain", "-A", "po"], ["pods"]],
  [["controller", "--heal=r"], ["--heal=report"]],
  [["controller", "--heal", ""], []],
  [
    ["completion", ""],
    ["bash", "zsh", "fish"],
  ],
  [["version", ""], []],
];

for (const [words, candidates] of rows) {
  test(`after ${JSON.stringify(words.join(" "))} comes ${candidates.join(", ") || "nothing"}`, async () => {
    const { status, stdout, stderr } = await run(["__complete", ...words]);
    assert.deepEqual([status, stderr], [0, ""]);
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.pop(), ":4");
    assert.deepEqual(
      lines.map((line) => line.split("\t", 1).join()),
      candidates,
    );
  });
}

test("commands and flags come with what they do, and nothing that only tests need", async () => {
  const commands = (await run(["__complete", ""])).stdout;
  assert.match(commands, /^serve\tRun the admission webhook\.$/m);
  assert.doesNotMatch(commands, /__complete/);
  const flags = (await run(["__complete", "explain", "--"])).stdout;
  assert.match(flags, /^--context\tcontext of the kubeconfig; /m);
});

for (const option of ["-f", "--filename", "--kubeconfig", "--credentials"]) {
  test(`the value of ${option} is a file`, async () => {
    assert.equal((await run(["__complete", "explain", option, ""])).stdout, ":0\n");
  });
}

for (const shell of Object.keys(SHELL_SCRIPTS) as (keyof typeof SHELL_SCRIPTS)[]) {
  test(`there is a script for ${shell}`, async () => {
    const { status, stdout } = await run(["completion", shell]);
    assert.equal(status, 0);
    assert.equal(stdout, SHELL_SCRIPTS[shell]);
    assert.match(stdout, /\bpullring __complete\b/);
  });
}

test("of another shell it says which there are", async () => {
  const { status, stdout, stderr } = await run(["completion", "tcsh"]);
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /Allowed choices are bash, zsh, fish\./);
});

/** What bash offers at the end of a line, of which it makes words as a person's bash does. */
function completeInBash(t: TestContext, words: readonly string[]): readonly string[] {
  const directory = makeDirectory(t);
  symlinkSync(PROGRAM, join(directory, "pullring"));
  const script = `source <(pullring completion bash)
COMP_WORDS=(pullring "$@"); COMP_CWORD=$#
complete -p pullring >/dev/null && _pullring && printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { ...process.env, PATH: `${directory}:${process.env.PATH}` };
  const { stdout, stderr } = spawnSync("bash", ["-c", script, "bash", ...words], { env, encoding: "utf8" });
  assert.equal(stderr, "");
  return stdout.trimEnd().split("\n");
}

test("bash completes by the script", (t) => {
  assert.deepEqual(completeInBash(t, ["expl"]), ["explain"]);
  assert.deepEqual(completeInBash(t, ["explain", "--output", "=", "y"]), ["yaml"]);
  assert.deepEqual(completeInBash(t, ["explain", "-o", ""]), FORMATS);
  assert.deepEqual(completeInBash(t, ["explain", "-f", ""]), [""]);
});
