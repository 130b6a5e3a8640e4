import assert from "node:assert/strict";
import { test } from "node:test";
import { parseImageReference } from "../../../src/core/kubelet/image-reference.ts";

const HEX = "0123456789abcdef";
const SHA256 = HEX.repeat(4);

for (const [image, repository] of [
  ["nginx", "docker.io/library/nginx"],
  ["nginx:1.27", "docker.io/library/nginx"],
  ["acme/api", "docker.io/acme/api"],
  ["docker.io/nginx", "docker.io/library/nginx"],
  ["docker.io/acme/api:1", "docker.io/acme/api"],
  ["index.docker.io/nginx", "docker.io/library/nginx"],
  ["index.docker.io/acme/api", "docker.io/acme/api"],
  ["index.docker.io:443/acme", "index.docker.io:443/acme"],
  ["docker.io:443/acme", "docker.io:443/acme"],
  ["Docker.io/acme", "Docker.io/acme"],
  ["quay.io/acme/web:1", "quay.io/acme/web"],
  [`quay.io/acme/web@sha256:${SHA256}`, "quay.io/acme/web"],
  [`quay.io/acme/web:1@sha384:${HEX.repeat(6)}`, "quay.io/acme/web"],
  [`web@sha512:${HEX.repeat(8)}`, "docker.io/library/web"],
  ["localhost", "docker.io/library/localhost"],
  ["localhost:5000", "docker.io/library/localhost"],
  ["localhost/x", "localhost/x"],
  ["localhost:5000/x", "localhost:5000/x"],
  ["quay.io", "docker.io/library/quay.io"],
  ["quay.io:1", "docker.io/library/quay.io"],
  ["192.168.0.1:80", "docker.io/library/192.168.0.1"],
  ["192.168.0.1:80/x", "192.168.0.1:80/x"],
  ["reg:5000/x", "reg:5000/x"],
  ["reg.io:0443/x", "reg.io:0443/x"],
  ["REG.io/x", "REG.io/x"],
  ["FOO/bar", "FOO/bar"],
  ["[::1]/x", "[::1]/x"],
  ["[fd00::1]:5000/a/b", "[fd00::1]:5000/a/b"],
  ["[12345::]/x", "[12345::]/x"],
  ["my_host.io/x", "my_host.io/x"],
  ["my_host/x", "docker.io/my_host/x"],
  ["xn--n3h.io/x", "xn--n3h.io/x"],
  ["a.b/c__d/e--f/g.h_i", "a.b/c__d/e--f/g.h_i"],
  [HEX.repeat(4).slice(1), `docker.io/library/${SHA256.slice(1)}`],
  [`${SHA256}0`, `docker.io/library/${SHA256}0`],
  [`${SHA256}:1`, `docker.io/library/${SHA256}`],
  [`q.io/${SHA256}`, `q.io/${SHA256}`],
  [`q.io/${"a".repeat(255)}`, `q.io/${"a".repeat(255)}`],
  [`${"a".repeat(247)}`, `docker.io/library/${"a".repeat(247)}`],
  [`x:${"t".repeat(128)}`, "docker.io/library/x"],
  [`${"h".repeat(400)}.io/x`, `${"h".repeat(400)}.io/x`],
] as const) {
  test(`the image ${image} is of the repository ${repository}`, () => {
    assert.deepEqual(parseImageReference(image), { repository, error: null });
  });
}

const FORMAT = "invalid reference format";
for (const [image, error] of [
  [SHA256, "cannot be 64 hexadecimal digits alone"],
  ["", FORMAT],
  [" nginx", FORMAT],
  ["nginx\n", FORMAT],
  ["nginx:", FORMAT],
  ["nginx:-1", FORMAT],
  [`nginx:${"t".repeat(129)}`, FORMAT],
  ["nginx:a:b", FORMAT],
  ["/nginx", FORMAT],
  ["quay.io/", FORMAT],
  ["quay.io//x", FORMAT],
  ["quay.io/x/", FORMAT],
  ["-quay.io/x", FORMAT],
  ["quay-.io/x", FORMAT],
  ["quay..io/x", FORMAT],
  ["quay.io:/x", FORMAT],
  ["quay.io:port/x", FORMAT],
  ["my_host.io:80/x", FORMAT],
  ["quay.io/a___b", FORMAT],
  ["quay.io/a..b", FORMAT],
  ["quay.io/-a", FORMAT],
  ["quay.io/é", FORMAT],
  ["https://quay.io/x", FORMAT],
  ["[::1%25a]/x", FORMAT],
  ["[::1]x/y", FORMAT],
  ["nginx@", FORMAT],
  ["nginx@sha256", FORMAT],
  ["nginx@sha256:abc", FORMAT],
  ["nginx@sha256:xyz", FORMAT],
  [`nginx@sha256:${SHA256}@sha256:${SHA256}`, FORMAT],
  ["Nginx", "repository name must be lowercase"],
  ["quay.io/Acme/web", "repository name must be lowercase"],
  [`quay.io/foo@SHA256:${SHA256}`, "repository name must be lowercase"],
  [`nginx@md5:${HEX.repeat(2)}`, "unsupported digest algorithm"],
  [`nginx@sha256:${HEX.repeat(2)}`, "invalid checksum digest length"],
  [`nginx@sha256:${SHA256.toUpperCase()}`, "invalid checksum digest format"],
  [`q.io/${"a".repeat(256)}`, "repository name must not be more than 255 characters"],
  ["a".repeat(248), "repository name must not be more than 255 characters"],
  [`my_host.io/${"a".repeat(245)}`, "repository name must not be more than 255 characters"],
] as const) {
  test(`the image ${JSON.stringify(image)} is refused: ${error}`, () => {
    assert.deepEqual(parseImageReference(image), { repository: null, error });
  });
}
