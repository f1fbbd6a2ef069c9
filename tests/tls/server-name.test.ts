import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parseServerName } from "#src/tls/server-name.js";

const label = (length: number) => "a".repeat(length);

const hostNames = [
  "localhost",
  "LocalHost",
  "a",
  "vm-1.example.test",
  "3com.test",
  "1.2.3.a4",
  "xn--bcher-kva.test",
  "a--b",
  label(63),
  `${label(63)}.${label(63)}.${label(63)}.${label(61)}`, // 253
];
for (const name of hostNames) {
  test(`\`parseServerName\` takes ${name} for a host name`, () =>
    assert.deepEqual(parseServerName(name), { kind: "dns", text: name }));
}

const addresses: [text: string, hex: string][] = [
  ["127.0.0.1", "7f000001"],
  ["0.0.0.0", "00000000"],
  ["255.255.255.255", "ffffffff"],
  ["::", "00000000000000000000000000000000"],
  ["::1", "00000000000000000000000000000001"],
  ["1::", "00010000000000000000000000000000"],
  ["2001:DB8::a:0:b", "20010db8000000000000000a0000000b"],
  ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
  ["1:2:3:4:5:6:7::", "00010002000300040005000600070000"],
  ["::2:3:4:5:6:7:8", "00000002000300040005000600070008"],
  ["::ffff:192.0.2.1", "00000000000000000000ffffc0000201"],
  ["1:2:3:4:5:6:192.0.2.1", "000100020003000400050006c0000201"],
  ["64:ff9b::192.0.2.1", "0064ff9b0000000000000000c0000201"],
];
for (const [text, hex] of addresses) {
  test(`\`parseServerName\` takes ${text} for an IP address`, () => {
    const octets = Uint8Array.from(Buffer.from(hex, "hex"));
    assert.deepEqual(parseServerName(text), { kind: "ip", text, octets });
  });
}

const refused: [why: string, name: string][] = [
  ["nothing", ""],
  ["a dot alone", "."],
  ["an empty label", "a..b"],
  ["a dot in front", ".a"],
  ["the dot of the root", "example.test."],
  ["a hyphen in front", "-a.test"],
  ["a hyphen at the end of a label", "a-.test"],
  ["an underscore", "my_pc"],
  ["a wildcard", "*.example.test"],
  ["a space", "a b"],
  ["a line feed at the end", "localhost\n"],
  ["a NUL", "localhost\0.evil.test"],
  ["a letter beyond ASCII", "bücher.test"],
  ["a Kelvin sign, a k to patterns that ignore case", "\u212aelvin.test"],
  ["a port", "localhost:8000"],
  ["a URL", "https://localhost"],
  ["an address in brackets", "[::1]"],
  ["an address out of range", "127.0.0.256"],
  ["an address of three numbers", "127.0.1"],
  ["a number", "1234"],
  ["a network", "10.0.0.0/8"],
  ["an IPv6 address of nine groups", "1:2:3:4:5:6:7:8:9"],
  ["an address with a zone", "fe80::1%eth0"],
  ["a zone without an address", "%eth0"],
  ["a label of 64", label(64)],
  ["a name of 254", `${label(63)}.${label(63)}.${label(63)}.${label(62)}`],
];
for (const [why, name] of refused) {
  test(`\`parseServerName\` does not take ${why}`, () => assert.equal(parseServerName(name), undefined));
}

test("`parseServerName` reads any IPv6 address as the URL parser does", () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
      assert.deepEqual(octetsOf(text), octetsOf(canonical));
    }),
  );
});

test("`parseServerName` reads the octets that an IPv6 address was made of, with and without `::`", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(16), (random, zeros) => {
      const octets = random.fill(0, 0, zeros);
      const full = Buffer.from(octets).toString("hex").match(/.{4}/g)?.join(":") ?? "";
      const short = new URL(`http://[${full}]`).hostname.slice(1, -1);
      assert.deepEqual([octetsOf(full), octetsOf(short)], [octets, octets]);
    }),
  );
});

function octetsOf(address: string): Uint8Array {
  const name = parseServerName(address);
  assert.equal(name?.kind, "ip");
  return name.octets;
}
