/** Decides what counts as an IPv6 address between the brackets of a URL's host. It accepts what Go's net/netip accepts. */

/**
 * Tells whether `text` is an IPv6 address, perhaps with a `%zone` (not empty) or an IPv4 tail; plain IPv4 is not.
 * @see go net/netip ParseAddr
 */
export function isIPv6Address(text: string): boolean {
  const percent = text.indexOf("%");
  if (percent === text.length - 1 && percent >= 0) return false;
  const address = percent < 0 ? text : text.slice(0, percent);
  const gap = address.indexOf("::");
  if (gap < 0) return countFields(address, true) === 8;
  const head = address.slice(0, gap);
  const tail = address.slice(gap + 2);
  const headFields = head === "" ? 0 : countFields(head, false);
  const tailFields = tail === "" ? 0 : countFields(tail, true);
  return headFields !== undefined && tailFields !== undefined && headFields + tailFields <= 7;
}

/** Counts the 16-bit fields of a part without `::`; undefined when it is malformed. An IPv4 tail counts two. */
function countFields(part: string, mayEndInIPv4: boolean): number | undefined {
  const fields = part.split(":");
  let count = 0;
  for (const [position, field] of fields.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(field)) {
      count += 1;
    } else if (mayEndInIPv4 && position === fields.length - 1 && isIPv4(field)) {
      count += 2;
    } else {
      return undefined;
    }
  }
  return count;
}

function isIPv4(text: string): boolean {
  const octets = text.split(".");
  return octets.length === 4 && octets.every((octet) => /^(0|[1-9][0-9]{0,2})$/.test(octet) && Number(octet) <= 255);
}
