import assert from "node:assert/strict";
import test from "node:test";
import { AF_INET6, StreamRequestHandler, TCPServer, ThreadingTCPServer } from "pyserve/socketserver";
import { addressBlock } from "#src/socketserver/address-block.js";
import { serve, until } from "../support/servers.js";
import { StreamClient } from "../support/stream-client.js";
import { ANY_PORT, Commander, KINDS, serveCommands } from "../support/workers.js";

class Echo extends StreamRequestHandler {
  override async handle() {
    for await (const bytes of this.rfile) await this.wfile.write(bytes);
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

/** Whether a new connection is left open; one that is refused ends without a word. */
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
      // The server learns of it a little later.
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
