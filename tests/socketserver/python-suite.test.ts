/**
 * The tests of CPython's own suite for `socketserver`: each server class with each suitable handler and client is one
 * row.
 */
import assert from "node:assert/strict";
import * as dgram from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  BaseRequestHandler,
  type BaseServer,
  DatagramRequestHandler,
  type InetAddress,
  StreamRequestHandler,
  TCPServer,
  ThreadingTCPServer,
  ThreadingUDPServer,
  ThreadingUnixStreamServer,
  UDPServer,
  type UnixAddress,
  UnixStreamServer,
} from "pyserve/socketserver";
import { serve, standardError, TCP_SERVERS, until } from "../support/servers.js";
import { exchange, StreamClient } from "../support/stream-client.js";

const LINE = "hello world\n";

class StreamEcho extends StreamRequestHandler<TCPServer<InetAddress | UnixAddress>> {
  override async handle() {
    await this.wfile.write(await this.rfile.readline());
  }
}

class DatagramEcho extends DatagramRequestHandler {
  override async handle() {
    await this.wfile.write(await this.rfile.readline());
  }
}

interface Row {
  readonly name: string;
  readonly make: (
    t: TestContext,
  ) => UDPServer | TCPServer<InetAddress | UnixAddress> | TCPServer | UnixStreamServer;
  readonly exchange: (server: BaseServer, text: string) => Promise<string>;
}

const rows: readonly Row[] = [
  { name: "TCPServer", make: () => new TCPServer(["localhost", 0], StreamEcho), exchange: overStream },
  {
    name: "ThreadingTCPServer",
    make: () => new ThreadingTCPServer(["localhost", 0], StreamEcho),
    exchange: overStream,
  },
  {
    name: "UnixStreamServer",
    make: (t) => new UnixStreamServer(socketPath(t), StreamEcho),
    exchange: overStream,
  },
  {
    name: "ThreadingUnixStreamServer",
    make: (t) => new ThreadingUnixStreamServer(socketPath(t), StreamEcho),
    exchange: overStream,
  },
  { name: "UDPServer", make: () => new UDPServer(["localhost", 0], DatagramEcho), exchange: overDatagrams },
  {
    name: "ThreadingUDPServer",
    make: () => new ThreadingUDPServer(["localhost", 0], DatagramEcho),
    exchange: overDatagrams,
  },
];

for (const { name, make, exchange } of rows) {
  test(`${name} answers three clients, is shut down and closed`, async (t) => {
    const server = make(t);
    const serving = server.serve_forever({ poll_interval: 0.01 });
    assert.ok(server.fileno() >= 0);
    for (let client = 0; client < 3; client++) assert.equal(await exchange(server, LINE), LINE);
    await server.shutdown();
    await serving;
    await server.server_close();
    assert.equal(server.fileno(), -1);
    if (typeof server.server_address === "string") assert.ok(!existsSync(server.server_address));
  });

  test(`${name} answers clients that come at the same time`, async (t) => {
    const server = serve(t, make(t));
    const texts = Array.from({ length: 10 }, (_, client) => `client ${client}\n`);
    assert.deepEqual(await Promise.all(texts.map((text) => exchange(server, text))), texts);
  });

  test(`${name} is closed right after its construction`, async (t) => {
    const server = make(t);
    await server.server_close();
    assert.equal(server.fileno(), -1);
  });

  test(`${name} is closed by \`await using\``, async (t) => {
    let left: BaseServer;
    {
      await using server = make(t);
      assert.ok(server.fileno() >= 0);
      left = server;
    }
    assert.equal(left.fileno(), -1);
    assert.ok(left.is_closing);
  });

  test(`${name} is closed by \`await using\` in spite of an error in its block`, async (t) => {
    let left: BaseServer | undefined;
    const use = async () => {
      await using server = make(t);
      left = server;
      throw new Error("in the block");
    };
    await assert.rejects(use, /in the block/);
    assert.equal(left?.fileno(), -1);
  });

  test(`${name} is shut down many times over`, async (t) => {
    for (let round = 0; round < 20; round++) {
      const server = make(t);
      const serving = server.serve_forever({ poll_interval: 0.01 });
      await server.shutdown();
      await serving;
      await server.server_close();
    }
  });

  test(`${name} is closed more than once without harm`, async (t) => {
    const server = make(t);
    await Promise.all([server.server_close(), server.server_close()]);
    await server.server_close();
    assert.equal(server.fileno(), -1);
  });
}

for (const Server of TCP_SERVERS) {
  for (const fault of [new Error("broken"), "not even an Error", undefined, null]) {
    test(`${Server.name} tells handle_error what a handler throws: ${fault}`, async (t) => {
      const errors: unknown[] = [];
      class Failing extends BaseRequestHandler {
        override handle() {
          throw fault;
        }
      }
      class Telling extends Server {
        override handle_error(_request: unknown, client_address: readonly [string, number], error: unknown) {
          assert.equal(client_address[0], "127.0.0.1");
          errors.push(error);
        }
      }
      const server = serve(t, new Telling(["localhost", 0], Failing));
      assert.equal(await exchange(server.server_address, LINE), "");
      assert.deepEqual(errors, [fault]);
    });
  }

  test(`${Server.name} writes to standard error what a handler throws`, async (t) => {
    const lines = standardError(t);
    class Failing extends BaseRequestHandler {
      override handle() {
        throw new Error("a fault in the handler");
      }
    }
    const server = serve(t, new Server(["localhost", 0], Failing));
    assert.equal(await exchange(server.server_address, LINE), "");
    const rule = "-".repeat(40);
    assert.equal(lines.length, 1);
    const [first, second, third] = lines[0]?.split("\n") ?? [];
    assert.equal(first, rule);
    assert.match(second ?? "", /^Exception occurred during processing of request from .*127\.0\.0\.1.*\d+/);
    assert.equal(third, "Error: a fault in the handler");
    assert.ok(lines[0]?.endsWith(`\n${rule}`));
  });

  test(`${Server.name} shuts a request down that verify_request refuses`, async (t) => {
    const shut: unknown[] = [];
    class Refusing extends Server {
      override verify_request() {
        return false;
      }
      override shutdown_request(request: Parameters<TCPServer["shutdown_request"]>[0]) {
        shut.push(request);
        return super.shutdown_request(request);
      }
    }
    const server = serve(t, new Refusing(["localhost", 0], StreamEcho));
    assert.equal(await exchange(server.server_address, LINE), "");
    assert.equal(shut.length, 1);
  });
}

test("a constructor that fails again and again leaks nothing", () => {
  for (let round = 0; round < 200; round++) {
    assert.throws(() => new TCPServer(["localhost", -1], StreamEcho), RangeError);
    assert.throws(() => new UDPServer(["localhost", 65_536], DatagramEcho), RangeError);
  }
});

test("`wfile.write` returns the number of bytes and sends all of them, however many", async (t) => {
  const size = 8 * 1024 * 1024;
  const written: number[] = [];
  class Sending extends StreamRequestHandler {
    override async handle() {
      written.push(await this.wfile.write("ä"), await this.wfile.write(Buffer.alloc(size, "x")));
    }
  }
  const server = serve(t, new ThreadingTCPServer(["localhost", 0], Sending));
  const client = await StreamClient.connect(server.server_address);
  const text = await client.finish();
  assert.equal(Buffer.byteLength(text), size + 2);
  await until(() => written.length === 2);
  assert.deepEqual(written, [2, size]);
  client.socket.destroy();
});

function overStream(server: BaseServer, text: string): Promise<string> {
  return exchange(server.server_address as string, text);
}

async function overDatagrams(server: BaseServer, text: string): Promise<string> {
  const [host, port] = server.server_address as readonly [string, number];
  const client = dgram.createSocket("udp4");
  client.send(text, port, host);
  const [answer] = (await once(client, "message")) as [Buffer];
  client.close();
  return answer.toString();
}

function socketPath(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "pyserve-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, "socket");
}
