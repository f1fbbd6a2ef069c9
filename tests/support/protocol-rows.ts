import assert from "node:assert/strict";
import test from "node:test";
import { NEED_DATA } from "#src/http1/body-decoders.js";
import { type RequestEvent, ServerConnection } from "#src/http1/connection.js";
import { DEFAULT_LIMITS, type Limits } from "#src/http1/limits.js";
import type { FieldLines } from "#src/http1/message.js";
import { ProtocolError, type ProtocolErrorCode } from "#src/http1/protocol-error.js";
import type { RequestHead } from "#src/http1/request-head.js";

/** A request as one value, from any number of events. */
export interface ParsedRequest {
  readonly head: RequestHead;
  /** The content so far, as latin-1. */
  content: string;
  /** `undefined` until the request has ended. */
  trailers?: FieldLines;
}

/** All results of a connection for some bytes. */
export interface Outcome {
  readonly requests: ParsedRequest[];
  /** The last event: the parser needs more bytes, the client has closed, or it has violated the protocol. */
  end: "more" | "closed" | ProtocolErrorCode;
}

/** Bytes, the result that a server must get from them, and the section that requires it. */
export interface ProtocolRow {
  readonly name: string;
  /** The source: `9112 §6.3` is a section of an RFC. */
  readonly rfc: string;
  /** Bytes that the client sends, as latin-1. */
  readonly bytes: string;
  readonly limits?: Partial<Limits>;
  /** True if the client then ends its side of the connection. */
  readonly ends?: boolean;
  /** Code of the expected error; without it, there must be none. */
  readonly error?: ProtocolErrorCode;
  /** Expected requests before that. Only the named properties are compared. */
  readonly requests?: readonly ExpectedRequest[];
}

export interface ExpectedRequest extends Partial<RequestHead> {
  readonly content?: string;
  readonly trailers?: FieldLines;
}

// Small enough for the limits that rows set.
const BEHIND = "GET /b HTTP/1.0\r\n\r\n";

/** Latin-1 bytes. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** Feeds a new connection with pieces, taking all events after each, as a server does. */
export function outcomeOf(
  pieces: Iterable<Buffer>,
  { limits = {}, ends = false }: { limits?: Partial<Limits>; ends?: boolean } = {},
): Outcome {
  const connection = new ServerConnection({ ...DEFAULT_LIMITS, ...limits });
  const outcome: Outcome = { requests: [], end: "more" };
  for (const piece of pieces) {
    connection.receive(piece);
    if (!takeEvents(connection, outcome)) return outcome;
  }
  if (ends) connection.receiveEnd();
  takeEvents(connection, outcome);
  return outcome;
}

/** Takes events until there are none. Returns true if the connection continues. */
function takeEvents(connection: ServerConnection, outcome: Outcome): boolean {
  try {
    for (let event = connection.next(); event !== NEED_DATA; event = connection.next()) {
      if (event.type === "closed") {
        outcome.end = "closed";
        return false;
      }
      note(event, outcome.requests);
    }
    return true;
  } catch (error) {
    assert.ok(error instanceof ProtocolError, `not a ProtocolError: ${String(error)}`);
    outcome.end = error.code;
    assert.throws(() => connection.next(), error, "an error is final");
    return false;
  }
}

function note(event: Exclude<RequestEvent, symbol>, requests: ParsedRequest[]): void {
  if (event.type === "head") {
    requests.push({ head: event, content: "" });
    return;
  }
  const request = requests.at(-1);
  assert.ok(request !== undefined && request.trailers === undefined, "events come within a request");
  if (event.type === "content") {
    assert.ok(event.bytes.length > 0, "a piece of content is never empty");
    request.content += event.bytes.toString("latin1");
  } else if (event.type === "end") {
    request.trailers = event.trailers;
  }
}

/** Pieces of one byte. */
export function byteByByte(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (byte) => Buffer.of(byte));
}

/** Every way to cut bytes in two. */
export function* everyCut(bytes: Buffer): Generator<Buffer[]> {
  for (let at = 1; at < bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
}

/** Longer texts are not cut at each byte. */
const SHORT = 1000;

/**
 * Creates a test for each row. Its bytes are read whole, byte by byte, cut in two at every position, and with another
 * request after them. That request must be found only if the first one is valid.
 */
export function testRows(subject: string, rows: readonly ProtocolRow[]): void {
  for (const row of rows) {
    test(`${subject} ${row.name} (RFC ${row.rfc})`, () => {
      const whole = outcomeOf([bytesOf(row.bytes)], row);
      compare(whole, row);
      assertCutsAlike(whole, row);
      if (row.ends !== true) assertRequestBehind(whole, row);
    });
  }
}

function compare(outcome: Outcome, row: ProtocolRow): void {
  assert.equal(outcome.end, row.error ?? (row.ends === true ? "closed" : "more"));
  const expected = row.requests ?? (row.error === undefined ? [{}] : []);
  assert.equal(outcome.requests.length, expected.length, "number of requests");
  for (const [at, wanted] of expected.entries()) {
    const { head, content, trailers } = outcome.requests[at] as ParsedRequest;
    const found: Record<string, unknown> = { ...head, content, trailers };
    const part = Object.fromEntries(Object.keys(wanted).map((key) => [key, found[key]]));
    assert.deepEqual(part, wanted);
  }
}

/** Checks that bytes in pieces have the same outcome as in one. */
export function assertCutsAlike(whole: Outcome, row: Pick<ProtocolRow, "bytes" | "limits" | "ends">): void {
  const bytes = bytesOf(row.bytes);
  assert.deepEqual(outcomeOf(byteByByte(bytes), row), whole, "byte by byte");
  if (bytes.length > SHORT) return;
  for (const pieces of everyCut(bytes)) {
    assert.deepEqual(outcomeOf(pieces, row), whole, `cut after ${pieces[0]?.length} bytes`);
  }
}

function assertRequestBehind(whole: Outcome, row: ProtocolRow): void {
  const more = bytesOf(row.bytes + BEHIND);
  for (const pieces of [[more], byteByByte(more), [bytesOf(row.bytes), bytesOf(BEHIND)]]) {
    const { requests, end } = outcomeOf(pieces, row);
    assert.equal(end, whole.end);
    assert.deepEqual(requests.slice(0, whole.requests.length), whole.requests);
    const behind = requests.slice(whole.requests.length).map(({ head }) => head.path);
    assert.deepEqual(behind, whole.end === "more" ? ["/b"] : [], "the request behind");
  }
}
