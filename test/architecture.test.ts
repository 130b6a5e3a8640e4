import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";

/** What the files of each layer may import from, their own folder and core apart. Files directly under a layer count to it. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  cli: ["server", "controller", "certificates", "registry", "cluster", "files", "telemetry", "core"],
  server: ["certificates", "telemetry", "core"],
  controller: ["cluster", "telemetry", "core"],
  certificates: ["telemetry", "core"],
  registry: ["cluster", "telemetry", "core"],
  cluster: ["telemetry", "core"],
  files: ["telemetry", "core"],
  telemetry: ["core"],
  core: [],
};

interface SourceFile {
  readonly path: string;
  readonly layer: string;
  /** The text as written. */
  readonly text: string;
  /** The text without comments and without the content of strings. */
  readonly code: string;
  /** Specifiers of all imports and re-exports, dynamic ones too. */
  readonly imports: readonly string[];
}

const FILES: readonly SourceFile[] = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => {
    const text = readFileSync(`src/${path}`, "utf8");
    return {
      path: `src/${path}`,
      layer: path.split("/", 1).join(),
      text,
      code: withoutText(text),
      imports: importsOf(text),
    };
  });
const CORE = FILES.filter(({ layer }) => layer === "core");

/** Blanks comments, the content of strings and regular expressions: what is left are the words of the program. */
function withoutText(text: string): string {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|(?<=[=(,:?&|!]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/g;
  return text.replace(token, '""');
}

function importsOf(text: string): readonly string[] {
  const withoutComments = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/[^\n]*/gm, "");
  const statements = withoutComments.matchAll(
    /^\s*(?:import|export)\b[^"'=()]*?\bfrom\s*["']([^"'\n]+)["']|^\s*import\s*["']([^"'\n]+)["']|\bimport\(\s*["']([^"'\n]+)["']/gm,
  );
  return [...statements].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "");
}

test("the scanner sees every way of importing and no string or comment", () => {
  const text =
    'import a from "one";\nimport {\n  b,\n} from "./two.ts";\nimport "three";\nexport { c } from "four";\nimport type { D } from "five";\n// import x from "no";\nconst t = "import y from z";\nawait import("six");\n';
  assert.deepEqual(importsOf(text), ["one", "./two.ts", "three", "four", "five", "six"]);
  assert.equal(withoutText('f("Date"); // Date\n/* Date */ g(/Date"/.test(s));'), 'f(""); ""\n"" g("".test(s));');
});

test("every layer is known", () => {
  assert.deepEqual(
    [...new Set(FILES.map(({ layer }) => layer))].filter((layer) => !(layer in LAYERS)),
    [],
  );
  assert.ok(CORE.length > 25);
});

/** An adapter may import the type of the port that it implements: nothing of it is left in the program. */
function isPort(path: string, target: string): boolean {
  const { text = "" } = FILES.find((file) => file.path === path) ?? {};
  const name = posix.basename(target);
  return name === "ports.ts" && new RegExp(`^import type [^"]*"[^"]*/${name}";`, "m").test(text);
}

for (const [layer, allowed] of Object.entries(LAYERS)) {
  test(`${layer} imports from ${allowed.length === 0 ? "nothing but itself" : `itself, ${allowed.join(", ")}`}`, () => {
    const wrong = FILES.filter((file) => file.layer === layer).flatMap(({ path, imports }) =>
      imports
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => posix.join(posix.dirname(path), specifier))
        .filter((target) => !isPort(path, target))
        .filter((target) => ![layer, ...allowed].some((folder) => target.startsWith(`src/${folder}/`)))
        .map((target) => `${path} -> ${target}`),
    );
    assert.deepEqual(wrong, []);
  });
}

/** Pure itself, and the bundle below proves that it runs in a browser. */
const PURE_PACKAGES = ["fast-json-patch"];

test("core imports no part of Node and no package but a pure one", () => {
  const wrong = CORE.flatMap(({ path, imports }) =>
    imports
      .filter((specifier) => !specifier.startsWith(".") && !PURE_PACKAGES.includes(specifier))
      .map((specifier) => `${path} -> ${specifier}`),
  );
  assert.deepEqual(wrong, []);
});

test("core knows no clock, chance, log, process, waiting or state of the platform", () => {
  const forbidden =
    /\b(?:Date|Math\.random|performance|crypto|process|console|globalThis|async|await|Promise|setTimeout|setInterval|setImmediate|queueMicrotask|fetch|require|Buffer|eval)\b/g;
  const found = CORE.flatMap(({ path, code }) => (code.match(forbidden) ?? []).map((word) => `${path}: ${word}`));
  assert.deepEqual(found, []);
});

/** The folder of a layer that a file is in; a file directly under its layer stands for itself. */
function placeOf(path: string): string {
  return path.split("/").length > 3 ? posix.dirname(path) : path;
}

/** The arrows between files of one layer by `nameOf`, without those within one name and types of ports. */
function arrowsBetween(layer: string, nameOf: (path: string) => string): ReadonlyMap<string, ReadonlySet<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const { path, imports } of FILES.filter((file) => file.layer === layer)) {
    const targets = imports.filter((name) => name.startsWith(".")).map((name) => posix.join(posix.dirname(path), name));
    for (const target of targets) {
      if (nameOf(target) === nameOf(path) || isPort(path, target)) continue;
      arrows.set(nameOf(path), (arrows.get(nameOf(path)) ?? new Set()).add(nameOf(target)));
    }
  }
  return arrows;
}

/** A way along the arrows that comes back to its start; undefined when there is none. */
function findCircle(arrows: ReadonlyMap<string, ReadonlySet<string>>): string | undefined {
  const done = new Set<string>();
  function visit(name: string, way: readonly string[]): string | undefined {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name].join(" -> ");
    if (done.has(name)) return undefined;
    done.add(name);
    for (const next of arrows.get(name) ?? []) {
      const circle = visit(next, [...way, name]);
      if (circle !== undefined) return circle;
    }
    return undefined;
  }
  for (const name of arrows.keys()) {
    const circle = visit(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test("a circle is found wherever it is entered, and none where there is none", () => {
  const arrows = (...pairs: readonly (readonly [string, string])[]) =>
    new Map(pairs.map(([from, to]) => [from, new Set([to])]));
  assert.equal(findCircle(arrows(["a", "b"], ["b", "c"], ["c", "b"])), "b -> c -> b");
  assert.equal(findCircle(arrows(["a", "b"], ["b", "c"])), undefined);
});

for (const layer of Object.keys(LAYERS)) {
  test(`${layer} has no circle of files, and its folders import one another in one direction`, () => {
    assert.equal(findCircle(arrowsBetween(layer, (path) => path)), undefined);
    assert.equal(findCircle(arrowsBetween(layer, placeOf)), undefined);
  });
}

test("a file opens by saying what it is", () => {
  assert.deepEqual(
    FILES.filter(({ text }) => !text.startsWith("/**")).map(({ path }) => path),
    [],
  );
});

test("no file has a default export, an any, a suppression or a name that says nothing", () => {
  const wrong = FILES.filter(
    ({ path, text, code }) =>
      /\bexport default\b|[:<,|&(]\s*any\b|\bas any\b/.test(code) ||
      /@ts-(?:ignore|expect-error|nocheck)|\b(?:c8|v8|istanbul) ignore/.test(text) ||
      /(?:^|[/-])(?:utils?|helpers?|common|misc|manager)(?:[.-]|$)/.test(path),
  );
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  );
});

test("the core decides in a browser's engine that has nothing but ECMAScript and the text coders", async () => {
  const contents =
    'export * from "./src/core/admission/eligibility.ts"; export * from "./src/core/admission/explanation.ts"; export * from "./src/core/kubelet/keyring.ts"; export * from "./src/core/admission/review.ts"; export * from "./src/core/admission/decision.ts";';
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ".", loader: "ts" },
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    globalName: "pullring",
    logLevel: "silent",
  });
  const secret = {
    metadata: { name: "testquay" },
    type: "kubernetes.io/dockerconfigjson",
    data: {
      ".dockerconfigjson": Buffer.from('{"auths":{"quay.io":{"auth":"dTpw"},"\u00e9.io":{}}}').toString("base64"),
    },
  };
  const request = {
    uid: "u",
    kind: { group: "", kind: "Pod" },
    operation: "CREATE",
    subResource: "",
    namespace: "default",
    name: "",
    dryRun: false,
    object: { spec: { containers: [{ name: "web", image: "quay.io/acme/web" }] } },
  };
  const script = `${outputFiles[0]?.text}
    const keyring = pullring.buildKeyring([pullring.readEligibleCredential(${JSON.stringify(secret)})]);
    const { patch } = pullring.decide(${JSON.stringify(request)}, () => ({ keyring, serviceAccount: undefined }));
    JSON.stringify(patch);`;
  const patch = runInNewContext(script, { TextEncoder, TextDecoder }) as string;
  assert.deepEqual(JSON.parse(patch), [{ op: "add", path: "/spec/imagePullSecrets", value: [{ name: "testquay" }] }]);
});
