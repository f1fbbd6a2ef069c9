import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { crc32c, LONGEST_HEADER, type ProxyHeader, parseProxyHeader } from "#src/io/proxy-protocol.js";
import {
  type BinaryHeader,
  binaryHeader,
  IPV4,
  IPV6,
  LOCAL,
  paths,
  SIGNATURE,
  TCP6,
  tlv,
  UNIX,
  UNSPEC,
} from "../support/proxy-header.js";

const NOTHING: Omit<ProxyHeader, "version"> = {
  isLocal: false,
  source: null,
  destination: null,
  alpn: null,
  authority: null,
  uniqueId: null,
  ssl: null,
  tlvs: [],
};
const FROM_IPV4 = { source: ["192.0.2.1", 5000], destination: ["192.0.2.2", 443] } as const;
const FROM_IPV6 = { source: ["2001:db8::1", 5000], destination: ["2001:db8::2", 443] } as const;

/** The meaning of a header; a text for the problem with it. */
type Meant = Partial<Omit<ProxyHeader, "tlvs">> | string;

const LINES: readonly (readonly [line: string, meant: Meant])[] = [
  ["PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n", FROM_IPV4],
  [
    "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
    {
      source: ["255.255.255.255", 65535],
      destination: ["255.255.255.255", 65535],
    },
  ],
  ["PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", { source: ["0.0.0.0", 0], destination: ["0.0.0.0", 0] }],
  ["PROXY TCP6 2001:db8::1 2001:db8::2 5000 443\r\n", FROM_IPV6],
  ["PROXY TCP6 2001:0DB8:0:0:0:0:0:1 2001:db8::2 5000 443\r\n", FROM_IPV6],
  [
    `PROXY TCP6 ${Array(2).fill("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").join(" ")} 65535 65535\r\n`,
    {
      source: ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535],
      destination: ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535],
    },
  ],
  ["PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", { source: ["::ffff:192.0.2.1", 1], destination: ["::1", 2] }],
  ["PROXY UNKNOWN\r\n", {}],
  ["PROXY UNKNOWN ffff::1 whatever 1 2\r\n", {}],
  [`PROXY UNKNOWN ${"x".repeat(91)}\r\n`, {}], // 107 bytes
  [`PROXY UNKNOWN ${"x".repeat(92)}\r\n`, "too long"],
  ...[
    "PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\n",
    "PROXY \r\n",
    "PROXY TCP5 192.0.2.1 192.0.2.2 5000 443\r\n",
    "PROXY tcp4 192.0.2.1 192.0.2.2 5000 443\r\n",
    "PROXY UNKNOWNX\r\n",
    "PROXY UNKNOWN\rx\r\n",
    "PROXY UNIX /a /b 1 2\r\n",
    "PROXY TCP4  192.0.2.1 192.0.2.2 5000 443\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 5000 443 \r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 5000\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 5000 443 1\r\n",
    "PROXY TCP4 192.0.2.01 192.0.2.2 5000 443\r\n",
    "PROXY TCP4 192.0.2.256 192.0.2.2 5000 443\r\n",
    "PROXY TCP4 192.0.2 192.0.2.2 5000 443\r\n",
    "PROXY TCP4 2001:db8::1 2001:db8::2 5000 443\r\n",
    "PROXY TCP6 192.0.2.1 192.0.2.2 5000 443\r\n",
    "PROXY TCP6 fe80::1%eth0 ::1 5000 443\r\n",
    "PROXY TCP6 [::1] [::1] 5000 443\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 05000 443\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 65536 443\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 5000 70000\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 -1 443\r\n",
    "PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\r\n",
    "PROXY TCP4 \0 192.0.2.2 5000 443\r\n",
  ].map((line) => [line, "malformed line of version 1"] as const),
  ["proxy TCP4 192.0.2.1 192.0.2.2 5000 443\r\n", "other data"],
  ["GET / HTTP/1.1\r\n", "other data"],
  ["PUT / HTTP/1.1\r\n", "other data"],
  ["PROXYTCP4\r\n", "other data"],
  ["\r\n\r\nGET / HTTP/1.1\r\n", "other data"],
  ["\x16\x03\x01\x02\x00\x01\x00", "other data"],
  ["\n", "other data"],
];

const SSL = Buffer.concat([
  Buffer.from("0500000000", "hex"),
  tlv(0x21, "TLSv1.3"),
  tlv(0x22, "Zoë"),
  tlv(0x23, "TLS_AES_256_GCM_SHA384"),
  tlv(0x24, "SHA256"),
  tlv(0x25, "RSA2048"),
]);
const PLAIN_SSL = {
  isUsed: true,
  hasCertificate: false,
  isVerified: false,
  version: null,
  commonName: null,
  cipher: null,
  signatureAlgorithm: null,
  keyAlgorithm: null,
};
const garbage = Buffer.from("ff", "hex");

const BINARIES: readonly (readonly [name: string, header: BinaryHeader, meant: Meant])[] = [
  ["IPv4", {}, FROM_IPV4],
  ["IPv6", { family: TCP6, addresses: IPV6 }, FROM_IPV6],
  ["IPv4 of a datagram", { family: 0x12 }, FROM_IPV4],
  ["IPv4 without a transport", { family: 0x10 }, FROM_IPV4],
  [
    "paths",
    { family: UNIX, addresses: paths("/run/a", "/run/b") },
    { source: "/run/a", destination: "/run/b" },
  ],
  [
    "paths without a name",
    { family: UNIX, addresses: paths("", "\0abstract") },
    { source: "", destination: "@abstract" },
  ],
  [
    "a path of full length",
    { family: UNIX, addresses: paths("a".repeat(108), "b") },
    { source: "a".repeat(108), destination: "b" },
  ],
  ["nobody", { family: UNSPEC, addresses: Buffer.alloc(0) }, {}],
  ["nobody, with addresses", { family: UNSPEC, addresses: IPV4 }, {}],
  [
    "nobody, with values",
    { family: UNSPEC, addresses: Buffer.alloc(0), tlvs: [tlv(0x01, "h2")] },
    { alpn: "h2" },
  ],
  ["the proxy itself", { command: LOCAL, family: UNSPEC, addresses: Buffer.alloc(0) }, { isLocal: true }],
  ["the proxy itself, with addresses", { command: LOCAL }, { isLocal: true }],
  ["the proxy itself, with half of them", { command: LOCAL, addresses: garbage }, { isLocal: true }],
  [
    "the proxy itself, of an unknown address family",
    { command: LOCAL, family: 0xff, addresses: garbage },
    { isLocal: true },
  ],
  [
    "the proxy itself, with values",
    { command: LOCAL, tlvs: [tlv(0x02, "a.example")] },
    { isLocal: true, authority: "a.example" },
  ],

  ["ALPN", { tlvs: [tlv(0x01, "http/1.1")] }, { ...FROM_IPV4, alpn: "http/1.1" }],
  ["an authority", { tlvs: [tlv(0x02, "bücher.example")] }, { ...FROM_IPV4, authority: "bücher.example" }],
  ["an authority twice", { tlvs: [tlv(0x02, "a"), tlv(0x02, "b")] }, { ...FROM_IPV4, authority: "a" }],
  ["an id", { tlvs: [tlv(0x05, Buffer.from([0, 255]))] }, { ...FROM_IPV4, uniqueId: Buffer.from([0, 255]) }],
  [
    "an id of full length",
    { tlvs: [tlv(0x05, "x".repeat(128))] },
    { ...FROM_IPV4, uniqueId: Buffer.from("x".repeat(128)) },
  ],
  ["an id that is too long", { tlvs: [tlv(0x05, "x".repeat(129))] }, "values are malformed"],
  ["an empty value", { tlvs: [tlv(0x01, "")] }, { ...FROM_IPV4, alpn: "" }],
  [
    "values of unknown types",
    { family: TCP6, addresses: IPV6, tlvs: [tlv(0xea, "vpce"), tlv(0x04, "\0\0")] },
    FROM_IPV6,
  ],
  [
    "TLS",
    { tlvs: [tlv(0x20, SSL)] },
    {
      ...FROM_IPV4,
      ssl: {
        isUsed: true,
        hasCertificate: true,
        isVerified: true,
        version: "TLSv1.3",
        commonName: "Zoë",
        cipher: "TLS_AES_256_GCM_SHA384",
        signatureAlgorithm: "SHA256",
        keyAlgorithm: "RSA2048",
      },
    },
  ],
  [
    "TLS without a certificate",
    { tlvs: [tlv(0x20, Buffer.from("0100000000", "hex"))] },
    { ...FROM_IPV4, ssl: PLAIN_SSL },
  ],
  [
    "TLS with a certificate of before",
    { tlvs: [tlv(0x20, Buffer.from("0300000000", "hex"))] },
    {
      ...FROM_IPV4,
      ssl: { ...PLAIN_SSL, hasCertificate: true, isVerified: true },
    },
  ],
  [
    "TLS with a certificate that is not trusted",
    { tlvs: [tlv(0x20, Buffer.from("0500000001", "hex"))] },
    {
      ...FROM_IPV4,
      ssl: { ...PLAIN_SSL, hasCertificate: true },
    },
  ],
  [
    "no TLS",
    { tlvs: [tlv(0x20, Buffer.from("0000000001", "hex"))] },
    { ...FROM_IPV4, ssl: { ...PLAIN_SSL, isUsed: false } },
  ],
  ["incomplete TLS", { tlvs: [tlv(0x20, Buffer.from("01000000", "hex"))] }, "values are malformed"],
  [
    "TLS with half a value",
    { tlvs: [tlv(0x20, Buffer.from("0100000000210005", "hex"))] },
    "values are malformed",
  ],

  ["a checksum", { hasChecksum: true }, FROM_IPV4],
  [
    "a checksum behind values",
    { family: TCP6, addresses: IPV6, tlvs: [tlv(0x01, "h2")], hasChecksum: true },
    { ...FROM_IPV6, alpn: "h2" },
  ],
  [
    "a checksum of the proxy itself",
    { command: LOCAL, family: UNSPEC, addresses: Buffer.alloc(0), hasChecksum: true },
    { isLocal: true },
  ],
  ["a wrong checksum", { tlvs: [tlv(0x03, "\0\0\0\0")] }, "checksum is wrong"],
  [
    "a wrong checksum of the proxy itself",
    { command: LOCAL, family: UNSPEC, addresses: Buffer.alloc(0), tlvs: [tlv(0x03, "\0\0\0\0")] },
    "checksum is wrong",
  ],
  [
    "a right checksum and a wrong one",
    { tlvs: [tlv(0x03, "\0\0\0\0")], hasChecksum: true },
    "checksum is wrong",
  ],
  ["a checksum of three bytes", { tlvs: [tlv(0x03, "\0\0\0")] }, "values are malformed"],

  ["version 1", { command: 0x11 }, "unknown version or command"],
  ["version 3", { command: 0x31 }, "unknown version or command"],
  ["another command", { command: 0x22 }, "unknown version or command"],
  ["another family", { family: 0x41 }, "unknown address family"],
  ["another transport", { family: 0x13 }, "unknown address family"],
  ["no addresses", { addresses: Buffer.alloc(0) }, "too short for its addresses"],
  ["addresses that lack a byte", { addresses: IPV4.subarray(1) }, "too short for its addresses"],
  [
    "addresses of IPv6 that lack a byte",
    { family: TCP6, addresses: IPV6.subarray(1) },
    "too short for its addresses",
  ],
  ["half a type", { tlvs: [garbage] }, "values are malformed"],
  [
    "a value that is longer than the header",
    { tlvs: [Buffer.from("010002aa", "hex")] },
    "values are malformed",
  ],
  ["the longest header", { tlvs: [tlv(0xea, Buffer.alloc(LONGEST_HEADER - 16 - 12 - 3))] }, FROM_IPV4],
  ["a header that is longer", { length: LONGEST_HEADER - 16 + 1 }, `more than ${LONGEST_HEADER} bytes`],
  ["the longest that can be told", { length: 65_535 }, `more than ${LONGEST_HEADER} bytes`],
];

const ROWS = [
  ...LINES.map(([line, meant]) => ({
    name: JSON.stringify(line),
    version: 1 as const,
    bytes: Buffer.from(line, "latin1"),
    meant,
  })),
  ...BINARIES.map(([name, header, meant]) => ({
    name,
    version: 2 as const,
    bytes: binaryHeader(header),
    meant,
  })),
];

for (const { name, version, bytes, meant } of ROWS) {
  test(`parseProxyHeader reads ${name}, however it is cut, and leaves the bytes after it`, () => {
    const parsed = parseProxyHeader(Buffer.concat([bytes, Buffer.from("GET / HTTP/1.1\r\n\r\n")]));
    if (typeof meant === "string") {
      assert.equal(parsed.kind, "malformed");
      assert.match((parsed as { problem: string }).problem, new RegExp(meant));
    } else {
      assert.ok(parsed.kind === "header", JSON.stringify(parsed));
      const { tlvs, ...header } = parsed.header;
      const { tlvs: _, ...nothing } = NOTHING;
      assert.deepEqual(header, { ...nothing, version, ...meant });
      assert.equal(parsed.length, bytes.length);
      for (const { type, value } of tlvs) assert.ok(bytes.includes(tlv(type, value)));
    }
    for (let cut = 0; cut < bytes.length; cut += cut < 300 ? 1 : 997) {
      const { kind } = parseProxyHeader(bytes.subarray(0, cut));
      // A problem may appear earlier, and then it stays.
      if (kind !== "incomplete") assert.deepEqual([kind, parsed.kind], ["malformed", "malformed"]);
    }
  });
}

test("parseProxyHeader reports as early as possible that there is no header", () => {
  assert.equal(parseProxyHeader(Buffer.from("G")).kind, "malformed");
  assert.equal(parseProxyHeader(Buffer.from("PUT")).kind, "malformed");
  assert.equal(parseProxyHeader(Buffer.from("\r\n\r\n\r")).kind, "malformed");
  assert.equal(parseProxyHeader(Buffer.from(`PROXY ${"x".repeat(101)}`)).kind, "malformed");
  assert.equal(parseProxyHeader(Buffer.alloc(0)).kind, "incomplete");
});

test("parseProxyHeader keeps nothing of the bytes after the header", () => {
  const parsed = parseProxyHeader(
    Buffer.concat([binaryHeader({ tlvs: [tlv(0x01, "h2")] }), Buffer.alloc(1 << 20)]),
  );
  assert.ok(parsed.kind === "header");
  assert.ok((parsed.header.tlvs[0]?.value.buffer.byteLength ?? 0) < 1 << 20);
});

test("parseProxyHeader gives the same whatever is behind the header, and nothing but a header or what is wrong for any bytes", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((rest) => Buffer.concat([SIGNATURE, rest])),
    fc
      .string({ unit: fc.constantFrom(..."PROXYTC46 UNK:.01f\r\n") })
      .map((rest) => Buffer.from(`PROXY ${rest}`)),
    fc.uint8Array({ maxLength: 40 }).map((rest) => Buffer.from(rest)),
  );
  fc.assert(
    fc.property(bytes, fc.uint8Array(), (first, behind) => {
      const parsed = parseProxyHeader(first);
      const longer = parseProxyHeader(Buffer.concat([first, behind]));
      if (parsed.kind !== "incomplete") assert.deepEqual(longer, parsed);
    }),
  );
});

test("parseProxyHeader reads the addresses and values that were written", () => {
  const type = fc.integer({ min: 0xe0, max: 0xff });
  const values = fc.array(fc.tuple(type, fc.uint8Array({ maxLength: 50 })), { maxLength: 5 });
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
      values,
      fc.boolean(),
      (address, list, hasChecksum) => {
        const tlvs = list.map(([type, value]) => ({ type, value: Buffer.from(value) }));
        const addresses = Buffer.from(address);
        const bytes = binaryHeader({
          addresses,
          tlvs: tlvs.map(({ type, value }) => tlv(type, value)),
          hasChecksum,
        });
        const parsed = parseProxyHeader(bytes);
        assert.ok(parsed.kind === "header");
        const [host, port] = parsed.header.source as readonly [string, number];
        assert.deepEqual(
          [...host.split(".").map(Number), port >> 8, port & 0xff],
          [...address.slice(0, 4), ...address.slice(8, 10)],
        );
        assert.deepEqual(parsed.header.tlvs.slice(0, tlvs.length), tlvs);
        if (!hasChecksum) return;
        // The checksum detects any error in the addresses.
        const at = 16 + ((address[0] as number) % 12);
        bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
        assert.match(JSON.stringify(parseProxyHeader(bytes)), /checksum is wrong/);
      },
    ),
  );
});

test("crc32c returns the check value of its definition, and those of RFC 3720", () => {
  assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
  assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
  assert.equal(crc32c(Buffer.alloc(0)), 0);
});
