/** `this.signal` of a handler, in every place, and for every way in which the client leaves. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BaseHTTPRequestHandler, ThreadingHTTPServer } from "pyserve/http/server";
import { AwaitingDisconnection } from "../fixtures/awaiting-disconnection.js";
import { serveFiles, temporaryTree } from "../support/file-server.js";
import { get, RawClient, request, serveHttp, TestHandler } from "../support/http.js";
import { connectTo, PLACES, serverAt } from "../support/places.js";
import { deferred, serve, standardError, until } from "../support/servers.js";

for (const place of PLACES) {
  test(`\`signal\` of a request that is served ${place.where} is aborted when the client ends its sending, and a reply still arrives`, async (t) => {
    const server = serve(t, serverAt(place, AwaitingDisconnection));
    const socket = connectTo(t, server, place.isSecure);
    const client = new RawClient(socket).send(get("/"));
    assert.equal((await client.head()).status, 102);
    client.end();
    assert.equal((await client.reply()).content, "DisconnectedError");
    await client.assertEnd();
  });
}

/** An address that never answers. */
async function silentServer(t: TestContext): Promise<string> {
  const server = createServer(() => {});
  server.listen(0, "127.0.0.1");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const LONG = 1_000_000;
const ends = (signal: AbortSignal) => once(signal, "abort");

/** Ways in which handlers wait. Each fails in its own way when its signal is aborted. */
const WAITS: Readonly<Record<string, (handler: BaseHTTPRequestHandler, silent: string) => Promise<unknown>>> =
  {
    "a timer": ({ signal }) => sleep(LONG, undefined, { signal }),
    "an event": ({ signal }) => once(new EventTarget(), "never", { signal }),
    "a request of its own": ({ signal }, silent) => fetch(silent, { signal }),
    "a stream": ({ signal }) => pipeline(new Readable({ read() {} }), new PassThrough().resume(), { signal }),
    "a stream that is the reply": (handler) => {
      handler.send_response_only(200);
      handler.end_headers();
      return pipeline(new Readable({ read() {} }), handler.wfile, { signal: handler.signal });
    },
    "one of several signals": ({ signal }) =>
      sleep(LONG, undefined, { signal: AbortSignal.any([signal, new AbortController().signal]) }),
    "a look now and then": async ({ signal }) => {
      await ends(signal);
      signal.throwIfAborted();
    },
    "a signal that it forgets": async ({ signal }) => {
      await ends(signal);
    },
  };

for (const how of ["closes the connection", "resets it"] as const) {
  for (const [what, wait] of Object.entries(WAITS)) {
    test(`a client that ${how} ends the wait of a handler for ${what}, and nothing is logged`, async (t) => {
      const errors = standardError(t);
      const silent = await silentServer(t);
      const begun = deferred();
      const ended = deferred();
      const log: string[] = [];
      class Handler extends BaseHTTPRequestHandler {
        async do_GET(): Promise<void> {
          begun.resolve();
          await wait(this, silent).finally(ended.resolve);
        }

        override log_message(format: string, ...args: unknown[]): void {
          log.push([format, ...args].join(" "));
        }
      }
      const server = serve(t, new ThreadingHTTPServer(["127.0.0.1", 0], Handler));
      const client = connect(server.server_port, "127.0.0.1");
      client.write(get("/"));
      await begun.promise;
      if (how === "resets it") client.resetAndDestroy();
      else client.destroy();
      await ended.promise;
      await server.server_close();
      assert.deepEqual([log, errors], [[], []]);
    });
  }
}

test("a handler's own abort is answered with 500, and reported", async (t) => {
  class Handler extends TestHandler {
    async do_GET(): Promise<void> {
      await sleep(LONG, undefined, { signal: AbortSignal.abort(new Error("on purpose")) });
    }
  }
  const fixture = serveHttp(t, Handler);
  assert.equal((await (await fixture.send(get("/"))).reply()).status, 500);
  assert.deepEqual(
    fixture.takeErrors().map((error) => (error as Error).name),
    ["AbortError"],
  );
});

/** Answers with the state of its signal at the beginning of the request, and after reading a part of it. */
class Telling extends TestHandler {
  async do_GET(): Promise<void> {
    await this.#seen();
    this.respond(`${this.signal.aborted}`);
  }

  async do_POST(): Promise<void> {
    const { signal } = this;
    await this.#seen();
    const before = signal.aborted;
    const content = await this.rfile.read();
    this.respond(`${before} ${content.length} ${this.signal.aborted}`);
  }

  /** Waits until all bytes in the packet of the request have arrived. */
  async #seen(): Promise<void> {
    await until(() => this.connection.readableEnded || this.path === "/alone");
  }
}

const CHUNKED = request("POST", "/", ["Transfer-Encoding: chunked"], "3\r\nabc\r\n0\r\n\r\n");
const POST = request("POST", "/", ["Content-Length: 3"], "abc");

/** Bytes that arrive at once, before the end, and the state that each request then finds. */
const ENDS: readonly (readonly [what: string, sent: string, replies: readonly string[]])[] = [
  ["a request", get("/"), ["true"]],
  ["a request with content", POST, ["true 3 true"]],
  ["a request with chunked content", CHUNKED, ["true 3 true"]],
  [
    "several requests, of which only the last has nothing behind it",
    get("/") + get("/") + get("/"),
    ["false", "false", "true"],
  ],
  ["content, and a request behind it", POST + get("/"), ["false 3 false", "true"]],
  ["a request, and a part of another", `${get("/")}GET`, ["false"]],
];

for (const [what, sent, replies] of ENDS) {
  test(`an end that comes behind ${what}`, async (t) => {
    const client = (await serveHttp(t, Telling).connect()).end(sent);
    for (const reply of replies) assert.equal((await client.reply()).content, reply);
  });
}

test("`signal` is aborted when unread content is interrupted", async (t) => {
  const left = deferred<unknown>();
  class Handler extends TestHandler {
    async do_POST(): Promise<void> {
      await ends(this.signal);
      left.resolve(await this.rfile.read().catch(({ code }) => code));
    }
  }
  (await serveHttp(t, Handler).connect()).end(request("POST", "/", ["Content-Length: 1000"], "abc"));
  assert.equal(await left.promise, "INCOMPLETE_CONTENT");
});

test("`signal` is not aborted by the end of a client that has changed the protocol: the handler reads it", async (t) => {
  const seen = deferred<boolean>();
  class Handler extends TestHandler {
    async do_GET(): Promise<void> {
      const { signal } = this;
      this.send_response(101);
      this.end_headers();
      const text = await this.rfile.read();
      seen.resolve(signal.aborted || this.signal.aborted);
      await this.wfile.write(text);
    }
  }
  const client = await serveHttp(t, Handler).send(get("/"));
  assert.equal((await client.head()).status, 101);
  assert.equal(await client.end("all").rest(), "all");
  assert.equal(await seen.promise, false);
});

test("all requests of a connection share one `signal`, which listens once", async (t) => {
  const signals = new Set<AbortSignal>();
  const listeners: number[] = [];
  class Handler extends TestHandler {
    do_GET(): void {
      signals.add(this.signal);
      listeners.push((this.connection as Socket).listenerCount("close"));
      this.respond();
    }
  }
  const client = await serveHttp(t, Handler).connect();
  for (let count = 0; count < 5; count++) await client.send(get("/alone")).reply();
  assert.equal(signals.size, 1);
  assert.equal(new Set(listeners).size, 1);
  assert.equal([...signals][0]?.aborted, false);
});

test("a client that has only ended its sending side gets listings and files", async (t) => {
  const directory = temporaryTree(t, { "sub/file.txt": "content" });
  const [host, port] = serveFiles(t, { directory });
  for (const [path, content] of [
    ["/sub/", /file\.txt/],
    ["/sub/file.txt", /^content$/],
  ] as const) {
    const socket = connect({ host, port, allowHalfOpen: true });
    t.after(() => socket.destroy());
    const reply = await new RawClient(socket).end(get(path)).reply();
    assert.equal(reply.status, 200);
    assert.match(reply.content, content);
  }
});
