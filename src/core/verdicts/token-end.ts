/** Reads when a token that is used as a password ends. What cannot be read says nothing; nothing else of the token is kept. */
import { OPEN_BRACE, QUOTE } from "../go/ascii.ts";
import { decodeBase64 } from "../go/base64.ts";
import { type ByteSpan, byteAt, bytesOfSpan } from "../go/byte-span.ts";
import { decodeJsonString } from "../go/json-string.ts";
import { endOfScalar, forEachMember, isJson } from "../go/json-syntax.ts";

const DOT = 0x2e;

/** The base64 of `{"`, with which the first part of a JWT starts, and a password of Amazon ECR. */
const START = [0x65, 0x79, 0x4a];

/** Later times are no times. The year 5138. */
const MAX_SECONDS = 1e11;

/**
 * Gives the end of a token in seconds since 1970; undefined when the password is no token that has one. Read are JWTs (`exp`)
 * and passwords of Amazon ECR, which are the base64 of JSON with an `expiration`.
 * @see RFC 7519 section 4.1.4
 */
export function readTokenEnd(password: ByteSpan): number | undefined {
  if (!START.every((byte, index) => byteAt(password, index) === byte)) return undefined;
  const token = bytesOfSpan(password);
  const first = token.indexOf(DOT);
  if (first < 0) return readSeconds(decode(token), "expiration");
  const second = token.indexOf(DOT, first + 1);
  return second < 0 ? undefined : readSeconds(decode(token.subarray(first + 1, second)), "exp");
}

/** Both alphabets of base64, with or without padding. */
function decode(bytes: Uint8Array): Uint8Array | undefined {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return decodeBase64(text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, ""), "unpadded");
}

function readSeconds(json: Uint8Array | undefined, member: string): number | undefined {
  if (json === undefined || json[0] !== OPEN_BRACE || !isJson(json)) return undefined;
  let seconds: number | undefined;
  forEachMember(json, 0, (name, value) => {
    if (json[value] === QUOTE || decodeJsonString(json, name) !== member) return;
    const end = endOfScalar(json, value);
    const number = end < 0 ? Number.NaN : Number(String.fromCharCode(...json.subarray(value, end)));
    if (number > 0 && number < MAX_SECONDS) seconds = Math.floor(number);
  });
  return seconds;
}
