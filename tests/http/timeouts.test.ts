import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import type { HTTPHandlerClass } from "pyserve/http/server";
import { TimeoutError } from "pyserve/socketserver";
import { Clock } from "../support/clock.js";
import {
  get,
  HTTP_SERVERS,
  noneUnhandled,
  type RawClient,
  request,
  serveHttp,
  TestHandler,
} from "../support/http.js";
import { deferred, turns, until } from "../support/servers.js";

const SHORT = 0.05;

/** All limits are long, except the tested one. */
class Patient extends TestHandler {
  static override first_byte_timeout: number | null = null;
  static override header_timeout: number | null = null;
  static override keep_alive_timeout: number | null = null;
  static override stall_timeout: number | null = null;

  do_GET(): void | Promise<void> {
    this.respond(this.path);
  }

  async do_POST() {
    this.respond(String(await this.rfile.read()));
  }
}

class FirstByte extends Patient {
  static override first_byte_timeout = SHORT;
}

class Header extends Patient {
  static override header_timeout = SHORT;
}

class KeepAlive extends Patient {
  static override keep_alive_timeout = SHORT;
}

class Stall extends Patient {
  static override stall_timeout = SHORT;
}

class Python extends Patient {
  static override timeout = SHORT;
}

class PythonAndLonger extends Patient {
  static override timeout = SHORT;
  static override stall_timeout = 1000;
  static override keep_alive_timeout = 1000;
  static override header_timeout = 1000;
  static override first_byte_timeout = 1000;
}

const half = "GET / HTTP/1.1\r\nHost:";

interface Row {
  readonly name: string;
  readonly Handlers: readonly HTTPHandlerClass[];
  /** Bytes that the client sends before it is silent. */
  readonly act: (client: RawClient) => Promise<unknown>;
  /** The status that the client gets, or none. */
  readonly status: number | null;
}

const answered = async (client: RawClient) => client.send(get("/")).reply();

const rows: readonly Row[] = [
  {
    name: "a connection that sends nothing is closed without a reply",
    Handlers: [FirstByte, Python, PythonAndLonger],
    act: async () => {},
    status: null,
  },
  {
    name: "a connection that idles between two requests is closed without a reply",
    Handlers: [KeepAlive, Python, PythonAndLonger],
    act: answered,
    status: null,
  },
  {
    name: "half a head is answered with 408",
    Handlers: [Header, Python, PythonAndLonger],
    act: async (client) => client.send(half),
    status: 408,
  },
  {
    name: "half a second head is answered with 408",
    Handlers: [Header, Python, PythonAndLonger],
    act: async (client) => {
      await answered(client);
      client.send(half);
    },
    status: 408,
  },
  {
    name: "half a head in the piece of the first request is answered with 408",
    Handlers: [Header, Python],
    act: (client) => client.send(get("/") + half).reply(),
    status: 408,
  },
  {
    name: "half a head behind a HEAD is answered with 408 and its content",
    Handlers: [Header, Python],
    act: (client) => client.send(request("HEAD", "/") + half).reply("HEAD"),
    status: 408,
  },
  {
    name: "half a content is answered with 408",
    Handlers: [Stall, Python, PythonAndLonger],
    act: async (client) => client.send(request("POST", "/", ["Content-Length: 10"], "abc")),
    status: 408,
  },
  {
    name: "a chunk that does not come is answered with 408",
    Handlers: [Stall, Python],
    act: async (client) => client.send(request("POST", "/", ["Transfer-Encoding: chunked"], "3\r\nabc\r\n")),
    status: 408,
  },
  {
    name: "content that is awaited after 100 and does not come is answered with 408",
    Handlers: [Stall, Python],
    act: async (client) => {
      client.send(request("POST", "/", ["Content-Length: 10", "Expect: 100-continue"]));
      assert.equal((await client.reply()).status, 100);
    },
    status: 408,
  },
  {
    name: "unread content that does not come ends the connection after the reply",
    Handlers: [Stall, Python],
    act: async (client) => client.send(request("GET", "/", ["Content-Length: 10"], "abc")),
    status: 200,
  },
];

for (const { name, Handlers, act, status } of rows) {
  for (const Handler of Handlers) {
    for (const Server of HTTP_SERVERS) {
      test(`${Server.name} with ${(Handler as { name?: string }).name}: ${name}`, async (t) => {
        noneUnhandled(t);
        const clock = new Clock(t);
        const fixture = serveHttp(t, Handler, { Server });
        const client = await fixture.connect();
        await act(client);
        // Time passes after all bytes of the client have arrived.
        await until(() => [...fixture.connections][0]?.bytesRead === client.socket.bytesWritten);
        await turns();
        clock.tick(SHORT * 1000);
        if (status !== null) {
          const reply = await client.reply();
          assert.deepEqual([reply.status, reply.fields.connection, reply.isCut], [status, "close", false]);
          assert.ok(reply.content.length > 0);
          if (status === 408) assert.match(fixture.log.join("\n"), /^Request timed out: /m);
        }
        await client.assertEnd();
      });
    }
  }
}

test("a head that arrives byte by byte does not avoid header_timeout", async (t) => {
  const fixture = serveHttp(t, Header);
  const client = await fixture.send("GET / HTTP/1.1\r\nA: ");
  const dripping = setInterval(() => client.send("x"), 5);
  t.after(() => clearInterval(dripping));
  assert.equal((await client.reply()).status, 408);
});

test("empty lines do not avoid first_byte_timeout", async (t) => {
  const clock = new Clock(t);
  const fixture = serveHttp(t, FirstByte);
  const client = await fixture.connect();
  await until(() => fixture.connections.size === 1);
  await client.sendPieces(["\r\n", "\r\n", "\r\n"]);
  await turns();
  clock.tick(SHORT * 1000 - 5);
  await client.sendPieces(["\r\n"]);
  await turns();
  clock.tick(5);
  await client.assertEnd();
});

test("a handler can catch the timeout of a read, and answer itself", async (t) => {
  class Catching extends Stall {
    override async do_POST() {
      const error = await this.rfile.read().catch((reason: unknown) => reason);
      assert.ok(error instanceof TimeoutError);
      this.respond("too slow", 503);
    }
  }
  const client = await serveHttp(t, Catching).send(request("POST", "/", ["Content-Length: 10"], "abc"));
  const reply = await client.reply();
  assert.deepEqual([reply.status, reply.content], [503, "too slow"]);
  await client.assertEnd();
});

for (const awaits of [true, false]) {
  test(`a client that reads nothing of a response is reset, where the handler ${awaits ? "waits for it" : "does not"}`, async (t) => {
    noneUnhandled(t);
    class Large extends Stall {
      override async do_GET() {
        this.send_response(200);
        this.end_headers();
        const piece = Buffer.alloc(1024 * 1024);
        for (let count = 0; count < 32; count++) {
          const written = this.wfile.write(piece);
          if (awaits) await written;
        }
      }
    }
    class Server extends (HTTP_SERVERS[0] as (typeof HTTP_SERVERS)[number]) {
      static override stall_timeout = SHORT;
    }
    const fixture = serveHttp(t, Large, { Server });
    const client = await fixture.connect();
    client.socket.pause();
    client.send(get("/"));
    await until(() => fixture.connections.size === 1);
    await until(() => fixture.connections.size === 0, "the connection to be reset");
  });
}

for (const Server of HTTP_SERVERS) {
  test(`${Server.name}: hundreds of stalled connections do not delay others`, async (t) => {
    const fixture = serveHttp(t, Patient, { Server });
    for (let count = 0; count < 150; count++) {
      await fixture.connect();
      await fixture.send(half);
    }
    assert.equal((await (await fixture.send(get("/x"))).reply()).content, "/x");
  });
}

test("a client that sends keep-alive gets the time, and can send another request", async (t) => {
  class OneSecond extends Patient {
    static override keep_alive_timeout = 1;
  }
  const asks = request("GET", "/", ["Connection: keep-alive"]);
  const client = await serveHttp(t, OneSecond).send(asks);
  const { fields } = await client.reply();
  assert.deepEqual([fields.connection, fields["keep-alive"]], ["keep-alive", "timeout=1"]);
  assert.equal((await client.send(asks).reply()).content, "/");
});

test("null removes every limit", async (t) => {
  const fixture = serveHttp(t, Patient);
  const client = await fixture.send(half);
  await until(() => fixture.connections.size === 1);
  client.send("h\r\n\r\n");
  assert.equal((await client.reply()).content, "/");
});

class Rated extends Patient {
  static override min_content_rate = 1_000_000;
  static override content_rate_grace = SHORT;
}

test("content that arrives byte by byte does not avoid min_content_rate", async (t) => {
  const fixture = serveHttp(t, Rated);
  const client = await fixture.send(request("POST", "/", ["Content-Length: 1000000"]));
  const dripping = setInterval(() => client.send("x"), 5);
  t.after(() => clearInterval(dripping));
  const reply = await client.reply();
  assert.deepEqual([reply.status, reply.fields.connection], [408, "close"]);
  assert.match(fixture.log.join("\n"), /less than 1000000 bytes per second/);
});

test("chunks that arrive byte by byte do not avoid min_content_rate", async (t) => {
  const client = await serveHttp(t, Rated).send(request("POST", "/", ["Transfer-Encoding: chunked"]));
  const dripping = setInterval(() => client.send("1\r\nx\r\n"), 5);
  t.after(() => clearInterval(dripping));
  assert.equal((await client.reply()).status, 408);
});

test("a slow handler does not make its client count as slow", async (t) => {
  const clock = new Clock(t);
  const waits = deferred();
  class Slow extends Rated {
    override async do_POST() {
      const first = await this.rfile.read(5);
      clock.tick(4 * SHORT * 1000);
      const rest = this.rfile.read();
      waits.resolve();
      this.respond(`${first}${await rest}`);
    }
  }
  const client = await serveHttp(t, Slow).send(request("POST", "/", ["Content-Length: 10"], "hello"));
  await waits.promise;
  clock.tick(SHORT * 1000 - 5);
  assert.equal((await client.send("world").reply()).content, "helloworld");
});

test("min_content_rate 0 is no limit", async (t) => {
  const clock = new Clock(t);
  const waits = deferred();
  class Unlimited extends Rated {
    static override min_content_rate = 0;

    override async do_POST() {
      const content = this.rfile.read();
      waits.resolve();
      this.respond(String(await content));
    }
  }
  const client = await serveHttp(t, Unlimited).send(request("POST", "/", ["Content-Length: 2"]));
  await waits.promise;
  clock.tick(4 * SHORT * 1000);
  assert.equal((await client.send("ab").reply()).content, "ab");
});

test("the last request that max_requests_per_connection allows is answered with close, and no later one", async (t) => {
  class Two extends Patient {
    static override max_requests_per_connection = 2;
  }
  const client = await serveHttp(t, Two).send(get("/1") + get("/2") + get("/3"));
  const first = await client.reply();
  assert.deepEqual([first.content, first.fields.connection], ["/1", undefined]);
  const second = await client.reply();
  assert.deepEqual([second.content, second.fields.connection], ["/2", "close"]);
  await client.assertEnd();
});

const LIMITS = [
  "timeout",
  "first_byte_timeout",
  "header_timeout",
  "keep_alive_timeout",
  "stall_timeout",
  "discard_timeout",
] as const;

for (const limit of LIMITS) {
  for (const value of [Number.NaN, "5", undefined]) {
    test(`no connection is served with ${limit} = ${inspect(value)}, and handle_error is told why`, async (t) => {
      class Wrong extends Patient {}
      Object.defineProperty(Wrong, limit, { value });
      const fixture = serveHttp(t, Wrong);
      const client = await fixture.send(get("/"));
      await client.assertEnd();
      const [error] = fixture.takeErrors();
      const message = `Wrong.${limit} must be a number of seconds, 0 or more, or null for no limit, not ${inspect(value)}.`;
      assert.deepEqual([(error as Error).name, (error as Error).message], ["RangeError", message]);
    });
  }
}
