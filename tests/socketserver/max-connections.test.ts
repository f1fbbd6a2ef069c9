import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import test from "node:test";
import { setTimeout } from "node:timers/promises";
import { connect, TLSSocket } from "node:tls";
import { ThreadingHTTPSServer } from "pyserve/http/server";
import {
  AF_INET6,
  type InetAddress,
  type ServerStats,
  StreamRequestHandler,
  TCPServer,
  ThreadingTCPServer,
} from "pyserve/socketserver";
import { addressBlock } from "#src/socketserver/address-block.js";
import { TestHandler } from "../support/http.js";
import { PATIENCE, serve, until } from "../support/servers.js";
import { StreamClient } from "../support/stream-client.js";
import { CERTIFICATE } from "../support/tls.js";
import { ANY_PORT, Commander, KINDS, serveCommands } from "../support/workers.js";

class Echo extends StreamRequestHandler {
  override async handle() {
    for await (const bytes of this.rfile) await this.wfile.write(bytes);
  }
}

/** Replies without waiting for a request. */
class Sync extends StreamRequestHandler {
  override handle() {
    this.wfile.write("served\n");
  }
}

interface Limits {
  readonly max_connections?: number;
  readonly max_connections_per_address?: number;
}

/** Servers whose clients get back the text that they send, one line for each. */
const SERVERS: readonly (readonly [
  name: string,
  serveEcho: (t: test.TestContext, limits: Limits) => Where,
])[] = [
  [
    "ThreadingTCPServer",
    (t, limits) => serve(t, Object.assign(new ThreadingTCPServer(ANY_PORT, Echo), limits)),
  ],
  ["TCPServer", (t, limits) => serve(t, Object.assign(new TCPServer(ANY_PORT, Echo), limits))],
  ...KINDS.map(
    ([name, Server]) =>
      [name, (t: test.TestContext, limits: Limits) => serveCommands(t, Server, limits)] as const,
  ),
];

interface Where {
  readonly server_address: readonly [string, number];
}

/** True if a new connection stays open. A refused connection is closed without a response. */
async function isTaken(client: StreamClient): Promise<boolean> {
  client.send("where\n");
  const isOpen = (await client.read(1)) !== "";
  if (!isOpen) client.socket.destroy();
  return isOpen;
}

for (const [name, serveEcho] of SERVERS) {
  const isConcurrent = name !== "TCPServer";
  for (const limit of ["max_connections", "max_connections_per_address"] as const) {
    test(`${name} refuses connections beyond ${limit}, and takes others when there are fewer`, async (t) => {
      const { server_address } = serveEcho(t, { [limit]: 2 });
      const first = await StreamClient.connect(server_address);
      const second = await StreamClient.connect(server_address);
      assert.equal(await isTaken(first), true);
      if (isConcurrent) assert.equal(await isTaken(second), true);
      for (let count = 0; count < 3; count++) {
        assert.equal(await isTaken(await StreamClient.connect(server_address)), false);
      }
      for (const client of [first, second]) {
        client.end();
        await client.rest();
        client.socket.destroy();
      }
      // The server notices it a little later.
      let third = await StreamClient.connect(server_address);
      while (!(await isTaken(third))) third = await StreamClient.connect(server_address);
      third.socket.destroy();
    });
  }
}

test("ThreadingTCPServer counts clients of different addresses apart", async (t) => {
  class Both extends ThreadingTCPServer {
    static override address_family = AF_INET6;
    static override max_connections_per_address = 1;
  }
  const { server_address } = serve(t, new Both(["", 0], Echo));
  const clients: StreamClient[] = [];
  for (const [host, isFirst] of [
    ["127.0.0.1", true],
    ["127.0.0.1", false],
    ["::1", true],
    ["::1", false],
  ] as const) {
    const client = await StreamClient.connect([host, server_address[1]]);
    clients.push(client);
    assert.equal(await isTaken(client), isFirst, host);
  }
  for (const { socket } of clients) socket.destroy();
});

for (const [name, Server] of KINDS) {
  test(`A server with ${name} is not filled by clients that come and go`, async (t) => {
    const server = serveCommands(t, Server, { max_connections: 3 });
    for (let count = 0; count < 10; count++) {
      const commander = await Commander.connect(server);
      await commander.ask("where");
      await commander.leave();
      await until(() => server.active() === 0, "the connection to be over");
    }
  });
}

for (const [name, Server] of KINDS) {
  test(`A connection that a server with ${name} has ended counts until its client has ended it too`, async (t) => {
    const server = serveCommands(t, Server, { max_connections: 1, linger_timeout: 1000 });
    const first = await StreamClient.connect(server.server_address);
    assert.equal(await isTaken(first), true);
    first.send("\n");
    await first.rest();
    await until(() => server.active() === 0, "the connection to be served");
    assert.equal((await server.stats()).connections.open, 1);
    assert.equal(await isTaken(await StreamClient.connect(server.server_address)), false);
    first.end();
    let second = await StreamClient.connect(server.server_address);
    while (!(await isTaken(second))) second = await StreamClient.connect(server.server_address);
    second.socket.destroy();
    first.socket.destroy();
  });

  test(`What lingers in a worker that dies, of a server with ${name}, does not count any more`, async (t) => {
    const server = serveCommands(t, Server, { linger_timeout: 1000, max_threads: 1, max_children: 1 });
    const first = await StreamClient.connect(server.server_address);
    await isTaken(first);
    first.send("\n");
    await first.rest();
    await until(() => server.active() === 0, "the connection to be served");
    const killer = await Commander.connect(server);
    killer.tell("exit 1");
    await killer.ended();
    await untilNoneIsOpen(server);
    first.socket.destroy();
  });
}

async function untilNoneIsOpen(server: { stats(): Promise<ServerStats> }): Promise<void> {
  let { open } = (await server.stats()).connections;
  for (const end = performance.now() + PATIENCE; open > 0 && performance.now() < end; ) {
    await setTimeout(10); // There is no event for the workers' counters, so they are requested.
    open = (await server.stats()).connections.open;
  }
  assert.equal(open, 0);
}

/** Overrides that track a request in their own way. */
const TRACKING: Readonly<Record<string, typeof ThreadingTCPServer>> = {
  "process_request returns what it tracks": class extends ThreadingTCPServer {
    override process_request(request: Socket, address: InetAddress) {
      return this.serve_apart(request, address, this.serve_and_release(request, address));
    }
  },
  "finish_request returns a promise that calls back at once": class extends ThreadingTCPServer {
    override finish_request(request: Socket, address: InetAddress) {
      super.finish_request(request, address);
      const then = (done?: (() => unknown) | null) => Promise.resolve(done?.());
      return { then } as unknown as PromiseLike<void>;
    }
  },
};
for (const [what, Server] of Object.entries(TRACKING)) {
  test(`A connection counts until its end if ${what}`, async (t) => {
    const server = serve(t, Object.assign(new Server(ANY_PORT, Sync), { max_connections: 1 }));
    for (let count = 0; count < 3; count++) {
      const client = await StreamClient.connect(server.server_address);
      assert.equal(await client.rest(), "served\n");
      for (let tries = 0; (await server.stats()).connections.open > 0; tries++) {
        assert.ok(tries < 10_000, "the connection still counts");
        await setTimeout(1); // There is no event for this.
      }
    }
    await server.server_close();
  });
}

test("A connection that get_request has made one over TLS counts once", async (t) => {
  class Early extends ThreadingHTTPSServer {
    static override max_connections = 2;

    override async get_request(): Promise<readonly [Socket, InetAddress]> {
      const [raw, client_address] = await super.get_request();
      const secure = new TLSSocket(raw, { isServer: true, ...CERTIFICATE });
      secure.on("error", () => {});
      return [secure, client_address];
    }
  }
  const httpd = serve(t, new Early(ANY_PORT, TestHandler, { cert: CERTIFICATE.cert, key: CERTIFICATE.key }));
  const clients = [1, 2].map(() =>
    connect({ port: httpd.server_port, host: "127.0.0.1", ca: CERTIFICATE.cert }),
  );
  t.after(() => {
    for (const client of clients) client.destroy();
  });
  await Promise.all(clients.map((client) => once(client, "secureConnect")));
  const { open, accepted, refused } = (await httpd.stats()).connections;
  assert.deepEqual({ open, accepted, refused }, { open: 2, accepted: 2, refused: 0 });
  for (const client of clients) client.destroy();
  await untilNoneIsOpen(httpd);
});

const blocks: readonly (readonly [address: string, block: string])[] = [
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::6", "2001:db8:1:2::/64"],
  ["2001:db8::6", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["1::", "1:0:0:0::/64"],
];
for (const [address, block] of blocks) {
  test(`\`addressBlock\` of ${address} is ${block}`, () => assert.equal(addressBlock(address), block));
}
