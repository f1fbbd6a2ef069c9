import { crc32c } from "#src/io/proxy-protocol.js";

/** Beginning of the PROXY protocol, version 2. */
export const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

/** Parts of a header of version 2. By default it is that of a client with IPv4. */
export interface BinaryHeader {
  /** Version and command. */
  readonly command?: number;
  /** Family and transport. */
  readonly family?: number;
  readonly addresses?: Buffer;
  readonly tlvs?: readonly Buffer[];
  /** True to add a checksum. */
  readonly hasChecksum?: boolean;
  /** Replaces the correct one. */
  readonly length?: number;
}

export const LOCAL = 0x20;
export const PROXY = 0x21;
export const UNSPEC = 0x00;
export const TCP4 = 0x11;
export const TCP6 = 0x21;
export const UNIX = 0x31;

/** `192.0.2.1`, port 5000, to `192.0.2.2`, port 443. */
export const IPV4 = Buffer.from("c0000201c0000202138801bb", "hex");
/** `2001:db8::1`, port 5000, to `2001:db8::2`, port 443. */
export const IPV6 = Buffer.from(
  "20010db800000000000000000000000120010db8000000000000000000000002138801bb",
  "hex",
);

/** Two paths, each of 108 bytes. */
export function paths(from: string, to: string): Buffer {
  const bytes = Buffer.alloc(216);
  bytes.write(from, "latin1");
  bytes.write(to, 108, "latin1");
  return bytes;
}

/** A value with its type and its length. */
export function tlv(type: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([Buffer.of(type, bytes.length >> 8, bytes.length & 0xff), bytes]);
}

/** A header of version 2. */
export function binaryHeader({
  command = PROXY,
  family = TCP4,
  addresses = IPV4,
  tlvs = [],
  hasChecksum = false,
  length,
}: BinaryHeader = {}): Buffer {
  const rest = Buffer.concat([addresses, ...tlvs, ...(hasChecksum ? [tlv(0x03, Buffer.alloc(4))] : [])]);
  const prefix = Buffer.of(command, family, 0, 0);
  prefix.writeUInt16BE(length ?? rest.length, 2);
  const header = Buffer.concat([SIGNATURE, prefix, rest]);
  if (hasChecksum) header.writeUInt32BE(crc32c(header), header.length - 4);
  return header;
}
