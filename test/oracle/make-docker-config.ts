/** Makes payloads of credentials as byte strings: from what `kubectl create secret docker-registry` writes to what only an attacker would. */
import { damageBytes, space, writeDeepValue, writeObject, writeOddValue, writeString } from "./make-json.ts";
import type { Random } from "./random.ts";

const ENTRY_FIELDS = ["username", "password", "email", "auth"];
const IGNORED_FIELDS = "identitytoken registrytoken serveraddress credsStore __proto__ auths constructor".split(" ");
const USER_TEXTS = ["u:p", "user:pass", "u:", ":p", ":", "u:p:q", "nocolon", "", "\xff:\x00", "ü:世", "u:p="];
/** Entries as common tools write them. */
const SOUND_ENTRIES = [
  ...Array(6).fill({ username: "u", password: "p", auth: "dTpw" }),
  ...[{ username: "u" }, { password: "p" }, { auth: "dTo=" }, { auth: "OnA=" }, { username: "", password: "p" }],
];
/** Spellings of an entry with neither user name nor password; `auth` counts before the fields. */
const VOID_ENTRIES = [
  ...[null, {}, { auth: null }, { auth: "" }, { auth: "Og==" }, { auth: "Og" }, { AUTH: "O\ng==\r\n" }],
  ...[{ username: "" }, { username: "", password: "", auth: "" }, { email: "e" }, { username: null, password: null }],
  ...[{ username: "u", password: "p", auth: "Og==" }, { identitytoken: "t" }, { user: "u", pass: "p" }],
];
const BASE64_ENDS = [..."= \n\t\u0085\u00a0\ufeff\u2028\u180eA", "==", "\r\n", "=\n", "= ", "=\u00a0", "=\ufeff"];

/** A payload with these registry keys; `hostile` ones are often refused. */
export function makePayload(
  random: Random,
  keys: readonly string[],
  hostile: boolean,
): { readonly type: string; readonly dataKey: string; readonly bytes: string } {
  const isJson = random.chance(0.7);
  const type = isJson ? "kubernetes.io/dockerconfigjson" : "kubernetes.io/dockercfg";
  const dataKey = isJson ? ".dockerconfigjson" : ".dockercfg";
  if (!hostile) {
    const entries = Object.fromEntries(
      keys.map((key) => [key, random.pick(random.chance(0.2) ? VOID_ENTRIES : SOUND_ENTRIES)]),
    );
    const text = JSON.stringify(isJson ? { auths: entries } : entries);
    return { type, dataKey, bytes: Buffer.from(text).toString("latin1") };
  }
  const shapeIsJson = random.chance(0.05) ? !isJson : isJson;
  const bytes = space(random) + (shapeIsJson ? makeWhole(random, keys) : makeEntries(random, keys)) + space(random);
  return { type, dataKey, bytes: random.chance(0.1) ? damageBytes(random, bytes) : bytes };
}

function makeWhole(random: Random, keys: readonly string[]): string {
  if (random.chance(0.02)) return random.chance(0.02) ? writeDeepValue(random) : writeOddValue(random);
  const members: [string, string][] = [[foldName(random, "auths"), makeEntries(random, keys)]];
  const add = (member: [string, string]): void => {
    members.splice(random.below(members.length + 1), 0, member);
  };
  if (random.chance(0.15))
    add([foldName(random, "auths"), makeEntries(random, keys.slice(random.below(keys.length + 1)))]);
  if (random.chance(0.06)) add([foldName(random, "auths"), "null"]);
  if (random.chance(0.15)) add([foldName(random, "HttpHeaders"), makeHeaders(random)]);
  if (random.chance(0.15)) add([random.pick(IGNORED_FIELDS), writeOddValue(random)]);
  if (random.chance(0.006)) add([random.pick(["deep", "HttpHeaders", "auths"]), writeDeepValue(random)]);
  return writeObject(random, members);
}

function makeHeaders(random: Random): string {
  if (random.chance(0.15)) return writeOddValue(random);
  const value = (): string => (random.chance(0.12) ? writeOddValue(random) : writeString(random, "h"));
  return writeObject(
    random,
    Array.from({ length: random.below(3) }, () => ["X-Meta", value()] as const),
  );
}

function makeEntries(random: Random, keys: readonly string[]): string {
  if (random.chance(0.02)) return writeOddValue(random);
  const members: [string, string][] = keys.map((key) => [key, makeEntry(random)]);
  const [first] = keys;
  if (first !== undefined && random.chance(0.1)) {
    members.splice(random.below(members.length + 1), 0, [first, makeEntry(random)]);
  }
  return writeObject(random, members);
}

function makeEntry(random: Random): string {
  if (random.chance(0.05)) return random.chance(0.6) ? random.pick(["null", "{}"]) : writeOddValue(random);
  const members: [string, string][] = [];
  for (let count = random.pick([0, 1, 1, 2, 3, 4]); count > 0; count -= 1) {
    const name = random.pick(ENTRY_FIELDS);
    const value = random.chance(0.03)
      ? writeOddValue(random)
      : writeString(random, name === "auth" ? makeAuth(random) : random.pick(USER_TEXTS));
    members.push([foldName(random, name), value]);
  }
  if (random.chance(0.08)) members.push([random.pick(IGNORED_FIELDS), writeOddValue(random)]);
  if (random.chance(0.0005)) members.push(["deep", writeDeepValue(random)]);
  return writeObject(random, members);
}

/** The name as it is most of the time; else in other case, or with a letter that Go folds, or one that it does not. */
function foldName(random: Random, name: string): string {
  if (random.chance(0.85)) return name;
  const letters = [...name].map((letter) => (random.chance(0.5) ? letter.toUpperCase() : letter.toLowerCase()));
  return random.pick([
    name.toUpperCase(),
    letters.join(""),
    name.replace(/s/g, "ſ"),
    letters.join("").replace(/s/i, "ſ"),
    `${name} `,
    ` ${name}`,
    name.slice(0, -1),
    name.replace("a", "á"),
    name.replace("a", "\u0430"),
    `${name}\u0000`,
  ]);
}

/** A field `auth`: base64 of user and password, whole or damaged in ways that decoders disagree on. */
function makeAuth(random: Random): string {
  const sound = Buffer.from(random.pick(USER_TEXTS), "latin1").toString("base64");
  const at = random.below(sound.length + 1);
  if (random.chance(0.75)) return random.chance(0.7) ? sound : sound.replace(/=+$/, "");
  const piece = random.pick(["\r", "\n", " ", "=", "-", "_", "A", "\u00ff", "*"]);
  return random.pick([
    sound + random.pick(BASE64_ENDS),
    sound.replace(/=+$/, "") + random.pick(BASE64_ENDS),
    sound.slice(0, at) + piece + sound.slice(at),
    sound.slice(0, at) + sound.slice(at + 1),
    sound.slice(0, at) + random.pick(["\n", "\r\n"]) + sound.slice(at),
    // Set bits behind the last byte are accepted.
    sound.replace(/.(?==+$)/, (last) => String.fromCharCode(last.charCodeAt(0) + 1)),
  ]);
}
