/** Decodes JSON strings from their bytes as Go does. It makes no string that shares memory with the document. */
import { BACKSLASH } from "./ascii.ts";
import type { ByteSpan } from "./byte-span.ts";
import { decodeByteString, decodeUtf8 } from "./byte-string.ts";
import { endOfString } from "./json-syntax.ts";

/** A well-formed character, or a byte that starts none. @see Unicode 3.9, table 3-7 */
const CHARACTER =
  /[\0-\x7f]|[\xc2-\xdf][\x80-\xbf]|(?:\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f])[\x80-\xbf]|(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]{2}|([\x80-\xff])/g;
const encoder = new TextEncoder();
const REPLACEMENT = "\xef\xbf\xbd";

/**
 * Decodes the string whose opening quote stands at `position` of a document with checked syntax. Every byte that is not
 * UTF-8, and every unpaired surrogate escape, becomes U+FFFD.
 * @see go encoding/json unquoteBytes
 */
export function decodeJsonString(bytes: Uint8Array, position: number): string {
  const inside = bytes.subarray(position + 1, endOfString(bytes, position) - 1);
  const text = decodeUtf8(inside) ?? decodeBroken(inside);
  return text.includes("\\") ? (JSON.parse(`"${text}"`) as string).replace(/\p{Cs}/gu, "\ufffd") : text;
}

/**
 * Decodes the string at `position` to bytes and makes no string of it: a piece of the document where it has no escape. Bytes that
 * are not UTF-8 stay as they are.
 */
export function decodeJsonBytes(bytes: Uint8Array, position: number): ByteSpan {
  const [start, end] = [position + 1, endOfString(bytes, position) - 1];
  for (let at = start; at < end; at += 1) {
    if (bytes[at] === BACKSLASH) return decodeEscapes(bytes.subarray(start, end));
  }
  return { bytes, start, end };
}

/** One escape, or the two of a surrogate pair, is one character. */
const ESCAPED = /^\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|.)/s;

function decodeEscapes(inside: Uint8Array): ByteSpan {
  const decoded: number[] = [];
  for (let at = 0; at < inside.length; ) {
    const byte = inside[at] as number;
    if (byte !== BACKSLASH) {
      decoded.push(byte);
      at += 1;
      continue;
    }
    const escaped = ESCAPED.exec(String.fromCharCode(...inside.subarray(at, at + 12)))?.[0] as string;
    decoded.push(...encoder.encode(JSON.parse(`"${escaped}"`) as string));
    at += escaped.length;
  }
  return { bytes: Uint8Array.from(decoded), start: 0, end: decoded.length };
}

/** Each byte that is no part of a character is one replacement character; TextDecoder makes one of several. */
function decodeBroken(bytes: Uint8Array): string {
  const byteString = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return decodeByteString(byteString.replace(CHARACTER, (character, bad) => (bad ? REPLACEMENT : character))) as string;
}
