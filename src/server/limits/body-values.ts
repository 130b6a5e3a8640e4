/**
 * Tells a long body that JSON.parse would blow up: of 8 MiB of brackets it makes half a gigabyte, and no container has that.
 * Small bodies cannot do harm and are not looked at.
 */

/**
 * Most values of a body, and of all bodies together that wait for their answer. A value takes up to 360 bytes of memory (measured: members of different names), so 110 MB; Kubernetes
 * objects have 12 bytes and more of JSON for each, and two of 1.5 MiB, the most that etcd stores of one, fit in.
 */
export const MAX_VALUES = 300_000;

const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b];

/**
 * Counts the places where a value begins: behind a comma, a bracket or a brace outside of strings.
 * @returns `max` + 1 when there are more than `max`
 */
export function countValues(body: Uint8Array, max: number = MAX_VALUES): number {
  let values = 0;
  let isInString = false;
  for (let position = 0; position < body.length; position += 1) {
    const byte = body[position];
    if (byte === QUOTE) {
      isInString = !isInString;
    } else if (isInString) {
      position += byte === BACKSLASH ? 1 : 0;
    } else if (byte === COMMA || byte === BRACKET || byte === BRACE) {
      values += 1;
      if (values > max) {
        return values;
      }
    }
  }
  return values;
}
