import type { ProtocolErrorCode } from "#src/http1/protocol-error.js";

/** Strength of a rule: the RFC's word, or `security` if leniency has been a vulnerability. */
export type Level = "MUST" | "SHOULD" | "MAY" | "security";

/** A status and the reason of the parser: `"400 BAD_CHUNK"`. */
type Refusal = `${number} ${ProtocolErrorCode}`;

/** Ways in which the bytes of a row reach the server. */
export type Way =
  | "whole"
  | "byte by byte"
  | "behind a good request"
  | "before another request"
  | "before the end of the input";

const EVERY_WAY: readonly Way[] = [
  "whole",
  "byte by byte",
  "behind a good request",
  "before another request",
  "before the end of the input",
];

/** A request, the response that the client must get, and the section that requires it. */
export interface ConformanceRow {
  /** The section: `9112 §3.2`. */
  readonly section: string;
  readonly level: Level;
  /** Describes the request in words. */
  readonly name: string;
  /** Requests in latin-1; each of them is a case. */
  readonly sent: readonly string[];
  /** The status codes of the responses, in order. */
  readonly statuses: readonly number[];
  /** The reason of the parser, if it is the one that refuses the request. */
  readonly code?: ProtocolErrorCode;
  /** The content of the last response. */
  readonly content?: string;
  /** Fields of the last response; `null` for forbidden fields. */
  readonly fields?: Readonly<Record<string, string | null>>;
  /** True if another request can follow on the connection. */
  readonly open: boolean;
  readonly ways: readonly Way[];
}

type Details = Partial<Pick<ConformanceRow, "content" | "fields" | "open" | "ways" | "code">>;

/**
 * Creates a row.
 *
 * @param sent - `"\n"` stands for CR LF, `"¶"` for a bare line feed
 * @param status - the expected status; several for several requests; with a code if the parser refuses the request
 * @param details - other expectations. By default, the connection continues after a status below 300, and ends after
 *   others
 */
export function row(
  section: string,
  level: Level,
  name: string,
  sent: string | readonly string[],
  status: number | readonly number[] | Refusal,
  details: Details = {},
): ConformanceRow {
  if (typeof status === "string") {
    const [number, code] = status.split(" ") as [string, ProtocolErrorCode];
    return row(section, level, name, sent, Number(number), { code, ...details });
  }
  const statuses = typeof status === "number" ? [status] : status;
  const open = (statuses.at(-1) ?? 999) < 300;
  const texts = typeof sent === "string" ? [sent] : sent;
  return { section, level, name, sent: texts.map(onTheWire), statuses, open, ways: EVERY_WAY, ...details };
}

/** For requests that are complete only when the client has ended its sending side. */
export const AT_THE_END: Details = { open: false, ways: ["before the end of the input"] };

function onTheWire(text: string): string {
  return text.replaceAll("\n", "\r\n").replaceAll("¶", "\n");
}

/** The `Host` line of valid requests. */
export const HOST = "Host: h\n";

/** A request of HTTP/1.1 without content. */
export function get(target: string, ...lines: string[]): string {
  return head("GET", target, ...lines);
}

/** The head of a request of HTTP/1.1. */
export function head(method: string, target: string, ...lines: string[]): string {
  return `${method} ${target} HTTP/1.1\n${HOST}${lines.map((line) => `${line}\n`).join("")}\n`;
}

/** A request with the given request line. */
export function line(text: string): string {
  return `${text}\n${HOST}\n`;
}

/** A request with chunked content. */
export function chunked(content: string, target = "/"): string {
  return `${head("POST", target, "Transfer-Encoding: chunked")}${content}`;
}

/** The control characters except tab, LF and CR, and DEL. */
export const CONTROLS: readonly string[] = [
  ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).filter((c) => !"\t\n\r".includes(c)),
  "\x7f",
];
