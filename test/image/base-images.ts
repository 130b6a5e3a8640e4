/**
 * Makes stand-ins for the two images that the Dockerfile builds on, from what is on this machine: one with Node 24, npm and a
 * shell, one with Node 24 and nothing to run besides, as distroless has it.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Buildah } from "./buildah.ts";

const CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/** Where npm finds the settings of the machine in the build image, by npm's own environment variables. */
const NPM_SETTINGS = { userconfig: "/settings/user.npmrc", globalconfig: "/settings/global.npmrc" };

/** Names of the images, as build arguments of the Dockerfile. */
export const BUILD_BASE = "localhost/pullring-build-base";
export const RUNTIME_BASE = "localhost/pullring-runtime-base";

/** Makes both for the architecture of this machine. */
export function makeBaseImages(buildah: Buildah): void {
  const node = findNode24();
  commit(buildah, BUILD_BASE, {
    files: { "/usr/local/bin/node": node, "/bin/sh": "/bin/sh", "/usr/bin/env": "/usr/bin/env" },
    config: [
      "--env=PATH=/usr/local/bin:/usr/bin:/bin",
      `--env=NODE_EXTRA_CA_CERTS=${CA_BUNDLE}`,
      ...Object.entries(NPM_SETTINGS).map(([setting, path]) => `--env=npm_config_${setting}=${path}`),
    ],
    fill: addNpm,
  });
  commit(buildah, RUNTIME_BASE, { files: { "/nodejs/bin/node": node }, config: ["--user=65532"] });
}

/** Flags of a build that lend it this machine's settings of npm (a CA, a mirror); they become part of no image. */
export function npmSettings(): readonly string[] {
  return Object.entries(NPM_SETTINGS).flatMap(([setting, path]) => {
    const file = execFileSync("npm", ["config", "get", setting], { encoding: "utf8" }).trim();
    return existsSync(file) ? [`--volume=${file}:${path}:ro`] : [];
  });
}

interface Contents {
  /** Programs by their path in the image; the libraries that they need come too. */
  readonly files: Readonly<Record<string, string>>;
  /** Flags of `buildah config`. */
  readonly config: readonly string[];
  readonly fill?: (root: string) => void;
}

function commit(buildah: Buildah, name: string, { files, config, fill }: Contents): void {
  const container = buildah.run("from", "scratch");
  const root = buildah.run("mount", container);
  for (const [path, source] of Object.entries(files)) copy(source, join(root, path));
  for (const library of librariesOf(Object.values(files))) copy(library, join(root, library));
  copy(CA_BUNDLE, join(root, CA_BUNDLE));
  mkdirSync(join(root, "tmp"), { mode: 0o1777 });
  fill?.(root);
  buildah.run("config", ...config, container);
  buildah.run("commit", "--quiet", "--format=docker", container, name);
  buildah.run("rm", container);
}

/** npm as it is here. */
function addNpm(root: string): void {
  const npm = dirname(dirname(realpathSync(process.env.npm_execpath ?? "")));
  cpSync(npm, join(root, "usr/local/lib/node_modules/npm"), { recursive: true });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
}

function librariesOf(programs: readonly string[]): ReadonlySet<string> {
  return new Set(
    programs.flatMap((program) => {
      const printed = execFileSync("ldd", [program], { encoding: "utf8" });
      return [...printed.matchAll(/(\/\S+\.so\S*) \(0x/g)].map(([, path]) => path ?? "");
    }),
  );
}

/** Node 24 from its npm package, once for each machine, where .ci/run looks for it as well. */
function findNode24(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const prefix = join(cache, "pullring", "node-24");
  const program = join(prefix, "node_modules", "node", "bin", "node");
  if (!existsSync(program)) {
    execFileSync("npm", ["install", "--no-save", "--prefix", prefix, "node@24"], { stdio: "ignore" });
  }
  return program;
}

function copy(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  cpSync(source, target, { dereference: true });
}
