/** The pieces of registries, registry keys and images, as lists to draw from: what is common, what is a rule by itself, what is illegal. */

/** The words of a text; `""` stands for the empty word. */
function words(text: string): readonly string[] {
  return text
    .trim()
    .split(/\s+/)
    .map((word) => (word === '""' ? "" : word));
}

/** A long host that stays below 253 bytes when it is varied: longer ones match nothing in the core. */
const LONG_HOST = [..."abcd"].map((label) => label.repeat(50)).join(".");
/** Hosts with which an image parses, so that look-ups are compared and not refusals alone. */
export const SOUND_HOSTS: readonly string[] = [
  LONG_HOST,
  ...words(`docker.io docker.io index.docker.io quay.io reg.io registry-1.docker.io a.reg.example.com
    localhost FOO my_host.io 10.0.0.1 [::1] [fd00::1]`),
];
/** Hosts of keys and images, legal or not. */
export const HOSTS: readonly string[] = [
  ...SOUND_HOSTS,
  ...words(`Reg.IO reg.io. my_host xn--bcher-kva.example registry * [A::1] [::ffff:1.2.3.4] [fe80::1%25eth0]
    [fe80::1%25a.b] [fe80::1%25*] [fe80::1%2525a-z] [12345::] [::1 a--b.io -a.io .io "" bücher.example 世界.io`),
];
/** Ports with which an image parses. */
export const SOUND_PORTS: readonly string[] = words('"" "" "" :5000 :443 :0443');
/** Port texts behind a host, colon and all. */
export const PORTS: readonly string[] = words('"" "" "" "" :5000 :443 : :0443 :80:80 :99999999999999999999 :5a :*');
/** Components with which an image parses. */
export const SOUND_COMPONENTS: readonly string[] = words("library team app a team-x a.b a__b nginx v1 v2");
/** Components of paths, legal or not. */
export const COMPONENTS: readonly string[] = [...SOUND_COMPONENTS, ...words("x- _x T ..")];
/** Schemes that the kubelet knows. */
export const SOUND_SCHEMES: readonly string[] = words('"" "" https:// http://');
/** What may stand before a host, known to the kubelet or not. */
export const SCHEMES: readonly string[] = words(
  '"" "" "" https:// https:// http:// HTTPS:// docker:// // https:/ https:',
);
/** What is put between the brackets of an address. */
export const ADDRESS_PIECES: readonly string[] = words(
  "%25 %25z %aa %20 %2525 %5d %5B % z 0 : :: 1.2.3.4 ] * ü %2525*%255Ba-c] %c3%a9-",
);
/** User info before a host. */
export const USERS: readonly string[] = [...words("user@ u:p@ a@b@ %41@ %zz@ u[@ ü@ @ :@ u/p@"), "u p@"];
/** Paths of registry keys that have a meaning of their own, or break something. */
export const KEY_PATHS: readonly string[] = [
  ...words("/ /v1/ /v2/ /v1 /v2 /V1/ /v3/ /v1// /v2/v1/ // /* /%2561 /% /%zz /%00 /.. /./ /a%3Fx /a%23x"),
  ...["/app:1.0", "/\\", "/ "],
];
/** Queries and fragments behind a registry key. */
export const KEY_TAILS: readonly string[] = [...words("?q ?q=%zz #f #%zz #%41 ?# / ?a#b"), "#\u0000"];

const HEX = "0123456789abcdef".repeat(8);
/** Tags and a digest with which an image parses. */
export const SOUND_TAGS: readonly string[] = [...words('"" "" :1 :latest :1.0-b_c'), `:1@sha256:${HEX.slice(0, 64)}`];
/** Tags and digests of images, legal or not, some at a limit. */
export const TAGS: readonly string[] = words(`:1 :latest :1.0-b_c : :-x :a:b .x :ü @ @@
  :${"t".repeat(128)} :${"t".repeat(129)} @sha256:${HEX.slice(0, 64)} @sha256:${HEX.slice(0, 64)}
  @sha384:${HEX.slice(0, 96)} @sha512:${HEX} @sha256:${HEX.slice(0, 63)} @sha256:${HEX.slice(0, 64).toUpperCase()}
  @SHA256:${HEX.slice(0, 64)} @md5:${HEX.slice(0, 32)} @sha256:${HEX.slice(0, 31)} @a+b.c-d_e:${HEX.slice(0, 40)}
  @sha256+b64:${HEX.slice(0, 64)}`);
/** Images that are a rule or a limit by themselves. */
export const WHOLE_IMAGES: readonly string[] = [
  ...words(`"" / : @ nginx NGINX localhost localhost:5000 quay.io quay.io:1 docker.io index.docker.io docker.io/
    index.docker.io/nginx docker.io:443/foo localhost/x 192.168.0.1:80 reg.io/a//b https://reg.io/app
    ${HEX.slice(0, 64)} ${HEX.slice(0, 63)} ${HEX.slice(0, 64)}:1 reg.io/${HEX.slice(0, 64)}
    reg.io/${"a".repeat(255)} reg.io/${"a".repeat(256)} ${"a".repeat(247)} ${"a".repeat(248)}
    my_host.io/${"a".repeat(244)} my_host.io/${"a".repeat(245)}`),
  ...[" ", "reg.io/foo\n"],
];
