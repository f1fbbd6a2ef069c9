import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as net from "node:net";
import { PassThrough, Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  ByteReader,
  ByteWriter,
  DisconnectedError,
  type InetAddress,
  StreamRequestHandler,
  TCPServer,
  ThreadingTCPServer,
  TimeoutError,
} from "pyserve/socketserver";
import { anyText } from "../support/any-text.js";
import { Clock } from "../support/clock.js";
import { deferred, leavesNothingOpen, serve, standardError, turns, until } from "../support/servers.js";
import { exchange, StreamClient } from "../support/stream-client.js";

const ANY_PORT: InetAddress = ["localhost", 0];

type Work = (handler: StreamRequestHandler) => unknown;

/** A handler that does `work`, with some other settings. */
function handlerThat(work: Work, settings: Partial<StreamRequestHandler> = {}) {
  class Working extends StreamRequestHandler {
    override async handle() {
      await work(this);
    }
  }
  return Object.assign(Working, settings);
}

/** Serves one connection, and returns the error that the handler threw. */
async function errorOf(
  t: Parameters<typeof serve>[0],
  work: Work,
  settings: Partial<StreamRequestHandler>,
  client: (client: StreamClient) => unknown,
): Promise<unknown> {
  const failure = deferred<unknown>();
  class Telling extends ThreadingTCPServer {
    override handle_error(_request: net.Socket, _address: InetAddress, error: unknown) {
      failure.resolve(error);
    }
  }
  const server = serve(t, new Telling(ANY_PORT, handlerThat(work, settings)));
  const connection = await StreamClient.connect(server.server_address);
  await client(connection);
  const error = await failure.promise;
  connection.socket.destroy();
  return error;
}

test("`setup` creates connection, rfile and wfile; `finish` closes rfile and wfile", async (t) => {
  let seen: StreamRequestHandler | undefined;
  const server = serve(
    t,
    new TCPServer(
      ANY_PORT,
      handlerThat((handler) => {
        seen = handler;
        assert.equal(handler.connection, handler.request);
        assert.ok(handler.rfile instanceof ByteReader);
        assert.ok(handler.wfile instanceof ByteWriter);
        assert.ok(handler.wfile.writable);
        assert.equal(handler.rfile.closed || handler.wfile.closed, false);
      }),
    ),
  );
  assert.equal(await exchange(server.server_address, "hello\n"), "");
  assert.ok(seen?.rfile.closed);
  assert.ok(seen?.wfile.closed);
  assert.throws(() => seen?.wfile.write("late"), /closed/);
  await assert.rejects(seen?.rfile.read() ?? Promise.resolve(), /closed/);
});

test("`rfile` returns what the client sends, by lines, by counts and to the end", async (t) => {
  const server = serve(
    t,
    new TCPServer(
      ANY_PORT,
      handlerThat(async ({ rfile, wfile }) => {
        const parts = [
          await rfile.readline(),
          await rfile.readline(3),
          await rfile.readexactly(4),
          await rfile.read(2),
          await rfile.read(),
          await rfile.read(),
          await rfile.readline(),
        ];
        await wfile.write(JSON.stringify(parts.map(String)));
      }),
    ),
  );
  const answer = await exchange(server.server_address, "one\nabcdefghijkl\nrest");
  assert.deepEqual(JSON.parse(answer), ["one\n", "abc", "defg", "hi", "jkl\nrest", "", ""]);
});

test("`wfile` writes text as UTF-8 and bytes unchanged, both in order", async (t) => {
  const server = serve(
    t,
    new TCPServer(
      ANY_PORT,
      handlerThat(async ({ wfile }) => {
        assert.equal(wfile.write("aä€"), 6);
        assert.equal(wfile.write(new Uint8Array([0x62, 0xc3, 0xa9])), 3);
        await wfile.writelines(["x", Buffer.from("y"), "z"]);
        await wfile.flush();
      }),
    ),
  );
  assert.equal(await exchange(server.server_address, ""), "aä€béxyz");
});

test("an unbuffered `wfile` sends each write, a buffered one at the end, when full or flushed", async (t) => {
  for (const [wbufsize, atOnce] of [
    [0, true],
    [-1, false],
    [100, false],
    [10, true],
  ] as const) {
    const seen = deferred();
    const server = serve(
      t,
      new TCPServer(
        ANY_PORT,
        handlerThat(
          async (handler) => {
            await handler.wfile.write("0123456789");
            assert.equal(handler.connection.bytesWritten, atOnce ? 10 : 0, `wbufsize ${wbufsize}`);
            await handler.wfile.write("ab");
            await handler.wfile.flush();
            assert.equal(handler.connection.bytesWritten, 12);
            await handler.wfile.write("last");
            seen.resolve();
          },
          { wbufsize },
        ),
      ),
    );
    assert.equal(await exchange(server.server_address, ""), "0123456789ablast");
    await seen.promise;
  }
});

test("an unbuffered `rfile` returns the bytes of one arrival", async (t) => {
  const reads: string[] = [];
  const handler = handlerThat(
    async ({ rfile }) => {
      for (let bytes = await rfile.read(1000); bytes.length > 0; bytes = await rfile.read(1000))
        reads.push(String(bytes));
    },
    { rbufsize: 0 },
  );
  const server = serve(t, new TCPServer(ANY_PORT, handler));
  const client = await StreamClient.connect(server.server_address);
  for (const part of ["one", "two"]) {
    client.send(part);
    await until(() => reads.includes(part));
  }
  await client.finish();
  assert.deepEqual(reads, ["one", "two"]);
});

test("`disable_nagle_algorithm` sets TCP_NODELAY, and only when it is true", async (t) => {
  for (const disable_nagle_algorithm of [false, true]) {
    const calls: unknown[] = [];
    class Watching extends TCPServer {
      override async get_request() {
        const accepted = await super.get_request();
        t.mock.method(accepted[0], "setNoDelay", (on: boolean) => calls.push(on));
        return accepted;
      }
    }
    const server = serve(
      t,
      new Watching(
        ANY_PORT,
        handlerThat(() => {}, { disable_nagle_algorithm }),
      ),
    );
    await exchange(server.server_address, "");
    assert.deepEqual(calls, disable_nagle_algorithm ? [true] : []);
  }
});

test("`timeout` is a number or null, and no connection is served with anything else", async (t) => {
  const error = await errorOf(
    t,
    () => assert.fail("was served"),
    { timeout: Number.NaN },
    () => {},
  );
  assert.match(
    String(error),
    /^RangeError: .*timeout must be a number of seconds, 0 or more, or null for no limit, not NaN\.$/,
  );
});

test("`timeout` bounds a read, which throws a TimeoutError", async (t) => {
  const error = await errorOf(
    t,
    async ({ rfile }) => assert.fail(String(await rfile.readline())),
    { timeout: 0.02 },
    (client) => client.send("no line end"),
  );
  assert.ok(error instanceof TimeoutError, String(error));
  assert.match(error.message, /0\.02/);
});

test("`timeout` bounds a write that the peer does not take", async (t) => {
  const error = await errorOf(
    t,
    async ({ wfile }) => {
      for (;;) await wfile.write(Buffer.alloc(1024 * 1024));
    },
    { timeout: 0.05 },
    (client) => client.socket.pause(),
  );
  assert.ok(error instanceof TimeoutError, String(error));
});

test("`timeout` applies to each read, not to all of them together", async (t) => {
  const clock = new Clock(t);
  const handler = handlerThat(
    async ({ rfile, wfile }) => {
      for await (const line of rfile.lines()) await wfile.write(line);
    },
    { timeout: 0.5 },
  );
  const server = serve(t, new TCPServer(ANY_PORT, handler));
  const client = await StreamClient.connect(server.server_address);
  for (let count = 0; count < 3; count++) {
    client.send("tick\n");
    assert.equal(await client.read(5), "tick\n");
    await turns();
    clock.tick(400);
  }
  assert.equal(await client.finish(), "");
});

test("`timeout` may be a field of a subclass, or be assigned in `setup`", async (t) => {
  class ByField extends StreamRequestHandler {
    override timeout = 0.01;
    override async handle() {
      await this.rfile.readline();
    }
  }
  class ByAssignment extends StreamRequestHandler {
    override setup() {
      this.timeout = 0.01;
      return super.setup();
    }
    override async handle() {
      await this.rfile.readline();
    }
  }
  for (const Handler of [ByField, ByAssignment]) {
    const lines = standardError(t);
    const server = serve(t, new TCPServer(ANY_PORT, Handler));
    const client = await StreamClient.connect(server.server_address);
    assert.equal(await client.rest(), "");
    assert.match(lines.join(), /TimeoutError/);
    client.socket.destroy();
  }
});

test("a client that resets during a read is a DisconnectedError", async (t) => {
  const error = await errorOf(
    t,
    ({ rfile }) => rfile.readline(),
    {},
    async (client) => {
      client.send("half a line");
      await turns();
      client.reset();
    },
  );
  assert.ok(error instanceof DisconnectedError, String(error));
  assert.equal(error.code, "ECONNRESET");
});

test("a client that resets during a write is a DisconnectedError", async (t) => {
  const error = await errorOf(
    t,
    async ({ wfile }) => {
      for (;;) await wfile.write(Buffer.alloc(256 * 1024));
    },
    {},
    async (client) => {
      await client.read(10);
      client.reset();
    },
  );
  assert.ok(error instanceof DisconnectedError, String(error));
});

for (const awaited of [true, false]) {
  test(`a client that resets makes no noise, writes ${awaited ? "awaited" : "not awaited"}`, async (t) => {
    const lines = standardError(t);
    await leavesNothingOpen(async () => {
      const ended = deferred();
      class Sending extends StreamRequestHandler {
        override async handle() {
          try {
            for (let block = 0; block < 200; block++) {
              const written = this.wfile.write(Buffer.alloc(64 * 1024));
              if (awaited) await written;
              else await turns(1);
            }
          } finally {
            ended.resolve();
          }
        }
      }
      const server = new TCPServer(ANY_PORT, Sending);
      const serving = server.serve_forever();
      const client = await StreamClient.connect(server.server_address);
      await client.read(10);
      client.reset();
      await ended.promise;
      await server.server_close();
      await serving;
    });
    assert.deepEqual(lines, []);
  });
}

test("`finish` reports no error for a client that is gone, whatever is held back", async (t) => {
  const lines = standardError(t);
  const gone = deferred();
  const served = deferred();
  class Late extends StreamRequestHandler {
    static override wbufsize = -1;
    override async handle() {
      await this.wfile.write("held back");
      await new Promise((resolve) => this.connection.once("close", resolve));
      gone.resolve();
    }
    override async finish() {
      await super.finish();
      served.resolve();
    }
  }
  const server = serve(t, new TCPServer(ANY_PORT, Late));
  const client = await StreamClient.connect(server.server_address);
  await turns();
  client.reset();
  await gone.promise;
  await served.promise;
  assert.deepEqual(lines, []);
});

test("`pipeline` accepts rfile as its source, and wfile as its destination", async (t) => {
  const server = serve(
    t,
    new ThreadingTCPServer(
      ANY_PORT,
      handlerThat(async ({ rfile, wfile }) => {
        const upper = new Transform({
          transform: (bytes, _encoding, done) => done(null, String(bytes).toUpperCase()),
        });
        await pipeline(rfile, upper, wfile);
      }),
    ),
  );
  const text = "some text\n".repeat(50_000);
  assert.equal(await exchange(server.server_address, text), text.toUpperCase());
});

test("`pipeline` from rfile straight to wfile echoes", async (t) => {
  const server = serve(
    t,
    new ThreadingTCPServer(
      ANY_PORT,
      handlerThat(({ rfile, wfile }) => pipeline(rfile, wfile)),
    ),
  );
  const text = randomBytes(1_000_000).toString("base64");
  assert.equal(await exchange(server.server_address, text), text);
});

test("`pipeline` of a large upload into a sink, and a reply after it", async (t) => {
  const server = serve(
    t,
    new TCPServer(
      ANY_PORT,
      handlerThat(async ({ rfile, wfile }) => {
        let size = 0;
        const sink = new PassThrough();
        sink.on("data", (bytes: Buffer) => {
          size += bytes.length;
        });
        await pipeline(rfile, sink);
        await wfile.write(`${size}`);
      }),
    ),
  );
  assert.equal(await exchange(server.server_address, "x".repeat(3_000_000)), "3000000");
});

test("`pipeline` to a client that resets rejects", async (t) => {
  const error = await errorOf(
    t,
    ({ wfile }) => pipeline(Readable.from(endless()), wfile),
    {},
    async (client) => {
      await client.read(10);
      client.reset();
    },
  );
  assert.ok(error instanceof DisconnectedError, String(error));
});

test("a reply of any size takes little memory while the client is slow", async (t) => {
  const size = 256 * 1024 * 1024;
  const block = Buffer.alloc(128 * 1024);
  let most = 0;
  const server = serve(
    t,
    new TCPServer(
      ANY_PORT,
      handlerThat(async (handler) => {
        for (let sent = 0; sent < size; sent += block.length) {
          await handler.wfile.write(block);
          most = Math.max(most, handler.connection.writableLength);
        }
      }),
    ),
  );
  assert.equal(await countBytes(server.server_address), size);
  assert.ok(most <= 2 * block.length, `${most} bytes were held`);
});

test("an upload of any size takes little memory while the handler is slow", async (t) => {
  const size = 64 * 1024 * 1024;
  let most = 0;
  const server = serve(
    t,
    new TCPServer(
      ANY_PORT,
      handlerThat(async (handler) => {
        await turns(100);
        most = handler.connection.bytesRead;
        let read = 0;
        for await (const bytes of handler.rfile) read += bytes.length;
        await handler.wfile.write(String(read));
      }),
    ),
  );
  const client = await StreamClient.connect(server.server_address);
  await pipeline(Readable.from(blocks(size)), client.socket, { end: true });
  assert.equal(await client.rest(), String(size));
  assert.ok(most <= 512 * 1024, `${most} bytes were read ahead`);
});

test("any lines, however they are cut, come back as they were sent", async (t) => {
  const server = serve(
    t,
    new ThreadingTCPServer(
      ANY_PORT,
      handlerThat(async ({ rfile, wfile }) => {
        for await (const line of rfile.lines(64)) await wfile.write(line);
      }),
    ),
  );
  const lines = fc.array(anyText({ maxLength: 200 }), { maxLength: 20 });
  const cuts = fc.array(fc.nat({ max: 300 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(lines, cuts, fc.boolean(), async (texts, lengths, together) => {
      const bytes = Buffer.from(texts.join("\n"));
      const client = await StreamClient.connect(server.server_address);
      let from = 0;
      for (const length of lengths) {
        client.send(bytes.subarray(from, from + length));
        from += length;
        if (!together) await turns(1);
      }
      client.send(bytes.subarray(from));
      assert.equal(await client.finish(), bytes.toString());
    }),
    { numRuns: 150 },
  );
});

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024);
}

function* blocks(size: number): Generator<Buffer> {
  const block = Buffer.alloc(64 * 1024);
  for (let sent = 0; sent < size; sent += block.length) yield block;
}

async function countBytes([host, port]: InetAddress): Promise<number> {
  const socket = net.connect(port, host);
  let count = 0;
  for await (const bytes of socket) count += bytes.length;
  return count;
}
