/** Strict base64 with the standard alphabet, as Go's encoding/base64 decodes it. `atob` and Buffer are too lenient. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const INVALID = 0xff;
const SEXTETS: Uint8Array = new Uint8Array(256).fill(INVALID);
for (let value = 0; value < ALPHABET.length; value += 1) SEXTETS[ALPHABET.charCodeAt(value)] = value;

/**
 * Decodes `text`; undefined when it is not base64. Carriage returns and line feeds are ignored anywhere, nothing else is;
 * set bits behind the last byte are accepted.
 * @param padding whether the text has to end in the exact `=` padding ("padded"), or must have none ("unpadded")
 * @see go encoding/base64 StdEncoding and RawStdEncoding
 */
export function decodeBase64(text: string, padding: "padded" | "unpadded"): Uint8Array | undefined {
  const digits = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, "") : text;
  const end = padding === "padded" ? endOfDigits(digits) : digits.length;
  if (end === undefined || end % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((end * 3) / 4));
  let buffer = 0;
  let written = 0;
  for (let position = 0; position < end; position += 1) {
    const sextet = SEXTETS[digits.charCodeAt(position)] ?? INVALID;
    if (sextet === INVALID) return undefined;
    buffer = (buffer << 6) | sextet;
    if (position % 4 !== 0) {
      bytes[written] = (buffer >> (6 - 2 * (position % 4))) & 0xff;
      written += 1;
    }
  }
  return bytes;
}

/** Where the digits end before an exact padding; undefined when the length is not a multiple of four. */
function endOfDigits(digits: string): number | undefined {
  if (digits.length % 4 !== 0) return undefined;
  if (digits.endsWith("==")) return digits.length - 2;
  return digits.endsWith("=") ? digits.length - 1 : digits.length;
}
