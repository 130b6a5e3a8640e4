/** Judges what an entry holds. User names and passwords are looked at as bytes and never kept, and no finding tells of them. */
import { type ByteSpan, byteAt, isSameSpan, spanLength } from "../go/byte-span.ts";
import type { DockerConfigEntry } from "../kubelet/docker-config.ts";
import { isVoidEntry } from "../kubelet/docker-config.ts";
import type { CredentialStore, EntryFinding, Finding } from "./finding.ts";
import { isTemplate } from "./template.ts";
import { readTokenEnd } from "./token-end.ts";

/**
 * Gives what is not right with an entry.
 * @param registry its registry key as the findings tell it
 * @param store where Docker may keep the password of an entry that has none
 */
export function findEntryFindings(
  registry: string,
  entry: DockerConfigEntry,
  store: CredentialStore | null,
): readonly Finding[] {
  const { username, password, overruled, token } = entry;
  if (isVoidEntry(entry)) {
    return [token === null ? { code: "void-entry", registry, store } : { code: "token-not-read", registry, token }];
  }
  const findings: Finding[] = [];
  if (isTemplate(username) || isTemplate(password)) findings.push({ code: "template", registry });
  if (spanLength(password) === 0) findings.push({ code: "no-password", registry, token });
  if (spanLength(username) === 0) findings.push({ code: "no-user", registry });
  if (!isPlain(username)) findings.push(...findWhiteSpace(registry, "user name", username));
  if (!isPlain(password)) findings.push(...findWhiteSpace(registry, "password", password));
  if (overruled !== null && (differs(overruled.username, username) || differs(overruled.password, password))) {
    findings.push({ code: "auth-disagrees", registry });
  }
  const expiresAt = readTokenEnd(password);
  if (expiresAt !== undefined) findings.push({ code: "token-expires", registry, expiresAt });
  return findings;
}

/** An empty field says nothing, and so does not disagree. */
function differs(field: ByteSpan, used: ByteSpan): boolean {
  return spanLength(field) > 0 && !isSameSpan(field, used);
}

type WhiteSpace = EntryFinding & { readonly code: "white-space" };

/** Tells whether a value starts and ends with printable ASCII, as nearly all do. */
function isPlain(value: ByteSpan): boolean {
  return isPrintable(byteAt(value, 0)) && isPrintable(byteAt(value, -1));
}

function isPrintable(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0x20 && byte < 0x7f;
}

/** White space that takes several bytes in UTF-8, and characters without a width: U+0085, U+00A0, U+200B, U+2060, U+FEFF. */
const HIDDEN = [
  [0xc2, 0x85],
  [0xc2, 0xa0],
  [0xe2, 0x80, 0x8b],
  [0xe2, 0x81, 0xa0],
  [0xef, 0xbb, 0xbf],
];

function findWhiteSpace(registry: string, field: WhiteSpace["field"], value: ByteSpan): readonly WhiteSpace[] {
  return (["start", "end"] as const).flatMap((place) => {
    const character = characterAt(value, place);
    return character === undefined ? [] : [{ code: "white-space", registry, field, place, character }];
  });
}

function characterAt(value: ByteSpan, place: "start" | "end"): WhiteSpace["character"] | undefined {
  const byte = byteAt(value, place === "start" ? 0 : -1);
  if (byte === 0x0a || byte === 0x0d) return "newline";
  if (byte === 0x20 || byte === 0x09) return "blank";
  if (byte === undefined) return undefined;
  const isHidden = HIDDEN.some((bytes) => {
    const offset = place === "start" ? 0 : -bytes.length;
    return bytes.every((hidden, index) => byteAt(value, offset + index) === hidden);
  });
  return byte < 0x20 || byte === 0x7f || isHidden ? "hidden character" : undefined;
}
