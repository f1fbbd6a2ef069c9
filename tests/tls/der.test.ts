import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import * as der from "#src/tls/der.js";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const TRUE = der.element(der.TAG.boolean, Uint8Array.of(0xff));
const octetString = (octets: Uint8Array) => der.element(der.TAG.octetString, octets);
const seconds = (date: string) => Date.parse(date) / 1000;

const encodings: [what: string, encoded: Buffer, hex: string][] = [
  ["an empty SEQUENCE", der.sequence(), "30 00"],
  ["a SEQUENCE of two", der.sequence(TRUE, der.sequence()), "30 05 0101ff 3000"],
  ["a SET of one", der.element(der.TAG.set, TRUE), "31 03 0101ff"],
  ["BOOLEAN true", TRUE, "01 01 ff"],
  ["a BIT STRING of octets", der.bitString(bytes("0a3b")), "03 03 00 0a3b"],
  // The example of X.690 §8.6.4.2.
  ["a BIT STRING with unused bits", der.bitString(bytes("0a3b5f291cd0"), 4), "03 07 04 0a3b5f291cd0"],
  ["an OCTET STRING", octetString(bytes("00ff")), "04 02 00ff"],
  // The example of X.690 §8.19.5.
  ["OBJECT IDENTIFIER 2.999.3", der.objectIdentifier("2.999.3"), "06 03 883703"],
  ["OBJECT IDENTIFIER 2.5.4.3", der.objectIdentifier("2.5.4.3"), "06 03 550403"],
  ["OBJECT IDENTIFIER 1.2.840.113549", der.objectIdentifier("1.2.840.113549"), "06 06 2a864886f70d"],
  ["OBJECT IDENTIFIER 1.3.127.128", der.objectIdentifier("1.3.127.128"), "06 04 2b 7f 8100"],
  ["an explicit tag", der.element(der.TAG.inside + 3, TRUE), "a3 03 0101ff"],
  ["an implicit tag", der.element(der.TAG.context + 7, bytes("7f000001")), "87 04 7f000001"],
];
for (const [what, encoded, hex] of encodings) {
  test(`DER has ${what}`, () => assert.deepEqual(encoded, bytes(hex)));
}

const lengths: [length: number, hex: string][] = [
  [0, "00"],
  [127, "7f"],
  [128, "8180"],
  [255, "81ff"],
  [256, "820100"],
  [65_535, "82ffff"],
  [65_536, "83010000"],
];
for (const [length, hex] of lengths) {
  test(`A length of ${length} is ${hex}`, () => {
    const encoded = octetString(new Uint8Array(length));
    assert.equal(encoded.subarray(1, encoded.length - length).toString("hex"), hex);
  });
}

const times: [date: string, tag: number, text: string][] = [
  ["1950-01-01T00:00:00Z", 0x17, "500101000000Z"],
  ["1999-12-31T23:59:59Z", 0x17, "991231235959Z"],
  ["2000-02-29T01:02:03Z", 0x17, "000229010203Z"],
  ["2049-12-31T23:59:59Z", 0x17, "491231235959Z"],
  ["2050-01-01T00:00:00Z", 0x18, "20500101000000Z"],
  ["9999-12-31T23:59:59Z", 0x18, "99991231235959Z"],
];
for (const [date, tag, text] of times) {
  test(`\`time\` writes ${date} as ${text}`, () => {
    assert.deepEqual(der.time(seconds(date)), Buffer.from([tag, text.length, ...Buffer.from(text)]));
  });
}

test("any content can be read back after its tag and length", () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.nat(70_000).map((length) => new Uint8Array(length)),
  );
  fc.assert(
    fc.property(content, (octets) => {
      assert.deepEqual(read(octetString(octets)), { tag: 0x04, content: Buffer.from(octets) });
    }),
  );
});

test("Elements of a SEQUENCE can be read back in order", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (contents) => {
      const { tag, content } = read(der.sequence(...contents.map((octets) => octetString(octets))));
      assert.equal(tag, 0x30);
      assert.deepEqual(
        readAll(content).map((element) => element.content),
        contents.map((octets) => Buffer.from(octets)),
      );
    }),
  );
});

test("Any OBJECT IDENTIFIER has its numbers", () => {
  const arcs = fc.oneof(
    fc.tuple(fc.constantFrom(0, 1), fc.nat(39)),
    fc.tuple(fc.constant(2), fc.nat(0x7fff_0000)),
  );
  fc.assert(
    fc.property(arcs, fc.array(fc.nat({ max: 0xffff_ffff })), ([root, arc], rest) => {
      const { content } = read(der.objectIdentifier([root, arc, ...rest].join(".")));
      assert.deepEqual(readBase128(content), [root * 40 + arc, ...rest]);
    }),
  );
});

test("Any time is one that JavaScript reads back", () => {
  const first = seconds("1950-01-01T00:00:00Z");
  const last = seconds("9999-12-31T23:59:59Z");
  fc.assert(
    fc.property(fc.integer({ min: first, max: last }), (time) => {
      const { tag, content } = read(der.time(time));
      const text = content.toString("latin1");
      const century = Number(text.slice(0, 2)) >= 50 ? "19" : "20";
      assert.equal(seconds(isoDate(tag === 0x17 ? century + text : text)), time);
    }),
  );
});

/** `20500101000000Z`, as JavaScript writes it. */
function isoDate(digits: string): string {
  return digits.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/** Reads the only element. */
function read(encoded: Buffer): Element {
  const [element, ...others] = readAll(encoded);
  assert.ok(element);
  assert.deepEqual(others, []);
  return element;
}

/** Reads elements, and insists on lengths in as few octets as possible. */
function readAll(encoded: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < encoded.length; ) {
    const tag = encoded.readUInt8(at);
    const first = encoded.readUInt8(at + 1);
    const more = first < 0x80 ? 0 : first - 0x80;
    const length = more === 0 ? first : encoded.readUIntBE(at + 2, more);
    assert.ok(more === 0 || length >= Math.max(0x80, 0x100 ** (more - 1)));
    const start = at + 2 + more;
    at = start + length;
    assert.ok(at <= encoded.length);
    elements.push({ tag, content: encoded.subarray(start, at) });
  }
  return elements;
}

function readBase128(octets: Uint8Array): number[] {
  const numbers: number[] = [];
  let number = 0;
  for (const octet of octets) {
    number = number * 0x80 + (octet % 0x80);
    if (octet >= 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  return numbers;
}
