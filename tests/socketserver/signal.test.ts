import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { type TestContext, test } from "node:test";
import {
  BaseRequestHandler,
  type Datagram,
  DisconnectedError,
  StreamRequestHandler,
  ThreadingTCPServer,
  UDPServer,
} from "pyserve/socketserver";
import { closeAfter, deferred, serve } from "../support/servers.js";

/** A handler that works until its signal is aborted. */
function working() {
  const begun = deferred<AbortSignal>();
  const ended = deferred<unknown>();
  class Working extends StreamRequestHandler<ThreadingTCPServer> {
    override async handle() {
      begun.resolve(this.signal);
      assert.equal(this.signal, this.signal);
      await once(this.signal, "abort");
      ended.resolve(this.signal.reason);
    }
  }
  return { Working, begun: begun.promise, ended: ended.promise };
}

async function connect(t: TestContext, server: ThreadingTCPServer): Promise<net.Socket> {
  const client = net.connect(server.server_address[1], "127.0.0.1");
  client.on("error", () => {});
  t.after(() => client.destroy());
  await once(client, "connect");
  return client;
}

test("`signal` is aborted when the client resets the connection", async (t) => {
  const { Working, begun, ended } = working();
  const client = await connect(t, serve(t, new ThreadingTCPServer(["127.0.0.1", 0], Working)));
  assert.equal((await begun).aborted, false);
  client.resetAndDestroy();
  assert.ok((await ended) instanceof DisconnectedError);
});

test("`signal` is aborted when the server has closed and the time to drain is over", async (t) => {
  class Server extends ThreadingTCPServer {
    static override drain_timeout = 0.02;
  }
  const { Working, begun, ended } = working();
  const server = new Server(["127.0.0.1", 0], Working);
  const serving = server.serve_forever();
  await connect(t, server);
  assert.equal((await begun).aborted, false);
  await server.server_close();
  await serving;
  assert.ok((await ended) instanceof DisconnectedError);
});

test("`signal` is not aborted by a client that has only ended its sending", async (t) => {
  const asked = deferred<boolean>();
  class Late extends StreamRequestHandler {
    override async handle() {
      const { signal } = this;
      await this.rfile.read();
      asked.resolve(signal.aborted);
    }
  }
  const client = await connect(t, serve(t, new ThreadingTCPServer(["127.0.0.1", 0], Late)));
  client.end("all");
  assert.equal(await asked.promise, false);
});

test("`signal` of a connection that is closed already is aborted", async (t) => {
  const asked = deferred<boolean>();
  class Closing extends StreamRequestHandler {
    override handle() {
      this.request.destroy();
      asked.resolve(this.signal.aborted);
    }
  }
  await connect(t, serve(t, new ThreadingTCPServer(["127.0.0.1", 0], Closing)));
  assert.equal(await asked.promise, true);
});

test("`signal` of a datagram exists, and is not aborted", (t) => {
  const server = closeAfter(t, new UDPServer(["127.0.0.1", 0], BaseRequestHandler));
  const datagram = [Buffer.from("x"), server.socket] as unknown as Datagram;
  const handler = new BaseRequestHandler<UDPServer>(datagram, ["127.0.0.1", 9], server);
  assert.equal(handler.signal.aborted, false);
});
