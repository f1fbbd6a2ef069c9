/** `handle_request()` of HTTP servers: it serves one request, regardless of other connections. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { BaseHTTPRequestHandler, HTTPServer, type InetAddress } from "pyserve";
import { until } from "../support/servers.js";

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

class Counting extends HTTPServer {
  static override drain_timeout = 0.05;
  paths: string[] = [];
  timeouts = 0;
  override handle_timeout() {
    this.timeouts++;
  }
}

class Handler extends BaseHTTPRequestHandler<Counting> {
  do_GET() {
    this.server.paths.push(this.path);
    this.send_response(200);
    this.send_header("Content-Length", 2);
    this.end_headers();
    this.wfile.write("ok");
  }
  override log_message() {}
}

/** A server whose first `handle_request` has a client that stays connected. */
async function started(t: TestContext, timeout: number | null = null): Promise<Counting> {
  const httpd = new Counting(["127.0.0.1", 0], Handler);
  httpd.timeout = timeout;
  t.after(() => httpd.server_close());
  return httpd;
}

async function client(t: TestContext, [host, port]: InetAddress, bytes = ""): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true });
  socket.on("error", () => {});
  t.after(() => socket.destroy());
  await once(socket, "connect");
  if (bytes !== "") socket.write(bytes);
  return socket;
}

async function textOf(socket: Socket): Promise<string> {
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  await Promise.race([once(socket, "end"), once(socket, "close")]);
  return String(Buffer.concat(pieces));
}

/** Bytes that earlier connections send. */
const SPARE: Readonly<Record<string, string>> = {
  nothing: "",
  "a piece of a request line": "GET /spa",
  "half a head": "GET /spare HTTP/1.1\r\nHost: x\r\n",
};

for (const [what, bytes] of Object.entries(SPARE)) {
  test(`a connection that has sent ${what} does not delay the request of another`, async (t) => {
    const httpd = await started(t);
    for (let count = 0; count < 3; count++) await client(t, httpd.server_address, bytes);
    const handled = httpd.handle_request();
    const socket = await client(t, httpd.server_address, GET);
    assert.match(await textOf(socket), /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nConnection: close\r\n[\s\S]*ok$/);
    await handled;
    assert.deepEqual(httpd.paths, ["/"]);
    assert.equal(httpd.timeouts, 0);
  });

  test(`a connection that has sent ${what} is served by the next call, when the rest has come`, async (t) => {
    const httpd = await started(t);
    const spare = await client(t, httpd.server_address, bytes);
    const handled = httpd.handle_request();
    await textOf(await client(t, httpd.server_address, GET));
    await handled;
    const whole = "GET /spare HTTP/1.1\r\nHost: x\r\n\r\n";
    spare.write(whole.slice(bytes.length));
    const text = textOf(spare);
    await httpd.handle_request();
    assert.match(await text, /^HTTP\/1\.1 200 OK/);
    assert.deepEqual(httpd.paths, ["/", "/spare"]);
  });

  test(`a connection that has sent ${what} is no request: handle_timeout is called, once for each call`, async (t) => {
    const httpd = await started(t, 0.05);
    await client(t, httpd.server_address, bytes);
    await httpd.handle_request();
    await httpd.handle_request();
    assert.equal(httpd.timeouts, 2);
    assert.deepEqual(httpd.paths, []);
  });
}

test("a loop of calls with a short timeout serves a request that arrives after a silent connection", async (t) => {
  const httpd = await started(t, 0.02);
  await client(t, httpd.server_address);
  const text = client(t, httpd.server_address, GET).then(textOf);
  while (httpd.paths.length === 0) await httpd.handle_request();
  assert.match(await text, /^HTTP\/1\.1 200 OK/);
});

test("each call serves one of two waiting requests, in the order of arrival", async (t) => {
  const httpd = await started(t);
  const texts = [];
  for (const path of ["/1", "/2"]) {
    const socket = await client(t, httpd.server_address, GET.replace("/", path));
    texts.push(textOf(socket));
  }
  await httpd.handle_request();
  assert.deepEqual(httpd.paths, ["/1"]);
  await httpd.handle_request();
  assert.deepEqual(httpd.paths, ["/1", "/2"]);
  for (const text of texts) assert.match(await text, /^HTTP\/1\.1 200 OK/);
});

test("it returns even if the client wants to keep its connection, and never reads from it again", async (t) => {
  const httpd = await started(t);
  const socket = await client(t, httpd.server_address, GET + GET.replace("/", "/again"));
  await httpd.handle_request();
  assert.deepEqual(httpd.paths, ["/"]);
  assert.equal((await textOf(socket)).match(/HTTP\/1\.1 200 OK/g)?.length, 1);
});

test("a request that waited between two calls is dropped if the server closes", async (t) => {
  const httpd = await started(t);
  const [one, other] = [
    await client(t, httpd.server_address, GET),
    await client(t, httpd.server_address, GET),
  ];
  // The dropped one may see a reset.
  const texts = Promise.all([one, other].map((socket) => textOf(socket).catch(() => "")));
  await httpd.handle_request();
  await httpd.server_close();
  const served = (await texts).filter((text) => text !== "");
  assert.equal(served.length, 1);
  assert.equal(httpd.paths.length, 1);
});

test("serve_forever serves the requests that handle_request has left", async (t) => {
  const httpd = await started(t);
  const spare = await client(t, httpd.server_address);
  const handled = httpd.handle_request();
  await textOf(await client(t, httpd.server_address, GET));
  await handled;
  spare.write(GET + GET);
  void httpd.serve_forever();
  await until(() => httpd.paths.length === 3, "all requests to be served");
});

test("a client that leaves without a request does not count", async (t) => {
  const httpd = await started(t);
  const handled = httpd.handle_request();
  const gone = await client(t, httpd.server_address);
  gone.destroy();
  await once(gone, "close");
  await textOf(await client(t, httpd.server_address, GET));
  await handled;
  assert.deepEqual(httpd.paths, ["/"]);
});

test("a connection that verify_request refuses counts as handled, as in Python", async (t) => {
  class Refusing extends Counting {
    override verify_request() {
      return false;
    }
  }
  const httpd = new Refusing(["127.0.0.1", 0], Handler);
  t.after(() => httpd.server_close());
  const text = textOf(await client(t, httpd.server_address, GET));
  await httpd.handle_request();
  assert.equal(await text, "");
});

test("shutdown ends a call that waits for a request", async (t) => {
  const httpd = await started(t);
  await client(t, httpd.server_address);
  const handled = httpd.handle_request();
  await httpd.shutdown();
  await handled;
  assert.equal(httpd.timeouts, 0);
});

test("an override of process_request that serves a request itself has handled it", async (t) => {
  class Direct extends Counting {
    override async process_request(request: Socket, client_address: InetAddress) {
      await this.finish_request(request, client_address);
      await this.shutdown_request(request);
    }
  }
  const httpd = new Direct(["127.0.0.1", 0], Handler);
  t.after(() => httpd.server_close());
  const text = textOf(await client(t, httpd.server_address, GET));
  await httpd.handle_request();
  assert.match(await text, /^HTTP\/1\.1 200 OK/);
});
