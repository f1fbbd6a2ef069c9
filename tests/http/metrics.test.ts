import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { HTTPServer } from "pyserve";
import { BaseHTTPRequestHandler, SimpleHTTPRequestHandler } from "pyserve";
import { METRICS_TYPES, type MetricFamily, renderMetrics } from "#src/http/metrics.js";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { OperatedPages, ProcessesHTTPServer, TasksHTTPServer, ThreadsHTTPServer } from "../fixtures/http.js";
import { get, RawClient, type Reply, request, serveHttp, TestHandler } from "../support/http.js";
import { type ParsedSample, parseMetrics, withoutPrometheus } from "../support/prometheus.js";
import { serve } from "../support/servers.js";
import { StreamClient } from "../support/stream-client.js";

class Measured extends TestHandler {
  static override metrics_path: string | null = "/metrics";

  do_GET() {
    if (this.path === "/throws") throw new Error("on purpose");
    this.respond("hello", Number(this.path.slice(1)));
  }

  async do_POST() {
    await this.rfile.read();
    this.respond();
  }
}

const FAMILIES: MetricFamily[] = [
  { name: "a_bytes", type: "counter", help: "Bytes.", samples: [{ labels: { of: 'a"\\\n' }, value: 1.5 }] },
  { name: "b", type: "gauge", help: "None.", samples: [{ labels: {}, value: Number.POSITIVE_INFINITY }] },
];

test("metrics in Prometheus' text format", () => {
  const lines = [
    "# HELP a_bytes_total Bytes.",
    "# TYPE a_bytes_total counter",
    'a_bytes_total{of="a\\"\\\\\\n"} 1.5',
    "# HELP b None.",
    "# TYPE b gauge",
    "b +Inf",
    "",
  ];
  assert.equal(renderMetrics(FAMILIES, "text"), lines.join("\n"));
});

test("metrics in the format of OpenMetrics", () => {
  const lines = [
    "# HELP a_bytes Bytes.",
    "# TYPE a_bytes counter",
    'a_bytes_total{of="a\\"\\\\\\n"} 1.5',
    "# HELP b None.",
    "# TYPE b gauge",
    "b +Inf",
    "# EOF",
    "",
  ];
  assert.equal(renderMetrics(FAMILIES, "openmetrics"), lines.join("\n"));
});

const PROMETHEUS_3 =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

const ACCEPTED: readonly [accept: string | null, format: keyof typeof METRICS_TYPES][] = [
  [null, "text"],
  ["*/*", "text"],
  ["text/plain", "text"],
  ["text/html,application/xhtml+xml,*/*;q=0.8", "text"],
  ["application/openmetrics-text", "openmetrics"],
  [PROMETHEUS_3, "openmetrics"],
  ["application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.5", "text"],
  [
    "application/openmetrics-text;version=0.0.1;q=0.2,application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
    "openmetrics",
  ],
  ["application/openmetrics-text;q=0", "text"],
  ["application/openmetrics-texts", "text"],
];

for (const [accept, format] of ACCEPTED) {
  test(`metrics for ${accept === null ? "no Accept" : accept} are ${format}`, async (t) => {
    const client = await serveHttp(t, Measured).connect();
    const fields = accept === null ? [] : [`Accept: ${accept}`];
    const reply = await client.send(get("/metrics", ...fields)).reply();
    assert.equal(reply.status, 200);
    assert.equal(reply.fields["content-type"], METRICS_TYPES[format]);
    assert.equal(reply.fields["cache-control"], "no-store");
    assert.equal(reply.content.endsWith("# EOF\n"), format === "openmetrics");
  });
}

/** Returns a sample of a server by its name and labels: `name{method=GET}`. */
function byName(samples: readonly ParsedSample[]): Map<string, number> {
  return new Map(
    samples.map(({ name, labels, value }) => {
      const { listen: _, ...others } = labels;
      const text = Object.entries(others).map(([label, text]) => `${label}=${text}`);
      return [`${name}{${text.join()}}`, value];
    }),
  );
}

async function metricsBy(client: RawClient, format: "text" | "openmetrics"): Promise<Map<string, number>> {
  const accept = format === "text" ? "text/plain" : "application/openmetrics-text";
  const { content } = await client.send(get("/metrics", `Accept: ${accept}`)).reply();
  return byName(parseMetrics(format, content));
}

for (const format of ["text", "openmetrics"] as const) {
  test(`Prometheus' own parser understands the metrics as ${format}`, {
    skip: withoutPrometheus,
  }, async (t) => {
    const fixture = serveHttp(t, Measured);
    const client = await fixture.connect();
    for (const path of ["/200", "/200", "/302", "/404", "/throws"]) {
      client.send(get(path));
      await client.reply();
    }
    fixture.takeErrors();
    const other = await fixture.connect();
    other.send(request('"x"{a="b"}', "/"));
    await other.rest();
    const unknown = await fixture.connect();
    await unknown.send(request("MAKE-UP", "/")).reply();
    const metrics = await metricsBy(await fixture.connect(), format);
    const counts: [name: string, count: number][] = [
      ["pyserve_requests_total{method=GET,status=2xx}", 2],
      ["pyserve_requests_total{method=GET,status=3xx}", 1],
      ["pyserve_requests_total{method=GET,status=4xx}", 1],
      ["pyserve_requests_total{method=GET,status=5xx}", 1],
      ["pyserve_requests_total{method=other,status=4xx}", 1],
      ["pyserve_requests_total{method=other,status=5xx}", 1],
      ["pyserve_requests_active{}", 1],
      ["pyserve_request_duration_seconds_count{}", 7],
      ["pyserve_request_duration_seconds_bucket{le=+Inf}", 7],
      ["pyserve_connections_accepted_total{}", 4],
      ["pyserve_connections_max{}", 10_000],
      ["pyserve_refusals_total{limit=max_connections}", 0],
      ["pyserve_workers{}", 0],
      ["pyserve_closing{}", 0],
    ];
    for (const [name, count] of counts) assert.equal(metrics.get(name), count, name);
    for (const name of ["pyserve_received_bytes_total{}", "process_resident_memory_bytes{}"])
      assert.ok((metrics.get(name) ?? 0) > 100, name);
    const clients = [...metrics.keys()].filter((name) => /MAKE|x"|a=/.test(name));
    assert.deepEqual(clients, [], "nothing that a client has sent");
  });
}

test("the text format and OpenMetrics have the same samples", { skip: withoutPrometheus }, async (t) => {
  const client = await serveHttp(t, Measured).connect();
  const [text, openmetrics] = [await metricsBy(client, "text"), await metricsBy(client, "openmetrics")];
  assert.deepEqual([...openmetrics.keys()].sort(), [...text.keys()].sort());
});

const REFUSED: readonly [limit: string, text: string, status: number][] = [
  ["max_request_line", get(`/${"a".repeat(20_000)}`), 414],
  ["max_header_size", get("/", `A: ${"a".repeat(70_000)}`), 431],
  ["max_headers", get("/", ...Array.from({ length: 101 }, () => "A: a")), 431],
  ["max_content_length", request("POST", "/", ["Content-Length: 11"], "01234567890"), 413],
];

for (const [limit, text, status] of REFUSED) {
  test(`a request that exceeds ${limit} is counted by it`, async (t) => {
    class Small extends Measured {
      static override max_content_length = 10;
    }
    const fixture = serveHttp(t, Small);
    assert.equal((await (await fixture.send(text)).reply()).status, status);
    const { refusals } = await fixture.server.stats();
    assert.equal(refusals[limit], 1, JSON.stringify(refusals));
  });
}

test("a head that does not arrive in time is counted for header_timeout", async (t) => {
  class Hasty extends Measured {
    static override header_timeout = 0.01;
  }
  const fixture = serveHttp(t, Hasty);
  assert.equal((await (await fixture.send("GET /")).reply()).status, 408);
  assert.equal((await fixture.server.stats()).refusals.header_timeout, 1);
});

test("a connection beyond a limit is counted for it", async (t) => {
  const fixture = serveHttp(t, Measured);
  fixture.server.max_connections = 1;
  await (await fixture.send(get("/200"))).reply();
  await (await fixture.connect()).rest();
  fixture.server.max_connections = 10;
  fixture.server.max_connections_per_address = 1;
  await (await fixture.connect()).rest();
  const { refusals, connections } = await fixture.server.stats();
  assert.deepEqual(
    [refusals.max_connections, refusals.max_connections_per_address, connections.refused],
    [1, 1, 2],
  );
});

test("metrics need the same credentials as files", async (t) => {
  class Private extends SimpleHTTPRequestHandler {
    static override metrics_path = "/metrics";
    static override auth = "user:password";
    override log_message() {}
  }
  const client = await serveHttp(t, Private).connect();
  assert.equal((await client.send(get("/metrics")).reply()).status, 401);
  const credentials = `Authorization: Basic ${Buffer.from("user:password").toString("base64")}`;
  assert.equal((await client.send(get("/metrics", credentials)).reply()).status, 200);
});

test("metrics are not logged", async (t) => {
  const fixture = serveHttp(t, Measured);
  await (await fixture.send(get("/metrics"))).reply();
  assert.deepEqual(fixture.log, []);
});

test("without metrics_path and collect_metrics nothing is measured", async (t) => {
  const fixture = serveHttp(t, TestHandler);
  await (await fixture.send(get("/metrics"))).reply();
  const { methods, durations } = await fixture.server.stats();
  assert.deepEqual([methods, durations], [undefined, undefined]);
});

test("with collect_metrics, requests are measured only for stats()", async (t) => {
  class Counted extends Measured {
    static override metrics_path = null;
    static override collect_metrics = true;
  }
  const fixture = serveHttp(t, Counted);
  const client = await fixture.connect();
  assert.equal((await client.send(request("POST", "/", ["Content-Length: 0"])).reply()).status, 200);
  const { methods } = await fixture.server.stats();
  assert.equal(methods?.["POST 2xx"], 1);
});

async function ask(t: TestContext, server: HTTPServer, path: string): Promise<Reply> {
  const { socket } = await StreamClient.connect(server.server_address);
  t.after(() => socket.destroy());
  return new RawClient(socket).send(get(path, "Connection: close")).reply();
}

const SERVERS = [TasksHTTPServer, ProcessesHTTPServer, ...(canTransferSockets() ? [ThreadsHTTPServer] : [])];

for (const Server of SERVERS) {
  test(`${Server.name} tells metrics of all that serve`, { skip: withoutPrometheus }, async (t) => {
    const server = serve(t, new Server(["127.0.0.1", 0], OperatedPages));
    const replies = await Promise.all(["/a", "/b", "/c", "/d"].map((path) => ask(t, server, path)));
    assert.deepEqual(
      replies.map(({ status }) => status),
      [200, 200, 200, 200],
    );
    const { content } = await ask(t, server, "/metrics");
    const metrics = byName(parseMetrics("text", content));
    assert.equal(metrics.get("pyserve_requests_total{method=GET,status=2xx}"), 4);
    assert.equal(metrics.get("pyserve_request_duration_seconds_count{}"), 4);
    assert.equal(metrics.get("pyserve_workers_silent{}"), 0);
    assert.equal((metrics.get("pyserve_workers{}") ?? 0) > 0, Server !== TasksHTTPServer);
    assert.equal(metrics.has("process_cpu_seconds_total{}"), Server !== ProcessesHTTPServer);
  });
}

for (const [name, wrong] of [
  ["metrics_path", "metrics"],
  ["collect_metrics", 1],
] as const) {
  test(`${name} can't be ${JSON.stringify(wrong)}`, async (t) => {
    class Wrong extends BaseHTTPRequestHandler {}
    Object.assign(Wrong, { [name]: wrong });
    const fixture = serveHttp(t, Wrong);
    await (await fixture.send(get("/"))).rest();
    assert.match(String(fixture.takeErrors()[0]), new RegExp(`${name} must be`));
  });
}
