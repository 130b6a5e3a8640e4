/** A piece of some bytes, by its ends: many are looked at for a moment, and a view of each would cost more than the look. */

/** The bytes from `start` up to, and without, `end`. */
export interface ByteSpan {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** No bytes. */
export const EMPTY_SPAN: ByteSpan = { bytes: new Uint8Array(), start: 0, end: 0 };

/** How many bytes a span has. */
export function spanLength({ start, end }: ByteSpan): number {
  return end - start;
}

/** Gives a byte by its place, counted from the end where it is negative; undefined beyond the span. */
export function byteAt({ bytes, start, end }: ByteSpan, index: number): number | undefined {
  const position = index < 0 ? end + index : start + index;
  return position >= start && position < end ? bytes[position] : undefined;
}

/** Tells whether two spans have the same bytes. */
export function isSameSpan(left: ByteSpan, right: ByteSpan): boolean {
  const length = spanLength(left);
  if (length !== spanLength(right)) return false;
  for (let index = 0; index < length; index += 1) {
    if (left.bytes[left.start + index] !== right.bytes[right.start + index]) return false;
  }
  return true;
}

/** Gives the bytes of a span as a view. */
export function bytesOfSpan({ bytes, start, end }: ByteSpan): Uint8Array {
  return bytes.subarray(start, end);
}
