/** Makes registry keys and images that are close to each other: both are drawn around the theme of a case. */
import { damageText, percentEncode } from "./hostile-text.ts";
import type { Random } from "./random.ts";
import {
  ADDRESS_PIECES,
  COMPONENTS,
  HOSTS,
  KEY_PATHS,
  KEY_TAILS,
  PORTS,
  SCHEMES,
  SOUND_COMPONENTS,
  SOUND_HOSTS,
  SOUND_PORTS,
  SOUND_SCHEMES,
  SOUND_TAGS,
  TAGS,
  USERS,
  WHOLE_IMAGES,
} from "./registry-pieces.ts";

/** The registry and path that a case is about, so that keys and images meet. */
export interface Theme {
  readonly host: string;
  readonly port: string;
  /** Components joined by slashes; "" for none. */
  readonly path: string;
}

/** Draws the theme of a case; three of four are such that images parse. */
export function makeTheme(random: Random): Theme {
  const sound = random.chance(0.75);
  const host = random.pick(sound ? SOUND_HOSTS : HOSTS);
  // A port behind the host of Docker Hub, or behind an underscore, is a story of its own.
  const port = sound && /^docker|_/.test(host) ? "" : random.pick(sound ? SOUND_PORTS : PORTS);
  return { host, port, path: makePath(random) };
}

function makePath(random: Random): string {
  const components = random.chance(0.9) ? SOUND_COMPONENTS : COMPONENTS;
  return Array.from({ length: random.pick([0, 1, 1, 2, 2, 3]) }, () => random.pick(components)).join("/");
}

/** Draws a registry key, most of the time for the host of `theme`. */
export function makeRegistryKey(random: Random, theme: Theme): string {
  if (random.chance(0.04)) return random.pick(["", "https://", "/x", "https://index.docker.io/v1/", "*", "*:5000"]);
  const scheme = random.pick(random.chance(0.85) ? SOUND_SCHEMES : SCHEMES);
  const user = random.chance(0.06) ? random.pick(USERS) : "";
  const onTheme = random.chance(0.75);
  const host = onTheme ? theme.host : random.pick(HOSTS);
  const port = random.chance(onTheme ? 0.85 : 0.2) ? theme.port : random.pick(PORTS);
  const path = makeKeyPath(random, theme);
  const tail = random.chance(0.06) ? random.pick(KEY_TAILS) : "";
  const key = scheme + user + vary(random, host) + port + path + tail;
  return random.chance(0.12) ? damageText(random, key) : key;
}

/** Nothing, a beginning of the theme's path (cut anywhere), one that is odd, or an unrelated one. */
function makeKeyPath(random: Random, { path }: Theme): string {
  const whole = path === "" ? "" : `/${path}`;
  switch (random.below(11)) {
    case 0:
    case 1:
    case 2:
      return "";
    case 3:
    case 4:
      return whole;
    case 5:
    case 6:
      return whole.slice(0, random.below(whole.length + 1));
    case 7:
      return `${random.pick(["/v1", "/v2"])}${whole || "/"}`;
    case 8:
      return random.pick(KEY_PATHS);
    case 9:
      return whole.slice(0, 2) + percentEncode(random, whole.slice(2, 4)) + whole.slice(4);
    default:
      return `/${makePath(random)}`;
  }
}

/** Puts globs, classes or percent-encoding into a host, now and then. */
function vary(random: Random, host: string): string {
  if (host.startsWith("[")) return varyAddress(random, host);
  if (random.chance(0.65)) return host;
  const labels = host.split(".");
  const at = random.below(labels.length);
  const label = labels[at] ?? "";
  const cut = random.below(label.length + 1);
  const head = label.slice(0, cut);
  const tail = label.slice(cut);
  labels[at] = random.pick([
    "*",
    `${head}*`,
    `*${tail}`,
    `${head}*${tail}`,
    `${head}*${tail.slice(1)}`,
    `*${head}*`,
    `**${tail}`,
    `${head}*${tail.slice(0, 1)}*${tail.slice(2)}`,
    `${head}[a-z]${tail.slice(1)}`,
    `${head}?${tail.slice(1)}`,
    head + percentEncode(random, tail.slice(0, 1)) + tail.slice(1),
    label.toUpperCase(),
  ]);
  const varied = labels.join(".");
  return random.chance(0.1) ? random.pick([`*.${varied}`, `${varied}.*`, varied.replaceAll(".", "*")]) : varied;
}

/** Puts a zone, an escape or more of an address between the brackets, now and then. */
function varyAddress(random: Random, host: string): string {
  const at = random.below(host.length + 1);
  return random.chance(0.7) ? host : host.slice(0, at) + random.pick(ADDRESS_PIECES) + host.slice(at);
}

/** Draws an image, most of the time in the registry of `theme`; about a third are odd enough to be refused now and then. */
export function makeImage(random: Random, theme: Theme): string {
  if (random.chance(0.06)) return random.pick(WHOLE_IMAGES);
  const odd = random.chance(0.2);
  const onTheme = random.chance(0.85);
  const host = onTheme ? theme.host : random.pick(odd ? HOSTS : SOUND_HOSTS);
  const port = onTheme && !odd ? theme.port : random.pick(odd ? PORTS : SOUND_PORTS);
  const short = random.chance(host === "docker.io" ? 0.5 : 0.03);
  const path = [theme.path, makePath(random)].filter((part) => part !== "" && random.chance(0.8)).join("/");
  const name = (short ? "" : `${host}${port}/`) + (path || random.pick(SOUND_COMPONENTS));
  const image = name + (odd ? random.pick(TAGS) : random.pick(SOUND_TAGS));
  return random.chance(0.08) ? damageText(random, image) : image;
}
