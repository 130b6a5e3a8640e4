/** pullring's image, built from the Dockerfile as the image suite builds it, for a registry to serve. */

import { fileURLToPath } from "node:url";
import { BUILD_BASE, makeBaseImages, npmSettings, RUNTIME_BASE } from "../../image/base-images.ts";
import { Buildah } from "../../image/buildah.ts";
import { repositoryRoot } from "../../manifests/manifest.ts";

/** Names the environment variable with the path of the OCI image layout. */
export const PULLRING_IMAGE_LAYOUT = "PULLRING_NODE_IMAGE";

/** Writes the image as an OCI image layout. @see https://github.com/opencontainers/image-spec image-layout.md */
export function writePullringImage(directory: string): void {
  const buildah = new Buildah();
  try {
    makeBaseImages(buildah);
    const args = [`--build-arg=BUILD_IMAGE=${BUILD_BASE}`, `--build-arg=RUNTIME_IMAGE=${RUNTIME_BASE}`];
    const tag = "localhost/pullring";
    const how = ["--isolation=chroot", "--pull-never", ...npmSettings(), `--tag=${tag}`];
    buildah.run("build", ...how, ...args, fileURLToPath(repositoryRoot));
    // Compressing it would take longer than everything that it saves here.
    buildah.run("push", "--quiet", "--disable-compression", tag, `oci:${directory}:latest`);
  } finally {
    buildah.remove();
  }
}
