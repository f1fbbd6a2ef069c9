import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer } from "pyserve/http/server";
import { type InetAddress, TCPServer, ThreadingTCPServer, UnixStreamServer } from "pyserve/socketserver";
import { get, HTTP_SERVERS, RawClient, request, serveHttp, TestHandler } from "../support/http.js";
import { answerWhen, deferred, serve, turns, until } from "../support/servers.js";

/** Waits in `/wait` until the test releases it. */
class Waiting extends TestHandler {
  static go = deferred();
  static running: string[] = [];
  static done: string[] = [];

  static reset(): void {
    Waiting.go = deferred();
    Waiting.running = [];
    Waiting.done = [];
  }

  async do_GET() {
    Waiting.running.push(this.path);
    if (this.path.startsWith("/wait")) await Waiting.go.promise;
    Waiting.done.push(this.path);
    this.respond(this.path);
  }
}

test("`HTTPServer` serves one request at a time, in the order of arrival, across connections", async (t) => {
  Waiting.reset();
  const fixture = serveHttp(t, Waiting, { Server: HTTPServer });
  const first = await fixture.send(get("/wait/1") + get("/4"));
  await until(() => Waiting.running.length === 1);
  const second = await fixture.send(get("/2"));
  await turns();
  const third = await fixture.send(get("/3"));
  await turns();
  assert.deepEqual(Waiting.running, ["/wait/1"]);
  Waiting.go.resolve();
  await Promise.all([first.reply(), second.reply(), third.reply()]);
  assert.equal((await first.reply()).content, "/4");
  assert.deepEqual(Waiting.done, ["/wait/1", "/2", "/3", "/4"]);
});

test("`ThreadingHTTPServer` serves requests of different connections at the same time", async (t) => {
  Waiting.reset();
  const fixture = serveHttp(t, Waiting, { Server: ThreadingHTTPServer });
  const first = await fixture.send(get("/wait"));
  await until(() => Waiting.running.length === 1);
  assert.equal((await (await fixture.send(get("/2"))).reply()).content, "/2");
  Waiting.go.resolve();
  assert.equal((await first.reply()).content, "/wait");
});

for (const Server of HTTP_SERVERS) {
  test(`${Server.name}: connections that are silent, idle or half-way through a head keep nobody waiting`, async (t) => {
    Waiting.reset();
    const fixture = serveHttp(t, Waiting, { Server });
    for (let count = 0; count < 100; count++) {
      await fixture.connect();
      await fixture.send("GET / HTTP/1.1\r\nHost:");
      await (await fixture.send(get("/idle"))).reply();
    }
    assert.equal((await (await fixture.send(get("/x"))).reply()).content, "/x");
  });

  test(`${Server.name}: an exception gives the turn to the next request`, async (t) => {
    class Throwing extends TestHandler {
      async do_GET() {
        await turn();
        if (this.path === "/throw") throw new Error("on purpose");
        if (this.path === "/abort") this.abort();
        else this.respond(this.path);
      }
    }
    const fixture = serveHttp(t, Throwing, { Server });
    const clients = [];
    for (const path of ["/throw", "/abort", "/throw", "/last"]) clients.push(await fixture.send(get(path)));
    assert.equal((await clients.at(-1)?.reply())?.content, "/last");
    await until(() => fixture.errors.length === 2);
    fixture.takeErrors();
  });

  test(`${Server.name}.server_close lets a request finish, says so, and ends idle connections at once`, async (t) => {
    Waiting.reset();
    const fixture = serveHttp(t, Waiting, { Server });
    const idle = await fixture.send(get("/idle"));
    await idle.reply();
    const silent = await fixture.connect();
    const working = await fixture.send(get("/wait") + get("/behind"));
    await until(() => Waiting.running.includes("/wait"));
    await until(() => fixture.connections.size === 3);
    const closed = fixture.server.server_close();
    await Promise.all([idle.assertEnd(), silent.assertEnd()]);
    Waiting.go.resolve();
    const reply = await working.reply();
    assert.deepEqual([reply.content, reply.fields.connection], ["/wait", "close"]);
    await working.assertEnd();
    await closed;
    await assert.rejects(fixture.connect(), { code: "ECONNREFUSED" });
    assert.deepEqual(Waiting.done, ["/idle", "/wait"]);
  });

  test(`${Server.name}.server_close waits for a request that has begun to come`, async (t) => {
    Waiting.reset();
    const fixture = serveHttp(t, Waiting, { Server });
    const client = await fixture.send("GET /x HTTP/1.1\r\nHost:");
    await until(() => [...fixture.connections].some(({ bytesRead }) => bytesRead > 0));
    const closed = fixture.server.server_close();
    client.send("h\r\n\r\n");
    const reply = await client.reply();
    assert.deepEqual([reply.content, reply.fields.connection], ["/x", "close"]);
    await client.assertEnd();
    await closed;
  });

  test(`${Server.name}.server_close announces the end in a reply whose head is not sent, also for keep-alive`, async (t) => {
    class Closing extends TestHandler {
      do_GET() {
        void this.server.server_close();
        this.send_response(200);
        this.send_header("Connection", "keep-alive");
        this.send_header("Content-Length", 0);
        this.end_headers();
      }
    }
    const client = await serveHttp(t, Closing, { Server }).send(get("/") + get("/"));
    assert.equal((await client.reply()).fields.connection, "keep-alive, close");
    await client.assertEnd();
  });

  test(`${Server.name} can be shut down by a handler, and serves the requests that wait when it serves again`, async (t) => {
    const served: string[] = [];
    class Stopping extends TestHandler {
      do_GET() {
        served.push(this.path);
        if (this.path === "/stop") void this.server.shutdown();
        this.respond(this.path);
      }
    }
    const server = new Server(["127.0.0.1", 0], Stopping);
    t.after(() => server.server_close());
    const serving = server.serve_forever();
    const client = await connect(t, server.server_address);
    client.send(get("/stop"));
    assert.equal((await client.reply()).content, "/stop");
    await serving;
    const other = await connect(t, server.server_address);
    other.send(get("/later"));
    await turns();
    assert.deepEqual(served, ["/stop"]);
    const again = server.serve_forever();
    assert.equal((await other.reply()).content, "/later");
    await server.shutdown();
    await again;
  });
}

test("`HTTPServer.server_close` closes the remaining connections after drain_timeout", async (t) => {
  Waiting.reset();
  class Impatient extends HTTPServer {
    static override drain_timeout: number | null = 0.05;
  }
  const fixture = serveHttp(t, Waiting, { Server: Impatient });
  const client = await fixture.send(get("/wait"));
  await until(() => Waiting.running.length === 1);
  const queued = await fixture.send(get("/queued"));
  const closed = fixture.server.server_close();
  assert.equal(await client.rest(), "");
  assert.equal(await queued.rest(), "");
  Waiting.go.resolve();
  await closed;
  assert.deepEqual(Waiting.done, ["/wait"]);
});

test("`HTTPServer.server_close` cuts off after drain_timeout, even if connections arrive without a pause", async (t) => {
  Waiting.reset();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => t.mock.reset());
  let late = 0;
  let isDraining = false;
  class Busy extends ThreadingHTTPServer {
    static override drain_timeout = 10;
    protected override begin_draining(): void {
      isDraining = true;
      super.begin_draining();
    }
  }
  const fixture = serveHttp(t, Waiting, { Server: Busy });
  const client = await fixture.send(get("/wait"));
  await until(() => Waiting.running.length === 1);
  const accepted: net.Socket[] = [];
  const source = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
    accepted.push(socket),
  );
  t.after(() => {
    for (const socket of accepted) socket.destroy();
    source.close();
  });
  await once(source.listen(0, "127.0.0.1"), "listening");
  for (let count = 0; count < 20; count++)
    await connect(t, ["127.0.0.1", (source.address() as net.AddressInfo).port]);
  await until(() => accepted.length === 20);

  const now = performance.now.bind(performance);
  t.mock.method(performance, "now", () => now() + late);
  const aborted = t.mock.method(fixture.server as unknown as { abort_request(): void }, "abort_request");
  const closed = fixture.server.server_close();
  // Every turn of the event loop takes half a second, and has a new connection.
  for (const connection of accepted) {
    if (isDraining) break;
    late += 500;
    fixture.server.socket.emit("connection", connection);
    await turn();
  }
  await until(() => isDraining);
  const early = aborted.mock.callCount();
  t.mock.timers.tick(5000);
  await turns();
  const aborts = aborted.mock.callCount();
  t.mock.timers.tick(10_000);
  Waiting.go.resolve();
  await closed;
  assert.ok(late < 7500, "connections are accepted for more than about half of drain_timeout");
  assert.equal(early, 0);
  assert.notEqual(aborts, 0, "the handler is cut off later than drain_timeout");
  assert.equal(await client.rest(), "");
});

test("`HTTPServer.handle_request` serves one request, and the connection ends with it", async (t) => {
  const served: string[] = [];
  class Noting extends TestHandler {
    async do_GET() {
      await turn();
      served.push(this.path);
      this.respond(this.path);
    }
  }
  const server = new HTTPServer(["127.0.0.1", 0], Noting);
  t.after(() => server.server_close());
  const handled = server.handle_request();
  const client = await connect(t, server.server_address);
  client.send(get("/1") + get("/2"));
  await handled;
  assert.deepEqual(served, ["/1"]);
  await server.server_close();
  const reply = await client.reply();
  assert.deepEqual([reply.content, reply.fields.connection], ["/1", "close"]);
  await client.assertEnd();
});

test("`HTTPServer` knows its name and its port", async () => {
  await using server = new HTTPServer(["127.0.0.1", 0], BaseHTTPRequestHandler);
  assert.deepEqual([server.server_name, server.server_port], server.server_address);
  assert.ok(HTTPServer.allow_reuse_address);
});

test("an HTTP handler on a plain `TCPServer` closes after each response, so that no client waits", async (t) => {
  class Plain extends BaseHTTPRequestHandler<TCPServer> {
    do_GET() {
      this.send_response(200);
      this.end_headers();
      this.wfile.write(this.path);
    }

    override log_message() {}
  }
  const server = serve(t, new TCPServer(["127.0.0.1", 0], Plain));
  for (let count = 0; count < 3; count++) {
    const client = await connect(t, server.server_address);
    client.send(get("/1") + get("/2"));
    const reply = await client.reply();
    assert.deepEqual([reply.content, reply.fields.connection], ["/1", "close"]);
    await client.assertEnd();
  }
  const threading = serve(t, new ThreadingTCPServer(["127.0.0.1", 0], Plain));
  const client = await connect(t, threading.server_address);
  client.send(get("/1") + get("/2"));
  for (const content of ["/1", "/2"]) assert.equal((await client.reply()).content, content);
});

test("an HTTP handler works on a `UnixStreamServer`, with abort() and without an address", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "pyserve-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const log: string[] = [];
  class Local extends BaseHTTPRequestHandler<UnixStreamServer> {
    do_GET() {
      if (this.path === "/abort") return this.abort();
      this.send_response(200);
      this.end_headers();
      this.wfile.write(this.address_string());
    }

    override log_message(_format: string, ...args: unknown[]) {
      log.push(args.join(" "));
    }
  }
  const path = join(directory, "socket");
  serve(t, new UnixStreamServer(path, Local));
  const [first, second] = [await connect(t, path), await connect(t, path)];
  first.send(get("/"));
  assert.equal((await first.reply()).content, "-");
  second.send(get("/abort"));
  assert.equal(await second.rest(), "");
  assert.deepEqual(log, ["GET / HTTP/1.1 200 -"]);
});

test("`verify_request` of an HTTP server closes without a response", async (t) => {
  class Closed extends ThreadingHTTPServer {
    override verify_request() {
      return false;
    }
  }
  const server = serve(t, new Closed(["127.0.0.1", 0], BaseHTTPRequestHandler));
  const client = await connect(t, server.server_address);
  assert.equal(await client.rest(), "");
});

test("handler_args reach the handler's constructor", async (t) => {
  class Greeting extends TestHandler {
    readonly #greeting: string;

    constructor(...args: ConstructorParameters<typeof TestHandler>) {
      super(...args);
      this.#greeting = (args[3] as { greeting: string }).greeting;
    }

    do_GET() {
      this.respond(this.#greeting);
    }
  }
  const client = await serveHttp(t, Greeting, { handler_args: { greeting: "hello" } }).send(get("/"));
  assert.equal((await client.reply()).content, "hello");
});

test("requests of one connection are served one after another, on every server", async (t) => {
  for (const Server of HTTP_SERVERS) {
    Waiting.reset();
    const fixture = serveHttp(t, Waiting, { Server });
    const client = await fixture.send(get("/wait") + get("/2"));
    await until(() => Waiting.running.length === 1);
    await turns();
    assert.deepEqual(Waiting.running, ["/wait"]);
    Waiting.go.resolve();
    for (const content of ["/wait", "/2"]) assert.equal((await client.reply()).content, content);
  }
});

test("a request that arrives together with the end of the client's sending side is served before a close", async (t) => {
  const fixture = serveHttp(t, Waiting, { Server: HTTPServer });
  const client = await fixture.connect();
  client.end(request("GET", "/x", ["Connection: close"]));
  assert.equal((await client.reply()).content, "/x");
  await client.assertEnd();
});

async function connect(t: TestContext, address: InetAddress | string): Promise<RawClient> {
  const where = typeof address === "string" ? { path: address } : { host: address[0], port: address[1] };
  const socket = net.connect({ ...where, allowHalfOpen: true });
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return new RawClient(socket);
}

for (const hook of ["get_request", "verify_request", "process_request"] as const)
  test(`\`HTTPServer.server_close\` ends, even if ${hook} never returns and other connections wait`, async (t) => {
    class Endless extends ThreadingHTTPServer {
      static override drain_timeout = 0.1;
    }
    const server = serve(t, new Endless(["127.0.0.1", 0], BaseHTTPRequestHandler));
    const called = deferred();
    server[hook] = () => {
      called.resolve();
      return new Promise<never>(() => {});
    };
    for (let count = 0; count < 2; count++) {
      const client = net.connect(server.server_address[1], "127.0.0.1");
      t.after(() => client.destroy());
      client.on("error", () => {});
    }
    await called.promise;
    await answerWhen(
      () => server.stats(),
      ({ connections }) => connections.accepted === 2,
    );
    await server.server_close();
  });
