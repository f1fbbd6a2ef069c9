import type { ServerStats } from "../socketserver/server-stats.js";

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

/** What an HTTP server has done since it was made, and does now. */
export interface HTTPServerStats extends ServerStats {
  /** What has become of the requests. */
  readonly requests: Readonly<RequestCounts>;
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

/** Counts a request that is over. */
export function countRequest(requests: RequestCounts, status: number | null): void {
  requests[CLASSES[Math.trunc((status ?? 0) / 100)] ?? "5xx"]++;
}
