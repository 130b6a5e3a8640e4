/** The targets of the benchmarks: pullring, and the baselines it is compared with. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TargetCommand } from "./target.ts";

const GO_MODULE = fileURLToPath(new URL("./go", import.meta.url));

/** Where the certificate of all targets stands. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** The built `pullring serve` with the credentials of a file, logging as it does by default. */
export function pullringCommand(
  name: string,
  credentials: string,
  { cert, key }: CertificateFiles,
): TargetCommand {
  const flags = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
  const tls = ["--tls", "files", "--tls-cert-file", cert, "--tls-key-file", key];
  return {
    name,
    command: process.execPath,
    arguments: ["dist/pullring.cjs", "serve", "--credentials", credentials, ...tls, ...flags],
    port: portOfLogLine,
  };
}

/** The port in the log line with which pullring says that its webhook listens; undefined for any other line. */
export function portOfLogLine(line: string): number | undefined {
  const { logger, address } = JSON.parse(line) as { readonly logger?: string; readonly address?: string };
  return logger === "webhook" && address !== undefined ? Number(address.split(":").at(-1)) : undefined;
}

/** The baselines: two in Node, and two in Go where Go is installed. */
export function baselineCommands(certificate: CertificateFiles): readonly TargetCommand[] {
  const { cert, key } = certificate;
  const node = ["bare-node", "express-json"].map((name) => nodeCommand(name, name, [cert, key]));
  const go = ["bare", "controller-runtime"].flatMap((name) => {
    const command = buildGo(name);
    return command === undefined
      ? []
      : [{ name: `go-${name}`, command, arguments: [cert, key], port: portOfLine }];
  });
  return [...node, ...go];
}

/** The bare server of Node, wasting CPU time for each request. */
export function wastefulCommand(
  name: string,
  wasteMicroseconds: number,
  { cert, key }: CertificateFiles,
): TargetCommand {
  return nodeCommand(name, "bare-node", [cert, key, "", String(wasteMicroseconds)]);
}

function nodeCommand(name: string, file: string, args: readonly string[]): TargetCommand {
  const path = fileURLToPath(new URL(`./targets/${file}.ts`, import.meta.url));
  return { name, command: process.execPath, arguments: ["--import", "tsx", path, ...args], port: portOfLine };
}

/** All baselines name their port as JSON in their first line. */
function portOfLine(line: string): number {
  return (JSON.parse(line) as { readonly port: number }).port;
}

/** Builds one of the Go baselines beside the other build products; undefined where Go is not installed. */
function buildGo(name: string): string | undefined {
  if (spawnSync("go", ["version"]).status !== 0) {
    return undefined;
  }
  const directory = join("dist", "bench");
  mkdirSync(directory, { recursive: true });
  const output = join(directory, name);
  const built = spawnSync("go", ["build", "-o", join(process.cwd(), output), `./${name}`], {
    cwd: GO_MODULE,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return built.status === 0 && existsSync(output) ? output : undefined;
}
