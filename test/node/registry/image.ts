/** Images as a registry holds them: a manifest and blobs, each known by its digest. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Bytes with their media type. */
export interface Blob {
  readonly type: string;
  readonly bytes: Buffer;
}

export interface Image {
  readonly manifest: Blob;
  /** Layers and configuration. */
  readonly blobs: readonly Blob[];
}

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

/** `sha256:HEX`. */
export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The image in an OCI image layout that holds one. */
export function readImageLayout(directory: string): Image {
  const read = (digest: string): Buffer => readFileSync(join(directory, "blobs", digest.replace(":", "/")));
  const index = JSON.parse(readFileSync(join(directory, "index.json"), "utf8")) as { manifests: { digest: string }[] };
  const manifest = { type: MANIFEST_TYPE, bytes: read(index.manifests[0]?.digest ?? "") };
  const { config, layers } = JSON.parse(manifest.bytes.toString()) as Record<"config", { digest: string }> & {
    readonly layers: readonly { digest: string }[];
  };
  const type = "application/octet-stream";
  return { manifest, blobs: [config, ...layers].map(({ digest }) => ({ type, bytes: read(digest) })) };
}

/** Makes images of a static busybox that sleep, each with a digest of its own, so that a node that has one has no other. */
export class SleepingImages {
  readonly #layer: Blob;
  readonly #diffId: string;

  constructor(busybox: string) {
    const root = mkdtempSync(join(tmpdir(), "busybox-"));
    for (const directory of ["bin", "tmp", "etc", "proc", "sys", "dev"]) mkdirSync(join(root, directory));
    cpSync(busybox, join(root, "bin/busybox"));
    for (const name of ["sh", "sleep", "cat", "ls", "true", "false"]) symlinkSync("busybox", join(root, "bin", name));
    const tar = execFileSync("tar", ["-c", "--owner=0", "--group=0", "-C", root, "."], { maxBuffer: 64 * 1024 * 1024 });
    rmSync(root, { recursive: true });
    this.#layer = { type: "application/vnd.oci.image.layer.v1.tar+gzip", bytes: gzipSync(tar, { level: 1 }) };
    this.#diffId = digestOf(tar);
  }

  /** The image that goes by `name`. */
  image(name: string): Image {
    const config = {
      type: "application/vnd.oci.image.config.v1+json",
      bytes: json({
        architecture: process.arch === "x64" ? "amd64" : process.arch,
        os: "linux",
        config: { Env: ["PATH=/bin", `IMAGE=${name}`], Cmd: ["/bin/sleep", "2147483647"] },
        rootfs: { type: "layers", diff_ids: [this.#diffId] },
      }),
    };
    const parts = { config: descriptorOf(config), layers: [descriptorOf(this.#layer)] };
    const manifest = { type: MANIFEST_TYPE, bytes: json({ schemaVersion: 2, mediaType: MANIFEST_TYPE, ...parts }) };
    return { manifest, blobs: [this.#layer, config] };
  }
}

function descriptorOf({ type, bytes }: Blob): object {
  return { mediaType: type, digest: digestOf(bytes), size: bytes.length };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
