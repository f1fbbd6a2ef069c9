import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type FramingFields,
  frame,
  isTunnel,
  mayBeFramed,
  mayHaveContent,
  type ResponseFraming,
} from "#src/http1/response-framing.js";

const SILENT: FramingFields = { length: null, coded: false };
const LENGTH: FramingFields = { length: 3, coded: false };
const CODED: FramingFields = { length: null, coded: true };
const ALL = [SILENT, LENGTH, CODED];

interface Row {
  readonly name: string;
  readonly rfc: string;
  readonly statuses: readonly number[];
  readonly methods: readonly string[];
  readonly fields: readonly FramingFields[];
  readonly framing: ResponseFraming;
  /** The framing for an HTTP/1.0 client, if it is different. */
  readonly framing10?: ResponseFraming;
}

const METHODS = ["GET", "POST", "OPTIONS", "head", ""];
const rows: readonly Row[] = [
  {
    name: "HEAD has no content, whatever the fields say",
    rfc: "9112 §6.3 case 1",
    statuses: [200, 206, 404, 500],
    methods: ["HEAD"],
    fields: ALL,
    framing: "none",
  },
  {
    name: "204, 205 and 304 have none",
    rfc: "9112 §6.3 case 1, 9110 §15.3.6",
    statuses: [204, 205, 304],
    methods: [...METHODS, "HEAD"],
    fields: ALL,
    framing: "none",
  },
  {
    name: "an interim response has none",
    rfc: "9112 §6.3 case 1",
    statuses: [100, 102, 103, 199],
    methods: [...METHODS, "HEAD", "CONNECT"],
    fields: ALL,
    framing: "none",
  },
  {
    name: "101 changes the protocol",
    rfc: "9110 §15.2.2",
    statuses: [101],
    methods: [...METHODS, "HEAD", "CONNECT"],
    fields: ALL,
    framing: "raw",
  },
  {
    name: "2xx to CONNECT opens a tunnel, also 204",
    rfc: "9112 §6.3 case 2",
    statuses: [200, 204, 205, 299],
    methods: ["CONNECT"],
    fields: ALL,
    framing: "raw",
  },
  {
    name: "another status to CONNECT is a response as any",
    rfc: "9110 §9.3.6",
    statuses: [300, 403, 407, 502],
    methods: ["CONNECT"],
    fields: [LENGTH],
    framing: "length",
  },
  {
    name: "a coding of the author's ends with the connection",
    rfc: "9112 §6.3 case 4",
    statuses: [200, 404, 500, 999],
    methods: METHODS,
    fields: [CODED],
    framing: "close",
  },
  {
    name: "Content-Length",
    rfc: "9112 §6.3 case 6",
    statuses: [200, 206, 301, 404, 500, 999],
    methods: METHODS,
    fields: [LENGTH, { length: 0, coded: false }],
    framing: "length",
  },
  {
    name: "neither is chunked, which HTTP/1.0 does not know",
    rfc: "9112 §6.3 case 8, §6.1",
    statuses: [200, 206, 301, 404, 500, 999],
    methods: METHODS,
    fields: [SILENT],
    framing: "chunked",
    framing10: "close",
  },
];

for (const { name, rfc, statuses, methods, fields, framing, framing10 = framing } of rows) {
  test(`frame: ${name} (RFC ${rfc})`, () => {
    for (const status of statuses)
      for (const method of methods)
        for (const field of fields) {
          assert.equal(frame(status, method, field, 1), framing, `${method} ${status}`);
          assert.equal(frame(status, method, field, 0), framing10, `${method} ${status}, HTTP/1.0`);
        }
  });
}

test("frame chooses chunked only for an unframed response, and only in HTTP/1.1", () => {
  for (let status = 100; status <= 999; status++)
    for (const method of [...METHODS, "HEAD", "CONNECT"])
      for (const field of ALL) {
        const framings = [frame(status, method, field, 0), frame(status, method, field, 1)];
        assert.notEqual(framings[0], "chunked");
        if (field !== SILENT) assert.equal(framings[0], framings[1]);
        if (framings.includes("length")) assert.notEqual(field.length, null);
      }
});

test("a response that may have content may be framed, and one in a tunnel may not", () => {
  for (let status = 100; status <= 999; status++)
    for (const method of [...METHODS, "HEAD", "CONNECT"]) {
      if (isTunnel(status, method)) assert.equal(mayBeFramed(status, method), false);
      else if (mayHaveContent(status)) assert.equal(mayBeFramed(status, method), true);
    }
  // Its length is that of the corresponding 200: RFC 9110 §8.6.
  assert.equal(mayBeFramed(304, "GET"), true);
  for (const status of [100, 103, 204, 205]) assert.equal(mayBeFramed(status, "GET"), false);
});
