/**
 * Requests that a handler answers itself, for monitoring.
 *
 * @module
 */

import { prefersOpenMetrics } from "../files/accept.js";
import { type Placement, placement } from "../socketserver/class-location.js";
import type { TCPServer } from "../socketserver/tcp-server.js";
import type { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import {
  METRICS_TYPES,
  type MetricsFormat,
  processMetrics,
  renderMetrics,
  serverMetrics,
} from "./metrics.js";

/** Settings of a handler for monitoring. */
export interface OperationSettings {
  readonly health_path: string | null;
  readonly metrics_path: string | null;
  readonly collect_metrics: boolean;
}

/** Returns the response to a monitoring request; `null` for any other request. */
export function operationOf(settings: OperationSettings): OperationSettings | null {
  const { health_path, metrics_path, collect_metrics: isAsked } = settings;
  const collect_metrics = isAsked || metrics_path !== null;
  return health_path === null && !collect_metrics ? null : { health_path, metrics_path, collect_metrics };
}

/** The method of a handler that returns the monitored servers. */
export const operatedServers = Symbol("operatedServers");

/** A server that can be monitored. */
export type OperatedServer = Pick<TCPServer, "stats" | "is_closing" | "max_connections"> & {
  readonly server_address: unknown;
  readonly [placement]: Placement;
};

/** Checks that a server runs, or that it accepts requests. */
export type Probe = "live" | "ready";

/**
 * Returns the kind of a health check; `null` for any other request.
 *
 * @param path - path of the health checks. The path itself means `ready`, and `/live` below it means `live`
 * @param method - method of the request
 * @param target - target of the request, perhaps with a query
 */
export function probeOf(path: string | null, method: string | null, target: string): Probe | null {
  if (path === null || !isRead(method)) return null;
  const asked = withoutQuery(target);
  if (asked === path) return "ready";
  return asked === `${path}/live` ? "live" : null;
}

/** True if a request is for the metrics at a path. */
export function asksForMetrics(path: string | null, method: string | null, target: string): boolean {
  return path !== null && isRead(method) && withoutQuery(target) === path;
}

/** A handler that answers monitoring requests, with its protected hooks. */
export type OperatedHandler = Pick<BaseHTTPRequestHandler, keyof BaseHTTPRequestHandler> & {
  send_default_headers(fields: readonly (readonly [keyword: string, value: string])[]): void;
  [operatedServers](): readonly OperatedServer[];
};

/** Answers a health check. A server that answers is live; it is also ready if it is not about to end. */
export function answerProbe(handler: OperatedHandler, probe: Probe): void {
  const isUp = probe === "live" || !handler[operatedServers]().some((server) => server.is_closing);
  answer(handler, isUp ? 200 : 503, "text/plain; charset=utf-8", isUp ? "ok\n" : "closing\n");
}

/** Answers with the metrics, in the format that the client prefers. */
export async function sendMetrics(handler: OperatedHandler): Promise<void> {
  const accept = handler.headers.get_all("Accept", []).join(", ");
  const format = prefersOpenMetrics(accept) ? "openmetrics" : "text";
  answer(handler, 200, METRICS_TYPES[format], await metricsOf(handler[operatedServers](), format));
}

/** Answers a monitoring request, without `send_response`, which would log it. */
function answer(handler: OperatedHandler, status: number, type: string, text: string): void {
  handler.send_response_only(status);
  handler.send_default_headers([
    ["Date", handler.date_time_string()],
    ["Content-Type", type],
    ["Content-Length", String(Buffer.byteLength(text))],
    ["Cache-Control", "no-store"],
  ]);
  handler.end_headers();
  if (handler.command !== "HEAD") handler.wfile.write(text);
}

/** Returns the metrics of servers and of their process, as text. */
async function metricsOf(servers: readonly OperatedServer[], format: MetricsFormat): Promise<string> {
  const measured = servers.map(async (server) => ({
    listen: listenText(server.server_address),
    stats: await server.stats(),
    isClosing: server.is_closing,
    maxConnections: server.max_connections,
  }));
  // A child process reports none of its own values, because it is only one of many.
  const own = servers.some((server) => server[placement].isChild) ? [] : processMetrics();
  return renderMetrics([...serverMetrics(await Promise.all(measured)), ...own], format);
}

/** Returns an address as one word: `127.0.0.1:8000`, `[::]:8000`, or a path. */
function listenText(address: unknown): string {
  if (!Array.isArray(address)) return String(address);
  const [host, port] = address as [string, number];
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function isRead(method: string | null): boolean {
  return method === "GET" || method === "HEAD";
}

function withoutQuery(target: string): string {
  const query = target.indexOf("?");
  return query < 0 ? target : target.slice(0, query);
}
