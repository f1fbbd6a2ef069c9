import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { HTTPServer } from "pyserve";
import { BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";
import { canAcceptInThreads } from "#src/socketserver/accept-in-threads.js";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import {
  AcceptingHTTPServer,
  OperatedPages,
  ProcessesHTTPServer,
  TasksHTTPServer,
  ThreadsHTTPServer,
} from "../fixtures/http.js";
import { watchTimers } from "../support/clock.js";
import { get, HTTP_SERVERS, RawClient, request, serveHttp, TestHandler } from "../support/http.js";
import { answerWhen, serve } from "../support/servers.js";
import { StreamClient } from "../support/stream-client.js";

class Checked extends TestHandler {
  static override health_path: string | null = "/healthz";

  do_GET() {
    this.respond(`GET ${this.path}`);
  }

  do_POST() {
    this.respond(`POST ${this.path}`);
  }
}

for (const Server of HTTP_SERVERS) {
  test(`${Server.name} answers health checks`, async (t) => {
    const client = await serveHttp(t, Checked, { Server }).connect();
    for (const path of ["/healthz", "/healthz?from=balancer", "/healthz/live"]) {
      const { status, content, fields } = await client.send(get(path)).reply();
      assert.deepEqual([status, content, fields["cache-control"]], [200, "ok\n", "no-store"], path);
    }
  });
}

test("a health check with HEAD has no content", async (t) => {
  const client = await serveHttp(t, Checked).connect();
  const { status, content, fields } = await client.send(request("HEAD", "/healthz")).reply("HEAD");
  assert.deepEqual([status, content, fields["content-length"]], [200, "", "3"]);
});

test("other methods and other paths are not health checks", async (t) => {
  const client = await serveHttp(t, Checked).connect();
  for (const path of ["/healthz/", "/healthz/livelier", "/health", "/healthz/ready", "/HEALTHZ"])
    assert.equal((await client.send(get(path)).reply()).content, `GET ${path}`);
  const posted = await client.send(request("POST", "/healthz", ["Content-Length: 0"])).reply();
  assert.equal(posted.content, "POST /healthz");
});

test("without health_path nothing is a health check", async (t) => {
  class Plain extends Checked {
    static override health_path = null;
  }
  const client = await serveHttp(t, Plain).connect();
  assert.equal((await client.send(get("/healthz")).reply()).content, "GET /healthz");
});

test("a health check is not logged", async (t) => {
  const fixture = serveHttp(t, Checked);
  const client = await fixture.connect();
  await client.send(get("/healthz")).reply();
  await client.send(get("/a")).reply();
  assert.deepEqual(fixture.log, ['"GET /a HTTP/1.1" 200 -']);
});

test("a health check needs no credentials, and works with any host", async (t) => {
  class Private extends SimpleHTTPRequestHandler {
    static override health_path = "/healthz";
    static override auth = "user:password";
    static override allowed_hosts = ["app.test"];
    override log_message() {}
  }
  const client = await serveHttp(t, Private).connect();
  assert.equal((await client.send(get("/healthz")).reply()).status, 200);
  assert.equal((await client.send(get("/a")).reply()).status, 421);
});

for (const path of ["healthz", "/", "/a b", "/a?b", "", 5]) {
  test(`health_path can't be ${JSON.stringify(path)}`, async (t) => {
    class Wrong extends Checked {
      static override health_path = path as string;
    }
    const fixture = serveHttp(t, Wrong);
    await (await fixture.send(get("/"))).rest();
    assert.match(String(fixture.takeErrors()[0]), /health_path must be a path such as \/healthz, or null/);
  });
}

/** Returns the response on a new connection. */
async function ask(t: TestContext, server: HTTPServer, path: string) {
  const { socket } = await StreamClient.connect(server.server_address);
  t.after(() => socket.destroy());
  return new RawClient(socket).send(get(path)).reply();
}

const SERVERS = [
  TasksHTTPServer,
  ProcessesHTTPServer,
  ...(canTransferSockets() ? [ThreadsHTTPServer] : []),
  ...(canAcceptInThreads() ? [AcceptingHTTPServer] : []),
];

for (const Server of SERVERS) {
  test(`${Server.name} serves on for drain_delay, while health checks fail and connections end`, async (t) => {
    const expire = watchTimers(t, 3_600_000);
    const server = serve(t, new Server(["127.0.0.1", 0], OperatedPages));
    server.drain_delay = 3600;
    const { socket } = await StreamClient.connect(server.server_address);
    t.after(() => socket.destroy());
    const kept = new RawClient(socket);
    assert.equal((await kept.send(get("/healthz")).reply()).status, 200);
    const closed = server.server_close();
    // A message informs the worker.
    const ready = await answerWhen(
      () => ask(t, server, "/healthz"),
      ({ status }) => status !== 200,
    );
    assert.deepEqual([ready.status, ready.content], [503, "closing\n"]);
    const last = await answerWhen(
      () => kept.send(get("/page")).reply(),
      ({ fields }) => fields.connection !== undefined,
    );
    assert.deepEqual([last.status, last.content, last.fields.connection], [200, "/page", "close"]);
    const live = await ask(t, server, "/healthz/live");
    assert.deepEqual([live.status, live.content], [200, "ok\n"]);
    const page = await ask(t, server, "/page");
    assert.deepEqual([page.status, page.content], [200, "/page"]);
    expire();
    await closed;
    await assert.rejects(ask(t, server, "/page"));
  });
}

test("a server is ready again when it serves after a shutdown with drain_delay", async (t) => {
  class Server extends ThreadingHTTPServer {
    static override drain_delay = 0.01;
  }
  const server = new Server(["127.0.0.1", 0], Checked);
  const serving = server.serve_forever();
  assert.equal(server.is_closing, false);
  await server.shutdown();
  await serving;
  assert.equal(server.is_closing, true);
  serve(t, server);
  assert.equal((await ask(t, server, "/healthz")).status, 200);
  assert.equal(server.is_closing, false);
});

test("handle_request() ignores drain_delay", async () => {
  class Server extends ThreadingHTTPServer {
    static override drain_delay = 3600;
  }
  const server = new Server(["127.0.0.1", 0], BaseHTTPRequestHandler);
  const handled = server.handle_request();
  await server.server_close();
  await handled;
});
