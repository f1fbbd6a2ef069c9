/** A client that takes its reply slowly: wherever it is served, and however the handler writes. */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectSecurely } from "node:tls";
import {
  type HTTPHandlerClass,
  HTTPServer,
  type HTTPSServerOptions,
  ThreadingHTTPServer,
  ThreadingHTTPSServer,
} from "pyserve/http/server";
import type { InetAddress } from "pyserve/socketserver";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { ProcessesHTTPServer, ThreadsHTTPServer } from "../fixtures/http.js";
import { LARGE, LargeReply } from "../fixtures/large-reply.js";
import { get, noneUnhandled } from "../support/http.js";
import { serve, standardError, until } from "../support/servers.js";
import { CERTIFICATE } from "../support/tls.js";
import { ForkingHTTPSServer, ThreadsHTTPSServer } from "../support/tls-servers.js";

const hasThreads = canTransferSockets();

type ServerClass = new (
  address: InetAddress,
  Handler: HTTPHandlerClass,
  options: HTTPSServerOptions,
) => HTTPServer;

const PLACES: readonly (readonly [where: string, Server: ServerClass, isSecure: boolean])[] = [
  ["one after the other", HTTPServer, false],
  ["on the calling thread", ThreadingHTTPServer, false],
  ["on the calling thread, over TLS", ThreadingHTTPSServer, true],
  ...(hasThreads ? ([["in threads", ThreadsHTTPServer, false]] as const) : []),
  ...(hasThreads ? ([["in threads, over TLS", ThreadsHTTPSServer, true]] as const) : []),
  ["in processes", ProcessesHTTPServer, false],
  ["in processes, over TLS", ForkingHTTPSServer, true],
];

/** Ways to end the response. */
const WAYS: Readonly<Record<string, string>> = {
  "/awaited": "its handler waits for it",
  "/at-once": "the connection waits for it",
  "/closing": "the closing of the connection waits for it",
};

/** A client that takes a little now and then. */
class SlowClient {
  received = 0;
  isGone = false;
  readonly #socket: Socket;

  constructor(t: TestContext, server: HTTPServer, isSecure: boolean, path: string) {
    const to = { port: server.server_port, host: "127.0.0.1" };
    this.#socket = isSecure
      ? connectSecurely({ ...to, ca: CERTIFICATE.cert, servername: "localhost" })
      : connect(to);
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.isGone = true;
    });
    this.#socket.on("data", (bytes: Buffer) => {
      this.received += bytes.length;
      this.#socket.pause();
    });
    this.#socket.write(get(path));
    const timer = setInterval(() => this.#socket.resume(), 10);
    t.after(() => {
      clearInterval(timer);
      this.#socket.destroy();
    });
  }
}

for (const [where, Server, isSecure] of PLACES) {
  for (const [path, way] of Object.entries(WAYS)) {
    test(`a client that takes its reply too slowly is cut off, served ${where}, where ${way}`, async (t) => {
      noneUnhandled(t);
      const errors = standardError(t);
      const options = isSecure ? { cert: CERTIFICATE.cert, key: CERTIFICATE.key } : {};
      const server = new Server(["127.0.0.1", 0], LargeReply, options);
      server.stall_timeout = null;
      serve(t, server);
      const client = new SlowClient(t, server, isSecure, path);
      await until(() => client.received > 0, "the beginning of the reply");
      await until(() => client.isGone, "the connection to be cut off");
      assert.ok(client.received < LARGE, `${client.received} bytes`);
      assert.deepEqual(errors, [], "about slow clients nobody is told");
    });
  }
}

test("a client that can't take a reply at once, but is fast enough, gets all of it", async (t) => {
  class Attainable extends LargeReply {
    static override min_response_rate = 1000;
    static override response_rate_grace = 30;
  }
  const server = serve(t, new ThreadingHTTPServer(["127.0.0.1", 0], Attainable));
  const socket = connect(server.server_port, "127.0.0.1");
  t.after(() => socket.destroy());
  let received = 0;
  let pauses = 0;
  socket.write(get("/closing"));
  socket.on("data", (bytes: Buffer) => {
    received += bytes.length;
    if (++pauses % 100 !== 0) return;
    socket.pause();
    setImmediate(() => socket.resume());
  });
  await until(() => received >= LARGE, "all of it");
});

test("min_response_rate 0 is no limit", async (t) => {
  class Unlimited extends LargeReply {
    static override min_response_rate = 0;
    static override response_rate_grace = 0;
  }
  const server = serve(t, new ThreadingHTTPServer(["127.0.0.1", 0], Unlimited));
  server.drain_timeout = 0;
  const client = new SlowClient(t, server, false, "/awaited");
  await until(() => client.received > 1_000_000, "more than a slow client would have got");
  assert.equal(client.isGone, false);
});

test("a reply that is written without waiting starts no timer", async (t) => {
  class Small extends LargeReply {
    override async do_GET(): Promise<void> {
      this.send_response(200);
      this.end_headers();
      this.wfile.write("hello");
    }
  }
  const server = serve(t, new ThreadingHTTPServer(["127.0.0.1", 0], Small), { poll_interval: 60 });
  const socket = connect(server.server_port, "127.0.0.1");
  t.after(() => socket.destroy());
  let replies = 0;
  socket.on("data", () => void replies++);
  socket.write(get("/1"));
  await until(() => replies === 1);
  const timers = [t.mock.method(globalThis, "setTimeout"), t.mock.method(globalThis, "setInterval")];
  socket.write(get("/2"));
  await until(() => replies === 2);
  assert.deepEqual(
    timers.map(({ mock }) => mock.callCount()),
    [0, 0],
  );
});
