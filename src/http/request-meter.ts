import type { ProtocolError, ProtocolErrorCode } from "../http1/protocol-error.js";
import type { ServerStats } from "../socketserver/server-stats.js";
import type { OperationSettings } from "./operation.js";

/** Numbers of requests of a server, by the first digit of their status. */
export interface RequestCounts {
  /** Requests in progress. */
  active: number;
  /**
   * Requests whose last response was an interim one, and requests that have changed the protocol of their connection.
   */
  "1xx": number;
  /** Successful requests. */
  "2xx": number;
  /** Redirected requests, and requests of clients whose copy is still valid. */
  "3xx": number;
  /** Client errors. */
  "4xx": number;
  /** Server errors. */
  "5xx": number;
  /** Requests without a response: the client had disconnected, or the connection was reset. */
  unanswered: number;
}

/** Counters of an HTTP server since it was created. */
export interface HTTPServerStats extends ServerStats {
  /** Requests by outcome. */
  readonly requests: Readonly<RequestCounts>;
  /**
   * Requests by method and first digit of the status, such as `GET 2xx`. Unknown methods count as `other`. Present only
   * if metrics are collected.
   */
  readonly methods?: Readonly<Record<string, number>>;
  /**
   * Requests by duration. Each key is a number of seconds (from `0.005` to `Infinity`), and its value the number of
   * requests that took at most this time, but more than the previous key. `sum` is the total of seconds. Present only
   * if metrics are collected.
   */
  readonly durations?: Readonly<Record<string, number>>;
}

/** Upper bounds of durations that are counted together, in seconds: from a file in memory to a long download. */
export const DURATIONS: readonly number[] = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60,
];

/** Methods that are counted by name. Clients may send any other method; these share one counter. */
const METHODS = [
  ..."GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY".split(" "),
  "other",
] as const;

/** Statuses by their first digit. */
const STATUSES = ["unanswered", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** The name of the limit that a request exceeded, by error code. Other refusals are not counted here. */
const LIMITS: Readonly<Partial<Record<ProtocolErrorCode, string>>> = {
  METHOD_TOO_LONG: "max_request_line",
  REQUEST_LINE_TOO_LONG: "max_request_line",
  FIELDS_TOO_LONG: "max_header_size",
  TOO_MANY_FIELDS: "max_headers",
  CONTENT_TOO_LARGE: "max_content_length",
};

/** Numbers by name. */
type Counts = Record<string, number>;

/** Counters by method, duration and exceeded limit. All keys exist from the beginning, and none comes from a client. */
class RequestMeasures {
  readonly methods: Counts = zeros(
    METHODS.flatMap((method) => STATUSES.map((status) => `${method} ${status}`)),
  );
  readonly durations: Counts = zeros([...DURATIONS.map(String), "Infinity", "sum"]);
  readonly refusals: Counts = zeros([...new Set(Object.values(LIMITS)), "header_timeout"]);
}

const METER = Symbol("request meter");

/** Any server, and the field with its meter. */
interface Metered {
  [METER]?: RequestMeter;
}

/** Counts the requests of a server on this thread. */
export class RequestMeter {
  readonly counts: RequestCounts = {
    active: 0,
    "1xx": 0,
    "2xx": 0,
    "3xx": 0,
    "4xx": 0,
    "5xx": 0,
    unanswered: 0,
  };
  #measures: RequestMeasures | undefined;

  /** Returns the meter of a server: always the same one. */
  static of(server: object): RequestMeter {
    const metered = server as Metered;
    metered[METER] ??= new RequestMeter();
    return metered[METER];
  }

  /** True if requests are also measured. */
  get collects(): boolean {
    return this.#measures !== undefined;
  }

  /** Also measures requests from now on. */
  collect(): RequestMeasures {
    this.#measures ??= new RequestMeasures();
    return this.#measures;
  }

  /** Counts a request that has ended. */
  end(status: number | null): void {
    this.counts.active--;
    this.counts[classOf(status)]++;
  }

  /** Measures a request that has ended, if metrics are collected. */
  measure(method: string | null, status: number | null, seconds: number): void {
    if (this.#measures === undefined) return;
    const { methods, durations } = this.#measures;
    const known = (METHODS as readonly (string | null)[]).includes(method) ? method : "other";
    add(methods, `${known} ${classOf(status)}`, 1);
    add(durations, String(DURATIONS.find((bound) => seconds <= bound) ?? Number.POSITIVE_INFINITY), 1);
    add(durations, "sum", seconds);
  }

  /**
   * Counts a refused request that exceeded a limit, if metrics are collected. If there is no error, the head of the
   * request timed out.
   */
  refuse(error: ProtocolError | null): void {
    const limit = error === null ? "header_timeout" : LIMITS[error.code];
    if (limit !== undefined && this.#measures !== undefined) add(this.#measures.refusals, limit, 1);
  }
}

/**
 * Adds a thread's counts of requests to its counts of connections.
 *
 * @param server - an HTTP server
 * @param stats - the counters of its connections
 */
export function withRequests(
  server: { readonly RequestHandlerClass: unknown },
  stats: ServerStats,
): HTTPServerStats {
  const { collect_metrics, metrics_path } = server.RequestHandlerClass as Partial<OperationSettings>;
  const meter = RequestMeter.of(server);
  if (collect_metrics !== true && typeof metrics_path !== "string")
    return { ...stats, requests: meter.counts };
  const { methods, durations, refusals } = meter.collect();
  return {
    ...stats,
    requests: meter.counts,
    methods,
    durations,
    refusals: { ...stats.refusals, ...refusals },
  };
}

function classOf(status: number | null): (typeof STATUSES)[number] {
  return STATUSES[Math.trunc((status ?? 0) / 100)] ?? "5xx";
}

function zeros(names: readonly string[]): Counts {
  return Object.fromEntries(names.map((name) => [name, 0]));
}

function add(counts: Counts, name: string, count: number): void {
  counts[name] = (counts[name] ?? 0) + count;
}
