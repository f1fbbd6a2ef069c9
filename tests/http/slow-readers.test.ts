/** Clients that take nothing of their reply for a while: they are kept until others need their places. */
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
import { LARGE, PatientReply } from "../fixtures/large-reply.js";
import { get, noneUnhandled } from "../support/http.js";
import { serve, turns, until } from "../support/servers.js";
import { CERTIFICATE } from "../support/tls.js";
import { ThreadsHTTPSServer } from "../support/tls-servers.js";

type ServerClass = new (
  address: InetAddress,
  Handler: HTTPHandlerClass,
  options: HTTPSServerOptions,
) => HTTPServer;

/** How many connections there may be, and how many can pause without a crowd. */
interface Place {
  readonly where: string;
  readonly Server: ServerClass;
  readonly isSecure?: true;
  readonly most: number;
  readonly few: number;
}

const hasThreads = canTransferSockets();
const PLACES: readonly Place[] = [
  { where: "on the calling thread", Server: ThreadingHTTPServer, most: 4, few: 2 },
  { where: "on the calling thread, over TLS", Server: ThreadingHTTPSServer, isSecure: true, most: 4, few: 2 },
  // Each of two has its share.
  ...(hasThreads ? [{ where: "in threads", Server: ThreadsHTTPServer, most: 8, few: 4 }] : []),
  ...(hasThreads
    ? [
        {
          where: "in threads, over TLS",
          Server: ThreadsHTTPSServer,
          isSecure: true as const,
          most: 8,
          few: 4,
        },
      ]
    : []),
  { where: "one after the other", Server: HTTPServer, most: 100, few: 1 },
  { where: "in processes", Server: ProcessesHTTPServer, most: 100, few: 0 },
];

/** A client that takes the beginning of its reply, and nothing more until it is told. */
class Paused {
  received = 0;
  isGone = false;
  readonly socket: Socket;

  constructor(t: TestContext, { server_port: port }: HTTPServer, isSecure: boolean, path: string) {
    const to = { port, host: "127.0.0.1" };
    this.socket = isSecure
      ? connectSecurely({ ...to, ca: CERTIFICATE.cert, servername: "localhost" })
      : connect(to);
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.isGone = true;
    });
    this.socket.on("data", (bytes: Buffer) => {
      if (this.received === 0) this.socket.pause();
      this.received += bytes.length;
    });
    this.socket.write(get(path));
    t.after(() => this.socket.destroy());
  }
}

/** Waits until so many connections have come, and fewer are left. */
async function untilSomeAreCutOff(server: HTTPServer, count: number): Promise<void> {
  for (;;) {
    const { accepted, open } = (await server.stats()).connections;
    if (accepted === count && open < count) return;
    await turns(1);
  }
}

for (const { where, Server, isSecure = false, most, few } of PLACES) {
  for (const path of ["/awaited", "/at-once", "/closing"]) {
    test(`clients that pause make room when connections are scarce, served ${where}, ${path}`, async (t) => {
      noneUnhandled(t);
      const options = isSecure ? { cert: CERTIFICATE.cert, key: CERTIFICATE.key } : {};
      const server = Object.assign(new Server(["127.0.0.1", 0], PatientReply, options), {
        max_connections: most,
        crowded_stall_timeout: 0.3,
        drain_timeout: 0,
      });
      serve(t, server);
      const clients = Array.from({ length: few }, () => new Paused(t, server, isSecure, path));
      await until(() => clients.every(({ received }) => received > 0), "the beginnings of the replies");
      const others = Array.from(
        { length: Math.min(most - few, 3 + few) },
        () => new Paused(t, server, isSecure, path),
      );
      await untilSomeAreCutOff(server, few + others.length);
      const all = [...clients, ...others];
      for (const { socket } of all) socket.resume();
      await until(
        () => all.some(({ isGone, received }) => isGone && received > 0 && received < LARGE),
        "one that was cut off",
      );
      assert.ok((await server.stats()).connections.refused === 0);
    });
  }
}

test("a client that pauses gets all of its reply where connections are not scarce", async (t) => {
  const server = new ThreadingHTTPServer(["127.0.0.1", 0], PatientReply);
  server.crowded_stall_timeout = 0.1;
  serve(t, server);
  const client = new Paused(t, server, false, "/awaited");
  await until(() => client.received > 0, "the beginning of the reply");
  // The watch checks the client several times after its limit.
  const looks = t.mock.method(performance, "now");
  await until(() => looks.mock.callCount() >= 5, "looks at the client");
  client.socket.resume();
  await until(() => client.received >= LARGE, "all of it");
});
