/**
 * Returns the part of an address that a client can't choose freely: the whole IPv4 address, or the first 64 bits of an
 * IPv6 address, which are a subscriber's network. More bits would be useless for counting connections, because one
 * machine can have 2^64 addresses.
 *
 * @param address - an address as Node writes it, for example with `::ffff:` before an IPv4 address
 */
export function addressBlock(address: string): string {
  const unzoned = address.replace(/%.*$/, "");
  const mapped = mappedIPv4(unzoned);
  if (mapped !== undefined) return mapped;
  if (!unzoned.includes(":")) return unzoned;
  const [before = "", after] = unzoned.split("::");
  return firstFour(groupsOf(before), after === undefined ? null : groupsOf(after));
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":");
}

/** @param after - the groups after `::`; `null` if the address has no `::` */
function firstFour(before: readonly string[], after: readonly string[] | null): string {
  const zeros = after === null ? 0 : Math.max(8 - before.length - after.length, 0);
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...(after ?? [])];
  return `${groups.slice(0, 4).join(":")}::/64`;
}

/**
 * Returns the IPv4 address that a socket for both families shows as IPv6 (RFC 4291 §2.5.5.2), such as
 * `::ffff:127.0.0.1`; otherwise `undefined`.
 */
export function mappedIPv4(address: string): string | undefined {
  return /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
}
