/** Tags, digests and whole images, as lists to draw from: what is common, what is a limit by itself, what is illegal. */

/** Tags and a digest with which an image parses. */
export const SOUND_TAGS: readonly string[] = [
  "",
  "",
  ":1",
  ":latest",
  ":1.0-b_c",
  `:1@sha256:${"0123456789abcdef".repeat(4)}`,
];
/** Tags of images, legal or not. */
export const TAGS: readonly string[] = [
  ":1",
  ":latest",
  ":1.0-b_c",
  ":",
  ":-x",
  ":a:b",
  ":.x",
  `:${"t".repeat(128)}`,
  `:${"t".repeat(129)}`,
  ":ü",
];
const HEX = "0123456789abcdef".repeat(8);
/** Digests of images, legal or not. */
export const DIGESTS: readonly string[] = [
  `@sha256:${HEX.slice(0, 64)}`,
  `@sha256:${HEX.slice(0, 64)}`,
  `@sha384:${HEX.slice(0, 96)}`,
  `@sha512:${HEX}`,
  `@sha256:${HEX.slice(0, 63)}`,
  `@sha256:${HEX.slice(0, 64).toUpperCase()}`,
  `@SHA256:${HEX.slice(0, 64)}`,
  `@md5:${HEX.slice(0, 32)}`,
  `@sha256:${HEX.slice(0, 31)}`,
  `@a+b.c-d_e:${HEX.slice(0, 40)}`,
  `@sha256+b64:${HEX.slice(0, 64)}`,
  "@",
  "@@",
];
/** Images that are a rule or a limit by themselves. */
export const WHOLE_IMAGES: readonly string[] = [
  "",
  " ",
  "/",
  ":",
  "@",
  "nginx",
  "NGINX",
  "localhost",
  "localhost:5000",
  "quay.io",
  "quay.io:1",
  "docker.io",
  "index.docker.io",
  "docker.io/",
  "index.docker.io/nginx",
  "docker.io:443/foo",
  "localhost/x",
  "192.168.0.1:80",
  HEX.slice(0, 64),
  HEX.slice(0, 63),
  `${HEX.slice(0, 64)}:1`,
  `reg.io/${HEX.slice(0, 64)}`,
  `reg.io/${"a".repeat(255)}`,
  `reg.io/${"a".repeat(256)}`,
  "a".repeat(247),
  "a".repeat(248),
  `my_host.io/${"a".repeat(244)}`,
  `my_host.io/${"a".repeat(245)}`,
  "reg.io/foo\n",
  "reg.io/a//b",
  "https://reg.io/app",
];
