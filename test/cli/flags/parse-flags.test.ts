import assert from "node:assert/strict";
import { test } from "node:test";
import { checkExplainFlags, EXPLAIN_FLAGS } from "../../../src/cli/explain/options.ts";
import { parseFlags } from "../../../src/cli/flags/parse-flags.ts";
import { checkServeFlags } from "../../../src/cli/serve/check-options.ts";
import { SERVE_FLAGS } from "../../../src/cli/serve/options.ts";

function serveFaults(...args: readonly string[]): readonly string[] {
  const parsed = parseFlags(["--credentials", "dir", ...args], SERVE_FLAGS);
  return [...parsed.faults, ...checkServeFlags(parsed)];
}

function explainFaults(...args: readonly string[]): readonly string[] {
  const parsed = parseFlags(args, EXPLAIN_FLAGS);
  return [...parsed.faults, ...checkExplainFlags(parsed)];
}

test("gives defaults, values in every spelling and repeated values in order", () => {
  const args = ["-f", "a", "-fb", "--filename=c", "--filename", "-", "-o", "json", "--credentials", "x"];
  const { values, faults } = parseFlags(args, EXPLAIN_FLAGS);
  assert.deepEqual(faults, []);
  assert.deepEqual(values.filename, ["a", "b", "c", "-"]);
  assert.equal(values.output, "json");
  assert.equal(values.namespace, "default");
});

test("names every single fault with its remedy", () => {
  for (const [args, fault] of [
    [["--lisen", ":1"], 'unknown flag "--lisen"; did you mean --listen?'],
    [["--frobnicate"], 'unknown flag "--frobnicate"; see --help'],
    [["-x"], 'unknown flag "-x"; see --help'],
    [["--listen"], "--listen has no value; write --listen HOST:PORT"],
    [["--listen", "8443"], '--listen: "8443" is not HOST:PORT, such as 127.0.0.1:8443, [::1]:8443 or :8443'],
    [["--drain-grace", "10"], '--drain-grace: "10" is not a duration, such as 10s, 1m30s or 500ms'],
    [["--drain-grace=1s", "--drain-grace=2s"], "--drain-grace is given more than once; give it once"],
    [["--tls-dir="], "--tls-dir: the value is empty"],
    [["stray"], 'unexpected argument "stray"; every value follows the name of its flag'],
    [["--help=yes"], '--help takes no value, found "yes"'],
    [["--tls-key-file", "k"], "--tls-key-file contradicts --tls local; add --tls files or leave it out"],
    [["--listen", ":8080"], "--listen and --admin-listen name the same address; they need one each"],
  ] as const) {
    assert.deepEqual(serveFaults(...args), [fault], args.join(" "));
  }
});

test("names all faults at once", () => {
  assert.deepEqual(
    serveFaults("--listen", "--tls", "files", "--drain-grace", "x", "--tls-dir", "d", "--oops"),
    [
      "--listen has no value; write --listen HOST:PORT",
      '--drain-grace: "x" is not a duration, such as 10s, 1m30s or 500ms',
      'unknown flag "--oops"; see --help',
      "--tls-dir contradicts --tls files; add --tls local or leave it out",
      "--tls files needs --tls-cert-file; name the file",
      "--tls files needs --tls-key-file; name the file",
    ],
  );
});

test("asks for what is missing, and reads standard input only once", () => {
  assert.deepEqual(explainFaults(), [
    "-f is missing; name a file or directory of manifests, or - for standard input",
  ]);
  assert.deepEqual(explainFaults("-f", "-", "--credentials", "-"), [
    "standard input (-) is named more than once; it can be read only once",
  ]);
  assert.deepEqual(explainFaults("-f", "-", "--credentials", "x"), []);
  assert.deepEqual(explainFaults("-f", "-", "--credentials", "x", "--context", "c"), [
    "--context contradicts --credentials; leave one of them out",
  ]);
});

test("takes two ports that the system chooses", () => {
  assert.deepEqual(serveFaults("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"), []);
});
