/**
 * The few programs of a node that are no Go programs, or need a C compiler: from the Debian release of this machine, extracted
 * into our cache beside the built binaries. Nothing is installed; apt checks the signatures.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { binaryCache } from "./find.ts";

/** runc, the CNI plugins `bridge`, `host-local` and `loopback`, `nft` for kube-proxy, and what containers run. */
const NODE_PACKAGES = ["runc", "containernetworking-plugins", "nftables", "busybox-static"];

/** Renamed when it is complete. What apt would install besides, as libraries that this machine lacks, comes along. */
const SCRIPT = `
set -e
target=$1; shift
[ ! -d "$target" ] || exit 0
partial=$target.partial; rm -rf "$partial"; mkdir -p "$partial/archives/partial" "$partial/root"
apt-get -qq update
apt-get -qq --yes --no-install-recommends --download-only --reinstall -o APT::Sandbox::User=root \\
  -o "Dir::Cache::archives=$partial/archives" install "$@" >&2
for archive in "$partial"/archives/*.deb; do dpkg-deb --extract "$archive" "$partial/root"; done
mv -T "$partial/root" "$target"
rm -rf "$partial"
`;

/** The directory that holds their files as `/` would, downloaded at the first call on a machine. @throws Error with apt's words */
export function findDebianPackages(packages: readonly string[] = NODE_PACKAGES): string {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const version = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? "unknown";
  const hash = createHash("sha256").update(packages.join()).digest("hex").slice(0, 12);
  const target = join(binaryCache(), `debian-${version}-${process.arch}-${hash}`);
  if (existsSync(target)) return target;
  mkdirSync(binaryCache(), { recursive: true });
  process.stderr.write(`Downloading ${packages.join(", ")} of Debian ${version} once, into ${target}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const command = [`${target}.lock`, "sh", "-c", SCRIPT, "sh", target, ...packages];
  const { status, stderr, error } = spawnSync("flock", command, { env, encoding: "utf8" });
  if (status === 0) return target;
  throw new Error(
    `${packages.join(", ")} could not be had by apt-get (the node tests run on Debian and Ubuntu): ${stderr?.slice(-2_000)}`,
    { cause: error },
  );
}
