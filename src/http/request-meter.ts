import type { ProtocolError, ProtocolErrorCode } from "../http1/protocol-error.js";
import type { ResponseOutcome } from "./response-outcome.js";

/** Upper bounds of durations that are counted together, in seconds: from a file in memory to a long download. */
export const DURATIONS: readonly number[] = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60,
];

/** Methods that are counted by name. Clients may send any other method; these share one counter. */
const METHODS = [
  ..."GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY".split(" "),
  "other",
] as const;

/** Classes of status by their first digit. */
const STATUSES = ["unanswered", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** The setting for each reason to refuse a request. */
const LIMITS: Readonly<Partial<Record<ProtocolErrorCode, string>>> = {
  METHOD_TOO_LONG: "max_request_line",
  REQUEST_LINE_TOO_LONG: "max_request_line",
  FIELDS_TOO_LONG: "max_header_size",
  TOO_MANY_FIELDS: "max_headers",
  CONTENT_TOO_LARGE: "max_content_length",
};

/** Numbers by name. */
type Counts = Record<string, number>;

/** Counters of a server that exist only if its metrics are used. */
export interface RequestMeasures {
  /** Requests by method and class of status, as `GET 2xx`. */
  readonly methods: Readonly<Counts>;
  /**
   * Requests by the smallest of {@link DURATIONS} that they don't exceed, or `Infinity`; and `sum`, the seconds of all.
   */
  readonly durations: Readonly<Counts>;
  /** Requests that were refused, by the limit that they exceeded. */
  readonly refusals: Readonly<Counts>;
}

/**
 * Counts requests by method, status, duration and exceeded limit. All keys exist from the beginning, and none comes
 * from a client.
 */
export class RequestMeter implements RequestMeasures {
  readonly methods: Counts = zeros(
    METHODS.flatMap((method) => STATUSES.map((status) => `${method} ${status}`)),
  );
  readonly durations: Counts = zeros([...DURATIONS.map(String), "Infinity", "sum"]);
  readonly refusals: Counts = zeros([...new Set(Object.values(LIMITS)), "header_timeout"]);

  /** Counts a finished request. */
  record(method: string | null, { status, seconds }: ResponseOutcome): void {
    const known = (METHODS as readonly (string | null)[]).includes(method) ? method : "other";
    const statusClass = STATUSES[Math.trunc((status ?? 0) / 100)] ?? "5xx";
    add(this.methods, `${known} ${statusClass}`, 1);
    add(this.durations, String(DURATIONS.find((bound) => seconds <= bound) ?? Number.POSITIVE_INFINITY), 1);
    add(this.durations, "sum", seconds);
  }

  /** Counts a refused request that exceeded a limit. */
  refuse({ code }: ProtocolError): void {
    const limit = LIMITS[code];
    if (limit !== undefined) add(this.refusals, limit, 1);
  }

  /** Counts a request whose head timed out. */
  refuseLate(): void {
    add(this.refusals, "header_timeout", 1);
  }
}

const METER = Symbol("request meter");

/** Any server, and the field with its meter. */
interface Metered {
  [METER]?: RequestMeter;
}

/** Returns the meter of a server on this thread. */
export function requestMeterOf(server: object): RequestMeter {
  const metered = server as Metered;
  metered[METER] ??= new RequestMeter();
  return metered[METER];
}

function zeros(names: readonly string[]): Counts {
  return Object.fromEntries(names.map((name) => [name, 0]));
}

function add(counts: Counts, name: string, count: number): void {
  counts[name] = (counts[name] ?? 0) + count;
}
