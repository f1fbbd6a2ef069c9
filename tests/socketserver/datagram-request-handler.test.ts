import assert from "node:assert/strict";
import * as dgram from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { ByteReader, ByteWriter, DatagramRequestHandler, UDPServer } from "pyserve/socketserver";
import { MemorySource } from "#src/io/memory-source-and-sink.js";
import { serve, standardError } from "../support/servers.js";

type Work = (handler: DatagramRequestHandler) => unknown;

/** Returns a server's answers to datagrams. Every handler answers the last one. */
async function answersTo(t: Parameters<typeof serve>[0], work: Work, ...texts: string[]): Promise<string[]> {
  class Working extends DatagramRequestHandler {
    override async handle() {
      if (String(this.packet) === "last") await this.wfile.write("last");
      else await work(this);
    }
  }
  const server = serve(t, new UDPServer(["localhost", 0], Working));
  const client = dgram.createSocket("udp4");
  const answers: string[] = [];
  client.on("message", (bytes) => answers.push(String(bytes)));
  for (const text of [...texts, "last"]) client.send(text, server.server_address[1], "127.0.0.1");
  while (answers.at(-1) !== "last") await Promise.race([once(client, "message"), setImmediate()]);
  client.close();
  return answers.slice(0, -1);
}

test("`setup` creates packet, socket, rfile and wfile", async (t) => {
  const answers = await answersTo(
    t,
    (handler) => {
      assert.ok(handler.rfile instanceof ByteReader);
      assert.ok(handler.wfile instanceof ByteWriter);
      assert.equal(handler.socket, handler.server.socket);
      return handler.wfile.write(`packet ${handler.packet}`);
    },
    "hello",
  );
  assert.deepEqual(answers, ["packet hello"]);
});

test("a subclass may replace `rfile` and `wfile` by fields and values of its own", async (t) => {
  class Fields extends DatagramRequestHandler {
    constructor(...args: ConstructorParameters<typeof DatagramRequestHandler<UDPServer>>) {
      super(...args);
      // In JavaScript, a field without a value is `undefined`.
      for (const name of ["rfile", "wfile"])
        Object.defineProperty(this, name, { value: undefined, writable: true });
    }

    override async handle() {
      await this.wfile.write(await this.rfile.read());
    }
  }
  const server = serve(t, new UDPServer(["localhost", 0], Fields));
  const client = dgram.createSocket("udp4");
  client.send("hello", server.server_address[1], "127.0.0.1");
  const [bytes] = await once(client, "message");
  client.close();
  assert.equal(String(bytes), "hello");

  const answers = await answersTo(
    t,
    async (handler) => {
      handler.rfile = new ByteReader(new MemorySource(Buffer.from("mine")));
      await handler.wfile.write(await handler.rfile.read());
    },
    "hello",
  );
  assert.deepEqual(answers, ["mine"]);
});

test("`rfile` reads the datagram to its end", async (t) => {
  const answers = await answersTo(
    t,
    async ({ rfile, wfile }) => {
      const parts = [await rfile.readline(), await rfile.read(2), await rfile.read(), await rfile.read()];
      await wfile.write(JSON.stringify(parts.map(String)));
    },
    "one\ntwo\nthree",
  );
  assert.deepEqual(JSON.parse(answers[0] ?? ""), ["one\n", "tw", "o\nthree", ""]);
});

test("`finish` sends all that was written in one datagram", async (t) => {
  const answers = await answersTo(
    t,
    async ({ wfile }) => {
      await wfile.write("ä");
      await wfile.write(Buffer.from("b"));
      await wfile.flush();
      await wfile.write("c");
    },
    "hello",
  );
  assert.deepEqual(answers, ["äbc"]);
});

test("`finish` sends nothing if nothing was written: Python's empty answer can go back and forth forever", async (t) => {
  assert.deepEqual(await answersTo(t, () => {}, "one", "two"), []);
});

test("`finish` sends what was written before `handle` failed, as in Python", async (t) => {
  const lines = standardError(t);
  const answers = await answersTo(
    t,
    async ({ wfile }) => {
      await wfile.write("so far");
      throw new Error("on purpose");
    },
    "hello",
  );
  assert.deepEqual(answers, ["so far"]);
  assert.match(lines[0] ?? "", /on purpose/);
});

test("an answer that is too long for a datagram is reported, and the server goes on", async (t) => {
  const lines = standardError(t);
  assert.deepEqual(await answersTo(t, ({ wfile }) => wfile.write("x".repeat(70_000)), "hello"), []);
  assert.match(lines[0] ?? "", /EMSGSIZE/);
});

test("an answer that the system can't send goes to `handle_error`, and the next one is sent", async (t) => {
  const errors: unknown[] = [];
  class Server extends UDPServer {
    override handle_error(_request: unknown, _client_address: unknown, error: unknown) {
      errors.push((error as NodeJS.ErrnoException).code);
    }
  }
  class Large extends DatagramRequestHandler {
    override handle() {
      this.wfile.write(String(this.packet).repeat(this.packet.length > 1 ? 70_000 : 1));
    }
  }
  const server = serve(t, new Server(["localhost", 0], Large));
  const client = dgram.createSocket("udp4");
  for (const text of ["ab", "c"]) client.send(text, server.server_address[1], "127.0.0.1");
  const [bytes] = await once(client, "message");
  client.close();
  assert.equal(String(bytes), "c");
  assert.deepEqual(errors, ["EMSGSIZE"]);
});
