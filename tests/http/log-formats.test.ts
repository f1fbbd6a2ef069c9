import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { ResponseOutcome } from "#src/http/channels.js";
import { formatEntry, jsonMessage, type LoggedHandler } from "#src/http/log-formats.js";
import { HTTPMessage } from "#src/http1/message.js";
import { anyText } from "../support/any-text.js";

/** The facts of a request that the formats can show. */
interface Entry extends ResponseOutcome {
  readonly user: string | null;
  readonly request: string;
  readonly method: string | null;
  readonly path: string;
  readonly referer: string | null;
  readonly userAgent: string | null;
  readonly traceparents: readonly string[];
}

// The line of Apache's manual, "Combined Log Format", with the local time zone.
const ENTRY: Entry = {
  traceparents: [],
  user: "frank",
  request: "GET /apache_pb.gif HTTP/1.0",
  method: "GET",
  path: "/apache_pb.gif",
  status: 200,
  size: 2326,
  seconds: 0.0123456,
  complete: true,
  referer: "http://www.example.com/start.html",
  userAgent: "Mozilla/4.08 [en] (Win98; I ;Nav)",
};
const BEGAN = new Date(2000, 9, 10, 13, 55, 36, 789).getTime();

function handlerOf({ user, request, method, path, referer, userAgent, traceparents }: Entry): LoggedHandler {
  const lines = [
    ["Referer", referer],
    ["User-Agent", userAgent],
    ...traceparents.map((traceparent) => ["traceparent", traceparent]),
  ].filter(([, value]) => value !== null);
  return {
    ...{ command: method, path, requestline: request, remote_user: user, proxy_request_id: null },
    headers: new HTTPMessage(lines.flat() as string[]),
    address_string: () => "127.0.0.1",
  };
}

function format(name: "common" | "combined" | "json", change: Partial<Entry>): string {
  const entry = { ...ENTRY, ...change };
  return formatEntry(name, handlerOf(entry), entry, BEGAN + entry.seconds * 1000);
}

const zone = (() => {
  const minutes = -new Date(BEGAN).getTimezoneOffset();
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "-" : "+"}${hours < 10 ? "0" : ""}${hours}${rest < 10 ? "0" : ""}${rest}`;
})();
const START = `127.0.0.1 - frank [10/Oct/2000:13:55:36 ${zone}]`;

const rows: { format: "common" | "combined"; change: Partial<Entry>; line: string }[] = [
  { format: "common", change: {}, line: `${START} "GET /apache_pb.gif HTTP/1.0" 200 2326` },
  {
    format: "combined",
    change: {},
    line: `${START} "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"`,
  },
  { format: "common", change: { size: 0 }, line: `${START} "GET /apache_pb.gif HTTP/1.0" 200 -` },
  {
    format: "common",
    change: { status: null, size: 0 },
    line: `${START} "GET /apache_pb.gif HTTP/1.0" - -`,
  },
  { format: "common", change: { request: "" }, line: `${START} "-" 200 2326` },
  {
    format: "combined",
    change: { request: "x", referer: null, userAgent: "" },
    line: `${START} "x" 200 2326 "-" "-"`,
  },
  {
    format: "combined",
    change: { request: 'a"b\\c', referer: "\t\x1b\x7f", userAgent: "\xe9\x9f" },
    line: `${START} "a\\"b\\\\c" 200 2326 "\\t\\x1b\\x7f" "\\xe9\\x9f"`,
  },
  ...(
    [
      [null, "-"],
      ["", '""'],
      ["a b", "a\\x20b"],
      ["\u010a", "\\xc4\\x8a"],
      ["😀", "\\xf0\\x9f\\x98\\x80"],
    ] as const
  ).map(([user, shown]) => ({
    format: "common" as const,
    change: { user, request: "x" },
    line: `${START.replace("frank", () => shown)} "x" 200 2326`,
  })),
];

describe("formatEntry", () => {
  for (const { format: name, change, line } of rows) {
    test(`\`formatEntry\` writes ${JSON.stringify(change)} as ${name}`, () => {
      assert.equal(format(name, change), line);
    });
  }

  test("`formatEntry` writes all facts as JSON", () => {
    assert.deepEqual(JSON.parse(format("json", {})), {
      time: new Date(BEGAN).toISOString(),
      client: "127.0.0.1",
      user: "frank",
      request: "GET /apache_pb.gif HTTP/1.0",
      method: "GET",
      path: "/apache_pb.gif",
      status: 200,
      bytes: 2326,
      duration_ms: 12.346,
      complete: true,
      referer: "http://www.example.com/start.html",
      user_agent: "Mozilla/4.08 [en] (Win98; I ;Nav)",
    });
  });

  test("`formatEntry` has no path without a method", () => {
    const { method, path } = JSON.parse(format("json", { method: null, path: "" }));
    assert.deepEqual([method, path], [null, null]);
  });

  test("`formatEntry` returns one line without control characters for any values", () => {
    const text = anyText();
    fc.assert(
      fc.property(text, text, text, text, (request, user, referer, userAgent) => {
        for (const name of ["common", "combined", "json"] as const) {
          const line = format(name, { request, user, referer, userAgent });
          assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f]/);
          if (name === "json") assert.equal(JSON.parse(line).request, request);
          // Each field stays in its place: a client can't end its quotes.
          else
            assert.match(
              line,
              /^\S+ - \S+ \[[^\]]+\] "(?:[^"\\]|\\.)*" 200 2326(?: "(?:[^"\\]|\\.)*"){0,2}$/,
            );
        }
      }),
    );
  });
});

describe("jsonMessage", () => {
  test("`jsonMessage` writes a message as an object", () => {
    const { time, ...others } = JSON.parse(jsonMessage(handlerOf({ ...ENTRY, method: null }), 'a "b"\x1b'));
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(others, { client: "127.0.0.1", message: 'a "b"\x1b' });
  });
});

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const traces: readonly (readonly [what: string, fields: readonly string[], isKnown: boolean])[] = [
  ["none", [], false],
  ["one", [`00-${TRACE}-${SPAN}-01`], true],
  ["one of a later version", [`01-${TRACE}-${SPAN}-01-more`], true],
  ["one with more than its version has", [`00-${TRACE}-${SPAN}-01-more`], false],
  ["one of the forbidden version", [`ff-${TRACE}-${SPAN}-01`], false],
  ["one in upper case", [`00-${TRACE.toUpperCase()}-${SPAN}-01`], false],
  ["one of zeros", [`00-${"0".repeat(32)}-${SPAN}-01`], false],
  ["one whose span is zeros", [`00-${TRACE}-${"0".repeat(16)}-01`], false],
  ["several", [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-00`], false],
  ["nonsense", ['"}'], false],
];

for (const [what, traceparents, isKnown] of traces) {
  test(`the format json names the trace of a request with ${what} in traceparent: ${isKnown}`, () => {
    const { trace_id, span_id } = JSON.parse(format("json", { traceparents }));
    assert.deepEqual([trace_id, span_id], isKnown ? [TRACE, SPAN] : [undefined, undefined]);
  });
}
