import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SERVE_OPTIONS } from "../../src/cli/serve/options.ts";
import { PASSWORD } from "../files/secret-manifest.ts";
import { makeDirectory } from "../files/temporary-directory.ts";
import { run } from "./run-command.ts";

/** The lines on standard error, without the program's name and the closing reference to the help. */
async function errorsOf(command: string, ...args: readonly string[]): Promise<readonly string[]> {
  const { status, stdout, stderr } = await run([command, ...args]);
  assert.deepEqual([status, stdout], [2, ""]);
  const lines = stderr.trimEnd().split("\n");
  assert.equal(lines.pop(), `See pullring ${command} --help`);
  return lines.map((line) => line.replace(/^pullring: /, ""));
}

function serveErrors(...args: readonly string[]): Promise<readonly string[]> {
  return errorsOf("serve", "--credentials", "/nowhere", ...args);
}

test("shows its version, that of package.json", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  for (const spelling of ["--version", "-V", "version"]) {
    assert.deepEqual(await run([spelling]), { status: 0, stdout: `pullring ${version}\n`, stderr: "" });
  }
});

test("helps in every spelling, and on standard error when nothing is asked", async () => {
  const overview = await run(["--help"]);
  assert.equal(overview.status, 0);
  assert.match(overview.stdout, /\n {2}serve .*\n {2}explain /);
  assert.deepEqual(await run(["help"]), overview);
  assert.deepEqual(await run([]), { status: 2, stdout: "", stderr: overview.stdout });
  const serve = await run(["serve", "--nonsense", "--listen", "x", "--help"]);
  assert.equal(serve.status, 0);
  assert.deepEqual(await run(["help", "serve"]), serve);
});

test("the help of a command groups its options and leaves out those that only tests need", async () => {
  const { stdout } = await run(["serve", "--help"]);
  const groups = ["Credentials:", "Addresses:", "Serving certificate:", "Clients:", "Process:", "Options:"];
  assert.deepEqual(stdout.match(/^\S.*:$/gm), groups);
  for (const { flags, isHidden } of Object.values(SERVE_OPTIONS)) {
    assert.equal(stdout.includes(`  ${flags} `), isHidden !== true, flags);
  }
});

test("help is as wide as the terminal, and 80 characters in a pipe", async () => {
  for (const columns of [undefined, 72, 100, 200]) {
    const { stdout } = await run(["serve", "--help"], columns);
    const width = Math.max(...stdout.split("\n").map(({ length }) => length));
    const limit = columns ?? 80;
    assert.ok(width <= limit && width > limit - 20, `${width} of ${limit}`);
  }
});

test("an unknown command ends with 2 and suggests one", async () => {
  assert.deepEqual(await run(["explian"]), {
    status: 2,
    stdout: "",
    stderr: "pullring: unknown command 'explian'; did you mean explain?\nSee pullring --help\n",
  });
  assert.equal((await run(["help", "frobnicate"])).status, 2);
});

test("names every single error with its remedy", async () => {
  for (const [args, error] of [
    [["--lisen", ":1"], "unknown option '--lisen'; did you mean --listen?"],
    [["--frobnicate"], "unknown option '--frobnicate'"],
    [["-\u001b"], "unknown option '-\\u001b'"],
    [["--listen"], "option '--listen <host:port>' argument missing"],
    [["--listen", "--log-level=info"], "--listen: found --log-level in place of a value; write --listen <host:port>"],
    [["--listen", "8443"], '--listen: "8443" is not HOST:PORT, such as 127.0.0.1:8443, [::1]:8443 or :8443'],
    [["--drain-grace", "10"], '--drain-grace: "10" is not a duration, such as 10s, 1m30s or 500ms'],
    [["--drain-grace=1s", "--drain-grace=2s"], "--drain-grace: given more than once; give it once"],
    [["--log-level", "loud"], '--log-level: "loud" is not one of trace, debug, info, warn, error, fatal, silent'],
    [["--tls-dir="], "--tls-dir: the value is empty"],
    [["stray"], 'unexpected argument "stray"; every value follows the name of its flag'],
    [["--tls-key-file", "k"], "--tls-key-file contradicts --tls local; add --tls files or leave it out"],
    [["--namespace", "a"], "--namespace contradicts --credentials; leave one of them out"],
    [["--tls", "managed"], "--tls managed contradicts --credentials; take --tls local or --tls files"],
    [["--listen", ":8080"], "--listen and --admin-listen name the same address; they need one each"],
    [
      ["--client-allowed-names", "x"],
      "--client-allowed-names needs --client-ca-file; name the file of the CA certificates",
    ],
  ] as const) {
    assert.deepEqual(await serveErrors(...args), [error], args.join(" "));
  }
});

test("names all errors at once", async () => {
  assert.deepEqual(await serveErrors("--oops", "--listen=x", "--tls=files", "--drain-grace=y", "--tls-dir=d"), [
    "unknown option '--oops'",
    '--listen: "x" is not HOST:PORT, such as 127.0.0.1:8443, [::1]:8443 or :8443',
    '--drain-grace: "y" is not a duration, such as 10s, 1m30s or 500ms',
    "--tls-dir contradicts --tls files; add --tls local or leave it out",
    "--tls files needs --tls-cert-file; name the file",
    "--tls files needs --tls-key-file; name the file",
  ]);
});

test("explain asks for what is missing, and reads standard input only once", async () => {
  assert.deepEqual(await errorsOf("explain", "-f", "-", "-n", "Team_A"), [
    '--namespace: "Team_A" is not a name: lower-case letters, digits, - and . are expected',
  ]);
  for (const [args, error] of [
    [[], "nothing is named; name objects such as pod/web, manifests with -f (- for standard input), or an --image"],
    [["pod/web", "--image", "a"], "objects, --image and -f contradict one another; take one of them"],
    [["-f", "-", "--image", "a"], "objects, --image and -f contradict one another; take one of them"],
    [["-f", "-", "-A"], "-A needs a type of objects, as in: pods -A"],
    [["-f", "-", "-l", "a=b"], "-l needs a type of objects, as in: pods -l"],
    [["pod/web", "-A"], "-A chooses among all objects of a type; leave it or the names out"],
    [["pods", "web", "-l", "a"], "-l chooses among all objects of a type; leave it or the names out"],
    [["pods", "--credentials", "x"], "--credentials contradicts objects of a cluster; leave one of them out"],
    [["pods", "-o", "manifest"], "-o manifest prints the manifests of -f; take another format"],
    [["-f", "-", "--serviceaccount", "x"], "--serviceaccount needs --image; add it"],
    [["pod/web", "web"], '"web" is not TYPE/NAME, such as pod/web'],
    [["pod/web/x"], '"pod/web/x" is not TYPE/NAME, such as pod/web'],
    [["pod/Web"], '"Web" cannot be the name of an object'],
    [
      ["pod", "-l", "a b"],
      '--selector: "a b" is not a label selector, such as app=web,tier in (a, b),!test: at character 3 there is "b"; expected is one of = == != in notin < > or a comma',
    ],
    [
      ["svc/web"],
      '"svc" is no type that pullring explains; there are pods, replicationcontrollers, deployments, statefulsets, daemonsets, replicasets, jobs, cronjobs',
    ],
  ] as const) {
    assert.deepEqual(await errorsOf("explain", ...args), [error], args.join(" "));
  }
  assert.deepEqual(await errorsOf("explain", "-f", "-", "--credentials", "-", "--context", "c"), [
    "--context contradicts --credentials; leave one of them out",
    "standard input (-) is named more than once; it can be read only once",
  ]);
});

test("serve names all errors of credentials, certificate and clients at once", async (t) => {
  const path = join(makeDirectory(t), "a.yaml");
  writeFileSync(path, `a: "${PASSWORD}`);
  const errors = await errorsOf(
    "serve",
    ...["--credentials", path, "--credentials", "/nowhere/at/all", "--client-ca-file", "/nowhere/ca"],
    ...["--tls", "files", "--tls-cert-file", "/nowhere/cert", "--tls-key-file", "/nowhere/key"],
  );
  assert.equal(errors.length, 4);
  assert.match(errors[0] ?? "", /a\.yaml:1: not valid YAML/);
  assert.equal(errors[1], "/nowhere/at/all: no such file or directory");
  assert.match(errors[2] ?? "", /\/nowhere\/cert/);
  assert.match(errors[3] ?? "", /\/nowhere\/ca/);
  assert.ok(!errors.join().includes(PASSWORD));
});
