import type { ServerStats } from "../socketserver/server-stats.js";
import type { OperationSettings } from "./operation.js";
import { requestMeterOf } from "./request-meter.js";

/** Numbers of requests of a server, by the class of their status. */
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
  /** Errors of clients. */
  "4xx": number;
  /** Errors of the server. */
  "5xx": number;
  /** Requests without a response: the client had disconnected, or the connection was reset. */
  unanswered: number;
}

/** Counters of an HTTP server since it was created. */
export interface HTTPServerStats extends ServerStats {
  /** Requests by outcome. */
  readonly requests: Readonly<RequestCounts>;
  /**
   * Requests by method and class of status, such as `GET 2xx`. Unknown methods count as `other`. Present only if
   * metrics are collected.
   */
  readonly methods?: Readonly<Record<string, number>>;
  /**
   * Requests by duration. Each key is a number of seconds (from `0.005` to `Infinity`), and its value the number of
   * requests that took at most this time, but more than the previous key. `sum` is the total of seconds. Present only
   * if metrics are collected.
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
 * @param server - an HTTP server
 * @param stats - the counters of its connections
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

/** Counts a finished request. */
export function countRequest(requests: RequestCounts, status: number | null): void {
  requests[CLASSES[Math.trunc((status ?? 0) / 100)] ?? "5xx"]++;
}
