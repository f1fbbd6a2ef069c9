import { inspect } from "node:util";
import { logDateTime } from "./access-log.js";
import type { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import type { ResponseOutcome } from "./channels.js";
import { oncePerSecond } from "./current-date.js";

/**
 * Formats of the request log.
 *
 * - `python`: the format of `http.server`, when a response begins; all messages have this format
 * - `common`, `combined`: Apache's formats of these names, when a response has ended
 * - `json`: an object on each line, when a response has ended; messages are such objects too
 * - `none`: no requests and no messages
 */
export type LogFormat = "python" | "common" | "combined" | "json" | "none";

/** True if a format has lines about responses that have ended. */
export function isLoggedAtEnd(format: string): boolean {
  return format !== "python" && format !== "none";
}

/** The parts of a handler that the log shows. */
export type LoggedHandler = Pick<
  BaseHTTPRequestHandler,
  "command" | "path" | "requestline" | "headers" | "proxy_request_id" | "remote_user" | "address_string"
>;

/**
 * Formats the line of a request that has ended, without a line end. Clients can't forge other lines.
 *
 * @param now - milliseconds since 1970
 */
export function formatEntry(
  format: "common" | "combined" | "json",
  handler: LoggedHandler,
  { status, size, seconds, complete }: ResponseOutcome,
  now: number = Date.now(),
): string {
  const { headers, command: method, path, requestline: request, remote_user: user } = handler;
  const client = handler.address_string();
  const time = now - seconds * 1000;
  const [referer, user_agent] = [headers.get("Referer"), headers.get("User-Agent")];
  if (format === "json") {
    return jsonLine({
      time: new Date(time).toISOString(),
      client,
      user,
      request,
      method,
      path: method === null ? null : path,
      status,
      bytes: size,
      duration_ms: Math.round(seconds * 1e6) / 1e3,
      complete,
      referer,
      user_agent,
      ...idsOf(handler),
    });
  }
  // Apache's `%h %l %u %t "%r" %>s %b`.
  const line = `${client} - ${nameOf(user)} [${clfTime(time)}] ${quoted(request)} ${status ?? "-"} ${size || "-"}`;
  return format === "common" ? line : `${line} ${quoted(referer)} ${quoted(user_agent)}`;
}

// W3C Trace Context §3.2. A later version may add more after the flags.
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?<more>-.*)?$/;

/**
 * Returns the request's id and its trace, with the names of OpenTelemetry's logs. Several fields, or an invalid one,
 * count as none.
 */
function idsOf({ headers, proxy_request_id }: LoggedHandler): object {
  const [traceparent = "", ...others] = headers.get_all("traceparent", []);
  const id = proxy_request_id === null ? {} : { request_id: proxy_request_id };
  const [, version, trace_id, span_id, more] = TRACEPARENT.exec(traceparent) ?? [];
  if (trace_id === undefined || others.length > 0 || (version === "00" && more !== undefined)) return id;
  return { trace_id, span_id, ...id };
}

/** Formats a message from a handler as a line of `json`. */
export function jsonMessage(handler: LoggedHandler, message: string): string {
  return jsonLine({ ...beginning(handler), message });
}

/** Formats an error from a handler as a line of `json`. */
export function jsonError(handler: LoggedHandler, error: unknown): string {
  const { code, stack } = (error ?? {}) as { code?: unknown; stack?: unknown };
  return jsonLine({
    ...beginning(handler),
    message: error instanceof Error ? String(error) : inspect(error),
    code: typeof code === "string" ? code : undefined,
    stack: typeof stack === "string" ? stack : undefined,
  });
}

/** Returns the members that every line about a handler begins with. There may be no request, or a malformed one. */
function beginning(handler: LoggedHandler): object {
  const { command: method, path } = handler;
  const line = { time: new Date().toISOString(), client: handler.address_string() };
  return method === null ? line : { ...line, method, path, ...idsOf(handler) };
}

// JSON does not escape DEL and C1, and terminals interpret them.
function jsonLine(value: object): string {
  return JSON.stringify(value).replace(/[\x7f-\x9f]/g, (character) => `\\u00${hex(character)}`);
}

/** Escapes data of clients as Apache does: quotes, backslashes, and characters that are not printable ASCII. */
function escapeField(text: string): string {
  return text.replace(/["\\]|[^\x20-\x7e]/gu, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    if (character > "\xff") return Buffer.from(character).toString("hex").replace(/../g, "\\x$&");
    return SHORT_ESCAPES[character] ?? `\\x${hex(character)}`;
  });
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, "0");
}

function quoted(text: string | null): string {
  return text === null || text === "" ? '"-"' : `"${escapeField(text)}"`;
}

/** Escapes a name in an unquoted field, where a space would begin the next field. */
function nameOf(user: string | null): string {
  return user === null ? "-" : user === "" ? '""' : escapeField(user).replaceAll(" ", "\\x20");
}

/** Returns the time as `06/Nov/1994:08:49:37 +0100`. */
const clfTime = oncePerSecond((second) => {
  const date = new Date(second * 1000);
  return `${logDateTime(date).replace(" ", ":")} ${zoneOf(date)}`;
});

function zoneOf(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "-" : "+"}${String(hours).padStart(2, "0")}${String(rest).padStart(2, "0")}`;
}
