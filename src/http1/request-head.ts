import { valuesOf } from "./field-lines.js";
import { type Framing, requestFraming } from "./framing.js";
import { isHost, listMembers } from "./grammar.js";
import type { FieldLines } from "./message.js";
import { clientPersists } from "./persistence.js";
import { ProtocolError } from "./protocol-error.js";
import type { RequestLine } from "./request-line.js";

/** A request without its body. */
export interface RequestHead extends RequestLine {
  readonly type: "head";
  /** Request line as sent, without its line end. */
  readonly line: string;
  /** Header fields. If the target has a host, it replaces `Host`. */
  readonly fields: FieldLines;
  readonly framing: Framing;
  /** True if the client wants to keep this connection: RFC 9112 §9.3. */
  readonly persistent: boolean;
  /** True if the client has sent `Connection: keep-alive`. */
  readonly saysKeepAlive: boolean;
  /** Expectation of the client before it sends the body (RFC 9110 §10.1.1). An unknown one gets 417. */
  readonly expectation: "none" | "100-continue" | "unknown";
}

/** Facts that depend only on the field section. They are the same for all requests with the same section. */
export type FieldFacts = Pick<
  RequestHead,
  "fields" | "framing" | "persistent" | "saysKeepAlive" | "expectation"
>;

/**
 * Checks a field section.
 *
 * @param fields - the fields as received
 * @param minorVersion - the minor HTTP version of the request line
 * @throws {@link ProtocolError}
 */
export function judgeFields(fields: FieldLines, minorVersion: 0 | 1): FieldFacts {
  const { host, connection, expect, lengths, codings } = decisiveValues(fields);
  // RFC 9112 §3.2: 400 for a missing Host in HTTP/1.1, and for several or an invalid one in any version.
  if (host.length === 0 && minorVersion === 1) throw new ProtocolError("MISSING_HOST");
  if (host.length > 1 || !isHost(host[0] ?? "")) throw new ProtocolError("BAD_HOST");
  const framing = requestFraming(codings, lengths, minorVersion);
  const options = connection.length === 0 ? NONE : listMembers(connection.join(","));
  if (options.some((option) => FOR_EVERY_RECIPIENT.test(option))) throw new ProtocolError("BAD_CONNECTION");
  return {
    fields,
    framing,
    persistent: clientPersists(minorVersion, options),
    saysKeepAlive: options.includes("keep-alive"),
    expectation: expect.length === 0 ? "none" : expectationOf(expect, minorVersion),
  };
}

const NONE: string[] = [];

interface DecisiveValues {
  host: string[];
  connection: string[];
  expect: string[];
  lengths: string[];
  codings: string[];
}

const DECISIVE: ReadonlyMap<string, keyof DecisiveValues> = new Map([
  ["host", "host"],
  ["connection", "connection"],
  ["expect", "expect"],
  ["content-length", "lengths"],
  ["transfer-encoding", "codings"],
]);

/** Collects the values in one pass. */
function decisiveValues(fields: FieldLines): DecisiveValues {
  const values = { host: NONE, connection: NONE, expect: NONE, lengths: NONE, codings: NONE };
  for (let at = 0; at < fields.length; at += 2) {
    const place = DECISIVE.get((fields[at] as string).toLowerCase());
    if (place === undefined) continue;
    if (values[place] === NONE) values[place] = [];
    values[place].push(fields[at + 1] as string);
  }
  return values;
}

export function requestHead(line: string, parts: RequestLine, facts: FieldFacts): RequestHead {
  const { method, target, path, authority, isSecure, version, minorVersion } = parts;
  const { framing, persistent, saysKeepAlive, expectation } = facts;
  const fields = authority === null ? facts.fields : withHost(facts.fields, authority);
  return {
    type: "head",
    line,
    method,
    target,
    path,
    authority,
    isSecure,
    version,
    minorVersion,
    fields,
    framing,
    persistent,
    saysKeepAlive,
    expectation,
  };
}

// A proxy removes the fields that Connection names. Without one of the following, the next server would see another
// framing, host, content or client. "A sender MUST NOT send a connection option corresponding to a field that is
// intended for all recipients": RFC 9110 §7.6.1.
const FOR_EVERY_RECIPIENT =
  /^(?:host|content-(?:length|type|encoding|range)|transfer-encoding|trailer|expect|authorization|cookie|cache-control|forwarded|x-forwarded-(?:for|host|proto)|x-real-ip)$/;

// An expectation in HTTP/1.0 is ignored: RFC 9110 §10.1.1.
function expectationOf(values: readonly string[], minorVersion: 0 | 1): RequestHead["expectation"] {
  const expectations = minorVersion === 0 ? NONE : listMembers(values.join(","));
  if (expectations.length === 0) return "none";
  return expectations.every((expectation) => expectation === "100-continue") ? "100-continue" : "unknown";
}

// RFC 9112 §3.2.2: a host in the target replaces the received one.
function withHost(fields: FieldLines, host: string): FieldLines {
  const replaced: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string;
    replaced.push(name, name.toLowerCase() === "host" ? host : (fields[at + 1] as string));
  }
  return valuesOf(replaced, "host").length > 0 ? replaced : ["Host", host, ...replaced];
}
