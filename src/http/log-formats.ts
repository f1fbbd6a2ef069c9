import { inspect } from "node:util";
import { logDateTime } from "./access-log.js";
import type { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import { oncePerSecond } from "./current-date.js";
import type { ResponseOutcome } from "./response-outcome.js";

/**
 * Formats of the request log.
 *
 * - `python`: as in `http.server`, when a response begins; all messages have this form
 * - `common`, `combined`: Apache's formats of these names, when a response has ended
 * - `json`: an object on each line, when a response has ended; messages are such objects too
 * - `none`: no requests and no messages
 */
export type LogFormat = "python" | "common" | "combined" | "json" | "none";

/** True if a format has lines about responses that have ended. */
export function isLoggedAtEnd(format: string): boolean {
  return format !== "python" && format !== "none";
}

/** The request that a line is about. */
export interface RequestFacts {
  /** `null` if there is no request, or if it was malformed. */
  readonly method: string | null;
  readonly path: string;
  /** Values of the fields `traceparent`. */
  readonly traceparents: readonly string[];
  /** The id that a trusted proxy has given to the request. */
  readonly requestId: string | null;
}

/** One request and its outcome. */
export interface AccessEntry extends ResponseOutcome, RequestFacts {
  /** The client's address. */
  readonly client: string;
  /** Name of the authenticated user. */
  readonly user: string | null;
  /** Time of the request: milliseconds since 1970. */
  readonly time: number;
  /** The request line. */
  readonly request: string;
  readonly referer: string | null;
  readonly userAgent: string | null;
}

/** A handler, as far as the log shows it. */
export type LoggedHandler = Pick<
  BaseHTTPRequestHandler,
  "command" | "path" | "requestline" | "headers" | "proxy_request_id" | "remote_user" | "address_string"
>;

/** Returns the facts about the request of a handler. */
export function factsOf({ command, path, headers, proxy_request_id }: LoggedHandler): RequestFacts {
  const traceparents = headers.get_all("traceparent", []);
  return { method: command, path, traceparents, requestId: proxy_request_id };
}

/** Returns the entry for the request of a handler that has ended. */
export function entryOf(handler: LoggedHandler, outcome: ResponseOutcome): AccessEntry {
  const { headers } = handler;
  return {
    ...outcome,
    client: handler.address_string(),
    user: handler.remote_user,
    time: Date.now() - outcome.seconds * 1000,
    request: handler.requestline,
    ...factsOf(handler),
    referer: headers.get("Referer"),
    userAgent: headers.get("User-Agent"),
  };
}

/** Formats an entry, without a line end. Clients can't forge lines in it. */
export function formatEntry(format: "common" | "combined" | "json", entry: AccessEntry): string {
  if (format === "json") return jsonEntry(entry);
  if (format === "common") return commonEntry(entry);
  return `${commonEntry(entry)} ${quoted(entry.referer)} ${quoted(entry.userAgent)}`;
}

/** Apache's `%h %l %u %t "%r" %>s %b`. */
function commonEntry({ client, user, time, request, status, size }: AccessEntry): string {
  const bytes = size === 0 ? "-" : String(size);
  return `${client} - ${nameOf(user)} [${clfTime(time)}] ${quoted(request)} ${status ?? "-"} ${bytes}`;
}

function jsonEntry(entry: AccessEntry): string {
  const { time, client, user, request, method, path, status, size, seconds, complete } = entry;
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
    referer: entry.referer,
    user_agent: entry.userAgent,
    ...idsOf(entry),
  });
}

// W3C Trace Context §3.2. A later version may add more after the flags.
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?<more>-.*)?$/;

/**
 * Returns the request's id and its trace, with the names of OpenTelemetry's logs. Several fields, or an invalid one,
 * count as none.
 */
function idsOf({ traceparents: [traceparent = "", ...others], requestId }: RequestFacts): object {
  const id = requestId === null ? {} : { request_id: requestId };
  const [, version, trace_id, span_id, more] = TRACEPARENT.exec(traceparent) ?? [];
  if (trace_id === undefined || others.length > 0 || (version === "00" && more !== undefined)) return id;
  return { trace_id, span_id, ...id };
}

/** Formats a message as a line of `json`. */
export function jsonMessage(client: string, message: string, about?: RequestFacts): string {
  return jsonLine({ ...beginning(client, about), message });
}

/** Formats an error of a handler as a line of `json`. */
export function jsonError(client: string, error: unknown, about: RequestFacts): string {
  const { code, stack } = (error ?? {}) as { code?: unknown; stack?: unknown };
  return jsonLine({
    ...beginning(client, about),
    message: error instanceof Error ? String(error) : inspect(error),
    code: typeof code === "string" ? code : undefined,
    stack: typeof stack === "string" ? stack : undefined,
  });
}

function beginning(client: string, about?: RequestFacts): object {
  const time = new Date().toISOString();
  if (about === undefined || about.method === null) return { time, client };
  return { time, client, method: about.method, path: about.path, ...idsOf(about) };
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
