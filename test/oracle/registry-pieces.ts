/** The pieces of registries and registry keys, as lists to draw from: what is common, what is a rule by itself, what is illegal. */

/** A long host that stays below 253 bytes when it is varied: the core takes no longer one for a host. */
const LONG_HOST = [..."abcd"].map((label) => label.repeat(50)).join(".");
/** Hosts of keys and images, legal or not. */
export const HOSTS: readonly string[] = [
  "docker.io",
  "docker.io",
  "index.docker.io",
  "quay.io",
  "reg.io",
  "registry-1.docker.io",
  "a.reg.example.com",
  "localhost",
  "FOO",
  "Reg.IO",
  "reg.io.",
  "my_host.io",
  "my_host",
  "10.0.0.1",
  LONG_HOST,
  "xn--bcher-kva.example",
  "registry",
  "*",
  "[::1]",
  "[fd00::1]",
  "[A::1]",
  "[::ffff:1.2.3.4]",
  "[fe80::1%25eth0]",
  "[fe80::1%25a.b]",
  "[fe80::1%25*]",
  "[fe80::1%2525a-z]",
  "[12345::]",
  "[::1",
  "a--b.io",
  "-a.io",
  ".io",
  "",
  "bücher.example",
  "世界.io",
];
/** Hosts with which an image parses, so that look-ups are compared and not refusals alone. */
export const SOUND_HOSTS: readonly string[] = [
  "docker.io",
  "docker.io",
  "index.docker.io",
  "quay.io",
  "reg.io",
  "registry-1.docker.io",
  "a.reg.example.com",
  "localhost",
  "FOO",
  "my_host.io",
  "10.0.0.1",
  LONG_HOST,
  "[::1]",
  "[fd00::1]",
];
/** Ports with which an image parses. */
export const SOUND_PORTS: readonly string[] = ["", "", "", ":5000", ":443", ":0443"];
/** Components with which an image parses. */
export const SOUND_COMPONENTS: readonly string[] = [
  "library",
  "team",
  "app",
  "a",
  "team-x",
  "a.b",
  "a__b",
  "nginx",
  "v1",
  "v2",
];
/** Port texts behind a host, colon and all. */
export const PORTS: readonly string[] = [
  "",
  "",
  "",
  "",
  ":5000",
  ":443",
  ":",
  ":0443",
  ":80:80",
  ":99999999999999999999",
  ":5a",
  ":*",
];
/** Components of paths, legal or not. */
export const COMPONENTS: readonly string[] = [
  "library",
  "team",
  "app",
  "a",
  "team-x",
  "a.b",
  "a__b",
  "nginx",
  "v1",
  "v2",
  "x-",
  "_x",
  "T",
  "..",
];
/** What may stand before a host, known to the kubelet or not. */
export const SCHEMES: readonly string[] = [
  "",
  "",
  "",
  "https://",
  "https://",
  "http://",
  "HTTPS://",
  "docker://",
  "//",
  "https:/",
  "https:",
];
/** What is put between the brackets of an address. */
export const ADDRESS_PIECES: readonly string[] = [
  "%25",
  "%25z",
  "%aa",
  "%20",
  "%2525",
  "%5d",
  "%5B",
  "%",
  "z",
  "0",
  ":",
  "::",
  "1.2.3.4",
  "]",
  "*",
  "ü",
];
/** Schemes that the kubelet knows. */
export const SOUND_SCHEMES: readonly string[] = ["", "", "https://", "http://"];
/** User info before a host. */
export const USERS: readonly string[] = [
  "user@",
  "u:p@",
  "a@b@",
  "%41@",
  "%zz@",
  "u[@",
  "ü@",
  "u p@",
  "@",
  ":@",
  "u/p@",
];
/** Paths of registry keys that have a meaning of their own, or break something. */
export const KEY_PATHS: readonly string[] = [
  "/",
  "/v1/",
  "/v2/",
  "/v1",
  "/v2",
  "/V1/",
  "/v3/",
  "/v1//",
  "/v2/v1/",
  "//",
  "/*",
  "/%2561",
  "/%",
  "/%zz",
  "/%00",
  "/ ",
  "/..",
  "/./",
  "/a%3Fx",
  "/a%23x",
  "/app:1.0",
  "/\\",
];
/** Queries and fragments behind a registry key. */
export const KEY_TAILS: readonly string[] = [
  "?q",
  "?q=%zz",
  "#f",
  "#%zz",
  "#%41",
  "#\u0000",
  "?#",
  "/",
  "?a#b",
];
