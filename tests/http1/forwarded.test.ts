import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type ForwardedElement,
  type ForwardedNode,
  forwardedElements,
  forwardedForNodes,
  parseForwardedElement,
  parseForwardedFor,
  parseNode,
  readForwarded,
  type TrustedAddresses,
} from "#src/http1/forwarded.js";

const address = (name: string, port = 0): ForwardedNode => ({ name, port, isAddress: true });
const hidden = (name: string, port = 0): ForwardedNode => ({ name, port, isAddress: false });

const NODES: readonly (readonly [text: string, node: ForwardedNode | undefined])[] = [
  ["192.0.2.43", address("192.0.2.43")],
  ["192.0.2.43:47011", address("192.0.2.43", 47011)],
  ["192.0.2.43:0", address("192.0.2.43")],
  ["192.0.2.43:65535", address("192.0.2.43", 65535)],
  ["192.0.2.43:_port", address("192.0.2.43")],
  ["[2001:db8::17]", address("2001:db8::17")],
  ["[2001:db8::17]:4711", address("2001:db8::17", 4711)],
  ["[::ffff:192.0.2.1]", address("::ffff:192.0.2.1")],
  ["[::]", address("::")],
  ["unknown", hidden("unknown")],
  ["Unknown", hidden("unknown")],
  ["unknown:80", hidden("unknown", 80)],
  ["_hidden", hidden("_hidden")],
  ["_SEVKISEK", hidden("_SEVKISEK")],
  ["_a.b_c-d:_e.f", hidden("_a.b_c-d")],
  ...[
    "",
    "_",
    "hidden",
    "192.0.2",
    "192.0.2.256",
    "192.0.2.043",
    "192.0.2.43:",
    "192.0.2.43:65536",
    "192.0.2.43:123456",
    "192.0.2.43:+1",
    "192.0.2.43 ",
    "192.0.2.43:_",
    "2001:db8::17",
    "[2001:db8::17",
    "[2001:db8::17]x",
    "[2001:db8::17%eth0]",
    "[192.0.2.1]",
    "[1::2::3]",
    "[]",
    "unknownx",
    "_a b",
    "_é",
    "example.org",
    "127.1",
    "0x7f.0.0.1",
  ].map((text) => [text, undefined] as const),
];
for (const [text, node] of NODES) {
  test(`parseNode takes ${JSON.stringify(text)} for ${node === undefined ? "nothing" : "a node"}`, () => {
    assert.deepEqual(parseNode(text), node);
  });
}

const FORWARDED_FOR: readonly (readonly [text: string, node: ForwardedNode | undefined])[] = [
  ["2001:db8::17", address("2001:db8::17")],
  ["[2001:db8::17]:80", address("2001:db8::17", 80)],
  ["::1", address("::1")],
  ["192.0.2.43:80", address("192.0.2.43", 80)],
  ["fe80::1%eth0", undefined],
  ['"192.0.2.43"', undefined],
  ["for=192.0.2.43", undefined],
];
for (const [text, node] of FORWARDED_FOR) {
  test(`parseForwardedFor takes ${text} for ${node === undefined ? "nothing" : "a node"}`, () => {
    assert.deepEqual(parseForwardedFor(text), node);
  });
}

const ABSENT: ForwardedElement = { for: null, by: null, host: null, proto: null };
const ELEMENTS: readonly (readonly [text: string, element: Partial<ForwardedElement> | undefined])[] = [
  ["for=192.0.2.43", { for: address("192.0.2.43") }],
  ["For=192.0.2.43;PROTO=HTTPS", { for: address("192.0.2.43"), proto: "https" }],
  ['for="[2001:db8:cafe::17]:4711"', { for: address("2001:db8:cafe::17", 4711) }],
  ['for="_gazonk"', { for: hidden("_gazonk") }],
  ['for="\\_gazonk"', { for: hidden("_gazonk") }],
  ["for=unknown", { for: hidden("unknown") }],
  [
    'for=192.0.2.1;by="_edge:443";host="a.example:8443";proto=http',
    {
      for: address("192.0.2.1"),
      by: hidden("_edge", 443),
      host: "a.example:8443",
      proto: "http",
    },
  ],
  ["host=a.example", { host: "a.example" }],
  ['secret="a;b,c=\\"d\\"";proto=https', { proto: "https" }],
  [";for=192.0.2.1;;", { for: address("192.0.2.1") }],
  ["", {}],
  ...[
    "for",
    "for=",
    "=192.0.2.1",
    "192.0.2.1",
    "for=192.0.2.1:80", // a token can't contain a colon
    "for=[2001:db8::1]",
    'for="2001:db8::1"', // without brackets
    'for=""',
    'for="192.0.2.1',
    'for=192.0.2.1"',
    'for="192.0.2.1"x',
    'for="192.0.2.1\\',
    'for="a\x01b"',
    "for=example.org",
    "for=192.0.2.1;for=192.0.2.1",
    "for=192.0.2.1;FOR=192.0.2.2",
    "for =192.0.2.1",
    "for= 192.0.2.1",
    "for=192.0.2.1; proto=https",
    "for=192.0.2.1 ;proto=https",
    "for=192.0.2.1 proto=https",
    "by=example.org",
    'host=""',
    'host="a b"',
    'host="a/b"',
    'host="a:70000"',
    "proto=1",
    'proto="java script"',
    'x="a',
  ].map((text) => [text, undefined] as const),
];
for (const [text, element] of ELEMENTS) {
  const what = element === undefined ? "nothing" : "an element";
  test(`parseForwardedElement takes ${JSON.stringify(text)} for ${what}`, () => {
    assert.deepEqual(parseForwardedElement(text), element && { ...ABSENT, ...element });
  });
}

/** Proxies are in 10.0.0.0/8, and at `fd00::1`. */
const TRUSTED: TrustedAddresses = {
  includes: (name) => name.startsWith("10.") || name === "fd00::1",
  canonical: (name) => name.toLowerCase(),
};

type Fields = readonly (readonly [name: string, value: string])[];
interface Row {
  readonly name: string;
  readonly fields: Fields;
  readonly client?: readonly [name: string, port: number] | null;
  readonly scheme?: "http" | "https";
  readonly host?: string;
}
const row = (
  name: string,
  fields: Readonly<Record<string, string>> | Fields,
  client: Row["client"] = null,
  more: Pick<Row, "scheme" | "host"> = {},
): Row => ({
  name,
  fields: Array.isArray(fields)
    ? (fields as Fields)
    : Object.entries(fields as Readonly<Record<string, string>>),
  client,
  ...more,
});
const FOR = "X-Forwarded-For";
const PROTO = "X-Forwarded-Proto";
const HOST = "X-Forwarded-Host";

const ROWS: readonly Row[] = [
  row("no field", {}),
  row("an empty list", { [FOR]: "", Forwarded: "" }),
  row("a list of commas", { [FOR]: ", ,,", Forwarded: ",, ," }),

  row("one client", { [FOR]: "192.0.2.1" }, ["192.0.2.1", 0]),
  row("a client that has begun the list", { [FOR]: "198.51.100.9, 192.0.2.1" }, ["192.0.2.1", 0]),
  row("a client that names a proxy", { [FOR]: "10.0.0.1, 192.0.2.1" }, ["192.0.2.1", 0]),
  row("two proxies", { [FOR]: "198.51.100.9, 192.0.2.1, 10.0.0.7" }, ["192.0.2.1", 0]),
  row("two proxies, of IPv6", { [FOR]: "2001:db8::1, fd00::1" }, ["2001:db8::1", 0]),
  row("proxies alone", { [FOR]: "10.0.0.8, 10.0.0.7" }, ["10.0.0.8", 0]),
  row(
    "several field lines",
    [
      [FOR, "198.51.100.9"],
      [FOR, "192.0.2.1, 10.0.0.7"],
      [FOR, "10.0.0.8"],
    ],
    ["192.0.2.1", 0],
  ),
  row("much white space", { [FOR]: " \t192.0.2.1 \t, \t 10.0.0.7\t" }, ["192.0.2.1", 0]),
  row("empty elements", { [FOR]: ", 192.0.2.1, , 10.0.0.7," }, ["192.0.2.1", 0]),
  row("unknown", { [FOR]: "198.51.100.9, unknown, 10.0.0.7" }, ["unknown", 0]),
  row("a hidden name", { [FOR]: "198.51.100.9, _client" }, ["_client", 0]),
  row("nonsense to the left of the client", { [FOR]: "<script>, 192.0.2.1" }, ["192.0.2.1", 0]),
  row("nonsense in the client's place", { [FOR]: "192.0.2.1, nonsense" }),
  row("nonsense behind a proxy", { [FOR]: "192.0.2.1, nonsense, 10.0.0.7" }),
  row("a name in place of an address", { [FOR]: "example.org" }),

  row("Forwarded", { Forwarded: "for=192.0.2.1" }, ["192.0.2.1", 0]),
  row("Forwarded that the client has begun", { Forwarded: "for=198.51.100.9, for=192.0.2.1" }, [
    "192.0.2.1",
    0,
  ]),
  row(
    "Forwarded of two proxies",
    {
      Forwarded:
        "for=10.0.0.1;proto=http, for=192.0.2.1;proto=https;host=a.example, for=10.0.0.7;proto=http;host=b.example",
    },
    ["192.0.2.1", 0],
    { scheme: "https", host: "a.example" },
  ),
  row(
    "Forwarded in several field lines",
    [
      ["Forwarded", "for=198.51.100.9"],
      ["forwarded", "for=192.0.2.1"],
    ],
    ["192.0.2.1", 0],
  ),
  row(
    "Forwarded with commas and quotes in a string",
    { Forwarded: 'for=192.0.2.1;x="a, for=10.0.0.1;\\", b"' },
    ["192.0.2.1", 0],
  ),
  row("Forwarded with a string that the client has not closed", { Forwarded: 'for="_a, for=192.0.2.1' }, [
    "192.0.2.1",
    0,
  ]),
  row("the same before a quoted element", { Forwarded: 'for="_a, for="[2001:db8::1]"' }, ["2001:db8::1", 0]),
  row("the same before two", { Forwarded: 'for="_a\\, for=192.0.2.1, for="[fd00::1]:80"' }, ["192.0.2.1", 0]),
  row("Forwarded of nobody", { Forwarded: "for=unknown;proto=https" }, ["unknown", 0], { scheme: "https" }),
  row("Forwarded without a client", { Forwarded: "proto=https;host=a.example" }, null, {
    scheme: "https",
    host: "a.example",
  }),
  row("an element without a client behind another", { Forwarded: "for=192.0.2.1, proto=https" }, null, {
    scheme: "https",
  }),
  row(
    "a proxy that does not tell its client",
    { Forwarded: "for=192.0.2.1, proto=https, for=10.0.0.7" },
    ["10.0.0.7", 0],
    { scheme: "https" },
  ),
  row("malformed Forwarded", { Forwarded: "for=192.0.2.1;for=192.0.2.1;proto=https" }),
  row("malformed Forwarded beside a good list", { Forwarded: "nonsense", [FOR]: "192.0.2.1" }, [
    "192.0.2.1",
    0,
  ]),
  row("Forwarded beside a malformed list", { Forwarded: "for=192.0.2.1", [FOR]: "nonsense" }, [
    "192.0.2.1",
    0,
  ]),
  row("malformed Forwarded to the left of the client", { Forwarded: "nonsense, for=192.0.2.1" }, [
    "192.0.2.1",
    0,
  ]),

  row("both, and the same", { Forwarded: "for=192.0.2.1", [FOR]: "192.0.2.1, 10.0.0.7" }, ["192.0.2.1", 0]),
  row("both, written otherwise", { Forwarded: 'for="[2001:DB8::1]"', [FOR]: "2001:db8::1" }, [
    "2001:db8::1",
    0,
  ]),
  row("both, with the port in one", { Forwarded: 'for="192.0.2.1:80"', [FOR]: "192.0.2.1" }, [
    "192.0.2.1",
    80,
  ]),

  row("X-Real-IP", { "X-Real-IP": "192.0.2.1" }, ["192.0.2.1", 0]),
  row("X-Real-IP beside a list", { "X-Real-IP": "198.51.100.9", [FOR]: "192.0.2.1" }, ["192.0.2.1", 0]),
  row("X-Real-IP beside a malformed list", { "X-Real-IP": "192.0.2.1", [FOR]: "nonsense" }, ["192.0.2.1", 0]),
  row("malformed X-Real-IP", { "X-Real-IP": "192.0.2.1, 192.0.2.2" }),
  row("X-Real-IP twice", [
    ["X-Real-IP", "192.0.2.1"],
    ["X-Real-IP", "192.0.2.1"],
  ]),

  row("a scheme", { [PROTO]: "https" }, null, { scheme: "https" }),
  row("a scheme of WebSockets", { [PROTO]: "wss" }, null, { scheme: "https" }),
  row("another scheme", { [PROTO]: "javascript" }),
  row("a scheme that the client has begun", { [PROTO]: "https, http" }, null, { scheme: "http" }),
  row("a scheme for each proxy", { [FOR]: "192.0.2.1, 10.0.0.7", [PROTO]: "https, http" }, ["192.0.2.1", 0], {
    scheme: "https",
  }),
  row(
    "a scheme for each, and the client's own",
    { [FOR]: "192.0.2.1, 10.0.0.7", [PROTO]: "http, https, http" },
    ["192.0.2.1", 0],
    { scheme: "https" },
  ),
  row("one scheme for two proxies", { [FOR]: "192.0.2.1, 10.0.0.7", [PROTO]: "https" }, ["192.0.2.1", 0], {
    scheme: "https",
  }),
  row("a host", { [HOST]: "a.example:8443" }, null, { host: "a.example:8443" }),
  row("a host that the client has begun", { [HOST]: "evil.example, a.example" }, null, { host: "a.example" }),
  row(
    "a host for each proxy",
    { [FOR]: "192.0.2.1, 10.0.0.7", [HOST]: "a.example, b.example" },
    ["192.0.2.1", 0],
    { host: "a.example" },
  ),
  row("a malformed host", { [HOST]: "a/b" }),
  row("a scheme and a host of the two kinds", { Forwarded: "proto=https", [HOST]: "a.example" }, null, {
    scheme: "https",
    host: "a.example",
  }),
];
for (const { name, fields, client = null, scheme = null, host = null } of ROWS) {
  test(`readForwarded: ${name}`, () => {
    const read = readForwarded(fields.flat(), TRUSTED);
    assert.ok(read !== "contradictory");
    const found = read.client && [read.client.name, read.client.port];
    assert.deepEqual([found, read.scheme, read.host], [client, scheme, host]);
  });
}

const CONTRADICTIONS: readonly (readonly [what: string, fields: Readonly<Record<string, string>>])[] = [
  ["the client", { Forwarded: "for=198.51.100.9", [FOR]: "192.0.2.1" }],
  ["the client, behind a proxy", { Forwarded: "for=198.51.100.9", [FOR]: "192.0.2.1, 10.0.0.7" }],
  ["the client, which X-Real-IP has", { Forwarded: "for=198.51.100.9", "X-Real-IP": "192.0.2.1" }],
  ["a client that is hidden", { Forwarded: "for=unknown", [FOR]: "192.0.2.1" }],
  ["the scheme", { Forwarded: "for=192.0.2.1;proto=https", [FOR]: "192.0.2.1", [PROTO]: "http" }],
  ["the host", { Forwarded: "for=192.0.2.1;host=a.example", [FOR]: "192.0.2.1", [HOST]: "b.example" }],
];
for (const [what, fields] of CONTRADICTIONS) {
  test(`readForwarded finds that the two kinds of fields contradict each other about ${what}`, () => {
    assert.equal(readForwarded(Object.entries(fields).flat(), TRUSTED), "contradictory");
  });
}

const port = fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: null });
const nodes = fc.oneof(
  fc.tuple(fc.ipV4(), port).map(([name, port]) => (port === null ? name : `${name}:${port}`)),
  fc.tuple(fc.ipV6(), port).map(([name, port]) => (port === null ? `[${name}]` : `[${name}]:${port}`)),
  fc.constantFrom("unknown", "_hidden", "_a.b-c_d:_port"),
);
const quoted = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
const texts = fc.string({ unit: fc.constantFrom('"', "\\", ",", ";", "=", " ", "a", "f", "\xe9") });
const elements = fc.tuple(nodes, texts).map(([node, text]) => `for=${quoted(node)};x=${quoted(text)}`);

type List = readonly [
  read: (values: readonly string[]) => Iterable<unknown>,
  parse: (text: string) => unknown,
  texts: fc.Arbitrary<string>,
];
const LISTS: readonly List[] = [
  [forwardedElements, parseForwardedElement, elements],
  [forwardedForNodes, parseNode, nodes],
];
for (const [list, parse, members] of LISTS) {
  test(`${list.name} gives what was put together, in whatever lines it stands`, () => {
    fc.assert(
      fc.property(fc.array(fc.array(members, { minLength: 1 })), (lines) => {
        const read = [...list(lines.map((line) => line.join(" ,\t")))];
        assert.deepEqual(read, lines.flat().map(parse).reverse());
        assert.ok(!read.includes(undefined));
      }),
    );
  });
}

test("forwardedElements reads the element added by a proxy, whatever precedes it", () => {
  const anything = fc.string({
    unit: fc.constantFrom('"', "\\", ",", ";", "=", " ", "f", "o", "r", "[", "1"),
  });
  fc.assert(
    fc.property(anything, fc.array(elements, { minLength: 1, maxLength: 3 }), (before, added) => {
      const all = forwardedElements([`${before}, ${added.join(", ")}`]);
      for (const element of added.toReversed())
        assert.deepEqual(all.next().value, parseForwardedElement(element));
    }),
  );
});

test("forwardedElements takes time linear in the length of the list", () => {
  for (const piece of ['"', '\\"', "a=", ",", ';a="', '"a\\', "for=10.0.0.1,"]) {
    const value = piece.repeat(32 * 1024);
    for (const _ of forwardedElements([value]));
    for (const _ of forwardedForNodes([value]));
  }
});
