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
  /** The request line as it was sent, without its end. */
  readonly line: string;
  /** The header fields. If the target has a host, it replaces `Host`. */
  readonly fields: FieldLines;
  readonly framing: Framing;
  /** True if the client wants to keep this connection: RFC 9112 §9.3. */
  readonly persistent: boolean;
  /** True if the client has sent `Connection: keep-alive`. */
  readonly saysKeepAlive: boolean;
  /**
   * The client's expectation before it sends the content, RFC 9110 §10.1.1: none, `100 Continue`, or an
   * unknown one, which is answered with 417.
   */
  readonly expectation: "none" | "100-continue" | "unknown";
}

/** Facts that depend on the field section only. They are the same for every request with the same section. */
export type FieldFacts = Pick<
  RequestHead,
  "fields" | "framing" | "persistent" | "saysKeepAlive" | "expectation"
>;

/**
 * Checks a field section.
 *
 * @param fields - as they were received
 * @param minorVersion - of the request line
 * @throws {@link ProtocolError}
 */
export function judgeFields(fields: FieldLines, minorVersion: 0 | 1): FieldFacts {
  checkHost(fields, minorVersion);
  return {
    fields,
    framing: requestFraming(fields, minorVersion),
    ...persistence(fields, minorVersion),
    expectation: expectationOf(fields, minorVersion),
  };
}

/** Joins the two parts of a head. */
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

// RFC 9112 §3.2: 400 for none in HTTP/1.1, and for several or an invalid one in any version.
function checkHost(fields: FieldLines, minorVersion: 0 | 1): void {
  const hosts = valuesOf(fields, "host");
  if (hosts.length === 0 && minorVersion === 1) throw new ProtocolError("MISSING_HOST");
  if (hosts.length > 1 || !isHost(hosts[0] ?? "")) throw new ProtocolError("BAD_HOST");
}

// A proxy removes the fields that Connection names. Without one of these, the next server would read a different
// request, with another framing, host, content or client. "A sender MUST NOT send a connection option corresponding to
// a field that is intended for all recipients": RFC 9110 §7.6.1.
const FOR_EVERY_RECIPIENT =
  /^(?:host|content-(?:length|type|encoding|range)|transfer-encoding|trailer|expect|authorization|cookie|cache-control|forwarded|x-forwarded-(?:for|host|proto)|x-real-ip)$/;

function persistence(
  fields: FieldLines,
  minorVersion: 0 | 1,
): Pick<RequestHead, "persistent" | "saysKeepAlive"> {
  const options = listMembers(valuesOf(fields, "connection").join(","));
  if (options.some((option) => FOR_EVERY_RECIPIENT.test(option))) throw new ProtocolError("BAD_CONNECTION");
  return {
    persistent: clientPersists(minorVersion, options),
    saysKeepAlive: options.includes("keep-alive"),
  };
}

// An expectation in HTTP/1.0 is ignored: RFC 9110 §10.1.1.
function expectationOf(fields: FieldLines, minorVersion: 0 | 1): RequestHead["expectation"] {
  if (minorVersion === 0) return "none";
  const expectations = listMembers(valuesOf(fields, "expect").join(","));
  if (expectations.length === 0) return "none";
  return expectations.every((expectation) => expectation === "100-continue") ? "100-continue" : "unknown";
}

// RFC 9112 §3.2.2: a host in the target replaces the one that was received.
function withHost(fields: FieldLines, host: string): FieldLines {
  const replaced: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string;
    replaced.push(name, name.toLowerCase() === "host" ? host : (fields[at + 1] as string));
  }
  return valuesOf(replaced, "host").length > 0 ? replaced : ["Host", host, ...replaced];
}
