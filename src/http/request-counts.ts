import type { ServerStats } from "../socketserver/server-stats.js";
import type { OperationSettings } from "./operation.js";
import { requestMeterOf } from "./request-meter.js";

/** The requests of a server, by the class of the status that they were answered with. */
export interface RequestCounts {
  /** Those that are being served. */
  active: number;
  /** Those whose last reply was an interim one, and those whose connection has changed its protocol. */
  "1xx": number;
  /** Those that were answered as they were meant. */
  "2xx": number;
  /** Those that were sent elsewhere, or had a good copy. */
  "3xx": number;
  /** Those that were the client's mistake. */
  "4xx": number;
  /** Those that were the server's. */
  "5xx": number;
  /** Those that got no reply: the client had left, or the connection was dropped. */
  unanswered: number;
}

/** Counters of an HTTP server since it was created. */
export interface HTTPServerStats extends ServerStats {
  /** Requests by outcome. */
  readonly requests: Readonly<RequestCounts>;
  /**
   * Requests by method and class of status, as `GET 2xx`. A method that HTTP does not know is `other`. Only if metrics are collected.
   */
  readonly methods?: Readonly<Record<string, number>>;
  /**
   * Requests by duration: under each number of seconds (`0.005`, up to `Infinity`) those that took no longer, and longer than the number
   * before it; under `sum` the seconds of all. Only if metrics are collected.
   */
  readonly durations?: Readonly<Record<string, number>>;
}

const CLASSES = ["unanswered", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

const COUNTS = Symbol("request counts");

/** Any server, and the field with the counts of its requests. */
interface Counted {
  [COUNTS]?: RequestCounts;
}

/** Returns the counts of a server's requests on this thread. */
export function requestCountsOf(server: object): RequestCounts {
  const counted = server as Counted;
  counted[COUNTS] ??= { active: 0, "1xx": 0, "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0, unanswered: 0 };
  return counted[COUNTS];
}

/**
 * Adds a thread's counts of requests to its counts of connections.
 *
 * @param server - of HTTP
 * @param stats - of its connections
 */
export function withRequests(
  server: { readonly RequestHandlerClass: unknown },
  stats: ServerStats,
): HTTPServerStats {
  const requests = requestCountsOf(server);
  if (!collectsMetrics(server.RequestHandlerClass)) return { ...stats, requests };
  const { methods, durations, refusals } = requestMeterOf(server);
  return { ...stats, requests, methods, durations, refusals: { ...stats.refusals, ...refusals } };
}

function collectsMetrics(Handler: unknown): boolean {
  const { collect_metrics, metrics_path } = Handler as Partial<OperationSettings>;
  return collect_metrics === true || typeof metrics_path === "string";
}

/** Counts a request that is over. */
export function countRequest(requests: RequestCounts, status: number | null): void {
  requests[CLASSES[Math.trunc((status ?? 0) / 100)] ?? "5xx"]++;
}
