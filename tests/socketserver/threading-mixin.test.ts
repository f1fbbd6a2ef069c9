import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type InetAddress,
  StreamRequestHandler,
  TCPServer,
  ThreadingMixIn,
  ThreadingTCPServer,
  ThreadingUDPServer,
  ThreadingUnixStreamServer,
  UDPServer,
  UnixStreamServer,
} from "pyserve/socketserver";
import { watchTimers } from "../support/clock.js";
import { deferred, leavesNothingOpen, serve, standardError, turns, until } from "../support/servers.js";
import { exchange, StreamClient } from "../support/stream-client.js";

const ANY_PORT: InetAddress = ["localhost", 0];

/** A handler that works until its client sends a line. */
class Waiting extends StreamRequestHandler {
  override async handle() {
    await this.wfile.write("ready\n");
    await this.wfile.write(await this.rfile.readline());
  }
}

async function connectToWaiting(address: InetAddress): Promise<StreamClient> {
  const client = await StreamClient.connect(address);
  assert.equal(await client.read(6), "ready\n");
  return client;
}

test("ThreadingMixIn returns a class that extends its base", () => {
  class Mine extends ThreadingMixIn(TCPServer) {}
  assert.ok(Mine.prototype instanceof TCPServer);
  assert.ok(ThreadingTCPServer.prototype instanceof TCPServer);
  assert.ok(ThreadingUDPServer.prototype instanceof UDPServer);
  assert.ok(ThreadingUnixStreamServer.prototype instanceof UnixStreamServer);
  assert.equal(Mine.name, "Mine");
  assert.equal(ThreadingTCPServer.name, "ThreadingTCPServer");
});

test("ThreadingTCPServer serves many connections at the same time", async (t) => {
  const server = serve(t, new ThreadingTCPServer(ANY_PORT, Waiting));
  const clients = await Promise.all(
    Array.from({ length: 50 }, () => connectToWaiting(server.server_address)),
  );
  // The last is answered first.
  for (const client of clients.reverse()) assert.equal(await client.finish("bye\n"), "bye\n");
});

test("ThreadingTCPServer is not held up by a slow verify_request", async (t) => {
  let verified = 0;
  class Verifying extends ThreadingTCPServer {
    override async verify_request() {
      await turns(1);
      verified++;
      return true;
    }
  }
  const server = serve(t, new Verifying(ANY_PORT, Waiting));
  const slow = await connectToWaiting(server.server_address);
  assert.equal(await (await connectToWaiting(server.server_address)).finish("second\n"), "second\n");
  assert.equal(await slow.finish("first\n"), "first\n");
  assert.equal(verified, 2);
});

test("ThreadingTCPServer ends its loop at once on shutdown, and requests continue", async (t) => {
  const server = new ThreadingTCPServer(ANY_PORT, Waiting);
  const serving = server.serve_forever();
  const client = await connectToWaiting(server.server_address);
  await server.shutdown();
  await serving;
  serve(t, server);
  const second = await connectToWaiting(server.server_address);
  assert.equal(await client.finish("still here\n"), "still here\n");
  assert.equal(await second.finish("me too\n"), "me too\n");
});

const closings: readonly { block_on_close: boolean; daemon_threads: boolean; waits: boolean }[] = [
  { block_on_close: true, daemon_threads: false, waits: true },
  { block_on_close: false, daemon_threads: false, waits: false },
  { block_on_close: true, daemon_threads: true, waits: false },
  { block_on_close: false, daemon_threads: true, waits: false },
];

for (const { waits, ...settings } of closings) {
  test(`server_close ${waits ? "waits" : "does not wait"} for requests with ${JSON.stringify(settings)}`, async (t) => {
    const server = serve(t, Object.assign(new ThreadingTCPServer(ANY_PORT, Waiting), settings));
    const clients = [
      await connectToWaiting(server.server_address),
      await connectToWaiting(server.server_address),
    ];
    let closed = false;
    const closing = server.server_close().then(() => {
      closed = true;
    });
    if (!waits) await closing;
    await turns();
    assert.equal(closed, !waits);
    // Connections that arrive before the socket is closed are served, or reset.
    let outcome = "";
    for (let tries = 0; outcome !== "ECONNREFUSED" && tries < 10_000; tries++)
      outcome = await exchange(server.server_address, "").catch(({ code }) => code);
    assert.equal(outcome, "ECONNREFUSED");
    // The requests continue, although the close waits.
    for (const client of clients) assert.equal(await client.finish("bye\n"), "bye\n");
    await closing;
  });
}

test("a server that does not wait closes the remaining connections when the rest of drain_timeout has passed", async (t) => {
  class Busy extends ThreadingTCPServer {
    static override block_on_close = false;
    static override drain_timeout = 600;
    /** As after connections that were accepted for the first part of drain_timeout. */
    protected override drain_time(): number {
      return 0;
    }
  }
  const server = serve(t, new Busy(ANY_PORT, Waiting));
  const client = await connectToWaiting(server.server_address);
  t.after(() => client.socket.destroy());
  await server.server_close();
  assert.equal(await client.rest(), "");
});

test("server_close waits for requests that an earlier serving took", async () => {
  const server = new ThreadingTCPServer(ANY_PORT, Waiting);
  for (let round = 0; round < 2; round++) {
    const serving = server.serve_forever();
    const client = await connectToWaiting(server.server_address);
    await server.shutdown();
    await serving;
    if (round === 0) assert.equal(await client.finish("bye\n"), "bye\n");
    else {
      let closed = false;
      const closing = server.server_close().then(() => {
        closed = true;
      });
      await turns();
      assert.equal(closed, false);
      assert.equal(await client.finish("late\n"), "late\n");
      await closing;
    }
  }
});

test("connections that have waited since an earlier shutdown are served when the server closes", async (t) => {
  class ServingQueue extends ThreadingTCPServer {
    protected override serves_side_by_side() {
      return true;
    }
  }
  const server = new ServingQueue(ANY_PORT, Waiting);
  const serving = server.serve_forever();
  assert.equal(await exchange(server.server_address, ""), "ready\n");
  await server.shutdown();
  await serving;
  const client = await StreamClient.connect(server.server_address);
  let waiting = 0;
  while (waiting === 0) {
    await turns(1);
    waiting = (await server.stats()).connections.waiting;
  }
  const later = performance.now() + 60_000;
  t.mock.method(performance, "now", () => later);
  const closing = server.server_close();
  assert.equal(await client.finish("bye\n"), "ready\nbye\n");
  await closing;
});

test("drain_timeout aborts only requests that are not done by then", async (t) => {
  const lines = standardError(t);
  const expire = watchTimers(t, 3_600_000);
  await leavesNothingOpen(async () => {
    class Draining extends ThreadingTCPServer {
      static override drain_timeout = 3600;
    }
    const server = new Draining(ANY_PORT, Waiting);
    const serving = server.serve_forever();
    const quick = await connectToWaiting(server.server_address);
    const slow = await connectToWaiting(server.server_address);
    const closing = server.server_close();
    assert.equal(await quick.finish("done\n"), "done\n");
    expire();
    await closing;
    await serving;
    assert.equal(await slow.finish(), "");
    await slow.closed();
  });
  assert.deepEqual(lines, []);
});

test("ThreadingTCPServer forgets requests that are done", async (t) => {
  class Looking extends ThreadingTCPServer {
    active() {
      return [...this.active_requests()].length;
    }
  }
  const server = serve(t, new Looking(ANY_PORT, Waiting));
  for (let request = 0; request < 10; request++) await exchange(server.server_address, "hello\n");
  await until(() => server.active() === 0, "finished requests to be forgotten");
  const client = await connectToWaiting(server.server_address);
  assert.equal(server.active(), 1);
  await client.finish("bye\n");
  await until(() => server.active() === 0, "the last request to be forgotten");
});

test("ThreadingTCPServer keeps errors of one request from the others", async (t) => {
  const lines = standardError(t);
  const failed = deferred();
  class Half extends StreamRequestHandler<ThreadingTCPServer> {
    override async handle() {
      const line = (await this.rfile.readline()).toString();
      if (line === "fail\n") throw new Error("on purpose");
      await failed.promise;
      await this.wfile.write(line);
    }
  }
  const server = serve(t, new ThreadingTCPServer(ANY_PORT, Half));
  const good = exchange(server.server_address, "good\n");
  assert.equal(await exchange(server.server_address, "fail\n"), "");
  failed.resolve();
  assert.equal(await good, "good\n");
  assert.equal(lines.length, 1);
});
