/**
 * Counters of a server in the formats of Prometheus: text format 0.0.4, and OpenMetrics 1.0.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { DURATIONS, type HTTPServerStats } from "./request-meter.js";

/** Labels of a sample. Their values never come from a client. */
type Labels = Readonly<Record<string, string>>;

/** One number. */
interface Sample {
  /** Suffix of the family's name: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string;
  readonly labels: Labels;
  readonly value: number;
}

/** Samples of one name. */
export interface MetricFamily {
  /** Without `_total`, which counters get. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** A sentence, on one line and without backslashes. */
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A server, by the address at which it listens. */
export interface MeasuredServer {
  readonly listen: string;
  readonly stats: Partial<HTTPServerStats> & Omit<HTTPServerStats, "requests">;
  readonly isClosing: boolean;
  readonly maxConnections: number;
}

/** How metrics are written. */
export type MetricsFormat = "text" | "openmetrics";

/** The media types of the formats. */
export const METRICS_TYPES: Readonly<Record<MetricsFormat, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/**
 * Writes metrics.
 *
 * Bounds of a histogram are written as in OpenMetrics (`1.0`) in both formats, so that the series are the same in both.
 */
export function renderMetrics(families: readonly MetricFamily[], format: MetricsFormat): string {
  const text = families.map((family) => renderFamily(family, format)).join("");
  return format === "openmetrics" ? `${text}# EOF\n` : text;
}

function renderFamily({ name, type, help, samples }: MetricFamily, format: MetricsFormat): string {
  const counter = type === "counter" ? "_total" : "";
  const title = format === "openmetrics" ? name : `${name}${counter}`;
  const lines = samples.map(
    ({ suffix = counter, labels, value }) => `${name}${suffix}${renderLabels(labels)} ${numberText(value)}`,
  );
  return `# HELP ${title} ${help}\n# TYPE ${title} ${type}\n${lines.join("\n")}\n`;
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}

/** Returns the metrics of servers, with those of requests for HTTP servers that collect them. */
export function serverMetrics(servers: readonly MeasuredServer[]): MetricFamily[] {
  const family = (
    type: MetricFamily["type"],
    name: string,
    help: string,
    samplesOf: (server: MeasuredServer) => readonly Sample[],
  ): MetricFamily => ({
    name: `pyserve_${name}`,
    type,
    help,
    samples: servers.flatMap((server) =>
      samplesOf(server).map((sample) => ({ ...sample, labels: { listen: server.listen, ...sample.labels } })),
    ),
  });
  type NumberOf = (stats: MeasuredServer["stats"], server: MeasuredServer) => number | undefined;
  const single = (type: "gauge" | "counter") => (name: string, help: string, numberOf: NumberOf) =>
    family(type, name, help, (server) => {
      const value = numberOf(server.stats, server);
      return value === undefined ? [] : [{ labels: {}, value }];
    });
  const [gauge, counter] = [single("gauge"), single("counter")];
  return [
    gauge("connections", "Open connections, including those that wait.", (stats) => stats.connections.open),
    gauge("connections_max", "The limit max_connections.", (_, server) => server.maxConnections),
    gauge("connections_waiting", "Connections that wait to be served.", (stats) => stats.connections.waiting),
    counter("connections_accepted", "Accepted connections.", (stats) => stats.connections.accepted),
    counter("received_bytes", "Bytes from clients, on the wire.", (stats) => stats.bytes.received),
    counter("sent_bytes", "Bytes to clients, on the wire.", (stats) => stats.bytes.sent),
    gauge("workers", "Threads or processes that serve connections.", (stats) => stats.workers.running),
    gauge(
      "workers_silent",
      "Workers that did not answer, so their counts are missing.",
      ({ workers }) => workers.silent,
    ),
    gauge("closing", "1 once drain_delay has begun, otherwise 0.", (_, server) => Number(server.isClosing)),
    gauge("requests_active", "Requests in progress.", (stats) => stats.requests?.active),
    family("counter", "refusals", "Refused connections and requests, by exceeded limit.", ({ stats }) =>
      Object.entries(stats.refusals).map(([limit, value]) => ({ labels: { limit }, value })),
    ),
    family("counter", "requests", "Requests by method and class of status.", ({ stats }) =>
      requestsOf(stats.methods ?? {}),
    ),
    family(
      "histogram",
      "request_duration_seconds",
      "Seconds from the head of a request to the end of its response.",
      ({ stats }) => (stats.durations === undefined ? [] : histogram(stats.durations)),
    ),
  ].filter(({ samples }) => samples.length > 0);
}

/** Returns the methods that had a request, and always GET, so that the series exists from the beginning. */
function requestsOf(methods: Readonly<Record<string, number>>): Sample[] {
  const samples = Object.entries(methods).map(([key, value]) => {
    const [method = "", status = ""] = key.split(" ");
    return { labels: { method, status }, value };
  });
  const used = new Set(samples.filter(({ value }) => value > 0).map(({ labels }) => labels.method));
  return samples.filter(({ labels: { method } }) => method === "GET" || used.has(method));
}

function histogram(durations: Readonly<Record<string, number>>): Sample[] {
  let count = 0;
  const buckets = [...DURATIONS, Number.POSITIVE_INFINITY].map((bound) => {
    count += durations[bound] ?? 0;
    return { suffix: "_bucket", labels: { le: boundText(bound) }, value: count };
  });
  return [
    ...buckets,
    { suffix: "_sum", labels: {}, value: durations.sum ?? 0 },
    { suffix: "_count", labels: {}, value: count },
  ];
}

function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : numberText(bound);
}

function numberText(value: number): string {
  return value === Number.POSITIVE_INFINITY ? "+Inf" : String(value);
}

/** Returns the metrics of this process, with the names of Prometheus' own clients. Some exist only on Linux. */
export function processMetrics(): MetricFamily[] {
  const { user, system } = process.cpuUsage();
  return [
    {
      ...gauge("cpu_seconds", "Seconds of processor time of the process.", (user + system) / 1e6),
      type: "counter",
    },
    gauge("resident_memory_bytes", "Resident memory of the process, in bytes.", process.memoryUsage.rss()),
    ...linuxMetrics(),
  ];
}

function gauge(name: string, help: string, value: number): MetricFamily {
  return { name: `process_${name}`, type: "gauge", help, samples: [{ labels: {}, value }] };
}

function linuxMetrics(): MetricFamily[] {
  try {
    const [, limit = "Infinity"] = /^Max open files +(\d+)/m.exec(readText("/proc/self/limits")) ?? [];
    return [
      gauge("open_fds", "Open descriptors of the process.", readdirSync("/proc/self/fd").length),
      gauge("max_fds", "Maximum number of open descriptors.", Number(limit)),
      gauge("start_time_seconds", "Start of the process, in seconds since 1970.", startTime()),
    ];
  } catch {
    return [];
  }
}

/**
 * Returns the start time from the system. Node's clocks differ by a millisecond between threads, and Prometheus would
 * treat a change as a restart.
 */
function startTime(): number {
  const afterName = readText("/proc/self/stat")
    .replace(/^.*\) /s, "")
    .split(" ");
  const ticks = Number(afterName[19]);
  const [, boot] = /^btime (\d+)/m.exec(readText("/proc/stat")) ?? [];
  return Number(boot) + ticks / TICKS_PER_SECOND;
}

/** Ticks per second in all values that Linux reports (`USER_HZ`). */
const TICKS_PER_SECOND = 100;

function readText(path: string): string {
  return readFileSync(path, "latin1");
}
