import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
  HTTPServer,
  ResponseError,
  type ResponseErrorCode,
  SimpleHTTPRequestHandler,
} from "pyserve/http/server";
import type { ByteWriter } from "pyserve/socketserver";
import { get, HTTP_SERVERS, noneUnhandled, request, serveHttp, TestHandler } from "../support/http.js";
import { deferred, until } from "../support/servers.js";

/** Asserts that an error names the handler's mistake. */
function assertMistake(error: unknown, code: ResponseErrorCode, message: RegExp): void {
  assert.ok(error instanceof ResponseError);
  assert.equal(error.code, code);
  assert.match(error.message, message);
}

/** Mistakes of handlers. None of them may harm another request, the client or the process. */

for (const [name, pieces] of [
  ["a length, all at once", [request("POST", "/", ["Content-Length: 5"], "abcde") + get("/next")]],
  ["a length, in two parts", [request("POST", "/", ["Content-Length: 5"], "ab"), `cde${get("/next")}`]],
  [
    "chunks, all at once",
    [request("POST", "/", ["Transfer-Encoding: chunked"], `3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n${get("/next")}`)],
  ],
] as const) {
  test(`a read that is not awaited gives no content that looks complete and is not: ${name}`, async (t) => {
    noneUnhandled(t);
    const outcome = deferred<unknown>();
    class Forgetful extends TestHandler {
      do_POST() {
        this.rfile.read().then((all) => outcome.resolve(all.toString()), outcome.resolve);
        this.respond("ok");
      }

      do_GET() {
        this.respond(this.path);
      }
    }
    const client = await serveHttp(t, Forgetful).send("");
    for (const piece of pieces) {
      client.send(piece);
      await turn();
    }
    assert.equal((await client.reply()).content, "ok");
    const read = await outcome.promise;
    if (read !== "abcde")
      assertMistake(read, "PYSERVE_REQUEST_ENDED", /await each read before the handler returns/);
    const rest = await Promise.race([client.reply().catch(() => null), client.assertEnd().then(() => null)]);
    if (rest !== null) assert.equal(rest.content, "/next");
  });
}

test("a read that is not awaited does not end the process when the client leaves", async (t) => {
  noneUnhandled(t);
  class Forgetful extends TestHandler {
    do_POST() {
      this.rfile.read();
      this.wfile.writelines(["never", "said"]);
      this.respond("ok");
    }
  }
  const fixture = serveHttp(t, Forgetful);
  const client = await fixture.send(request("POST", "/", ["Content-Length: 5"], "ab"));
  await client.reply();
  client.end();
  await client.assertEnd();
  await turn();
});

test("the server waits for a handler that does not return the promise of super.do_GET", async (t) => {
  noneUnhandled(t);
  class Without extends SimpleHTTPRequestHandler {
    override do_GET(): void {
      super.do_GET();
    }

    override log_message(): void {}
  }
  const fixture = serveHttp(t, Without, { handler_args: { directory: import.meta.dirname } });
  const client = await fixture.send(get("/") + get("/"));
  for (const _ of [1, 2]) assert.match((await client.reply()).content, /careless\.test\.js/);
});

for (const isAsync of [true, false]) {
  test(`what an ${isAsync ? "asynchronous" : "ordinary"} handler writes after its end is in no other response`, async (t) => {
    noneUnhandled(t);
    const failure = deferred<unknown>();
    class Late extends TestHandler {
      do_GET(): void | Promise<void> {
        if (this.path === "/two") return this.#two();
        this.respond("one");
        const { wfile } = this;
        setImmediate(() => setImmediate(() => write(wfile)));
        if (isAsync) return turn();
      }

      async #two() {
        this.send_response(200);
        this.end_headers();
        for (const text of ["a", "b", "c", "d"]) {
          await turn();
          await this.wfile.write(text);
        }
      }
    }
    const write = (wfile: ByteWriter) => {
      try {
        wfile.write("LATE");
        failure.resolve(undefined);
      } catch (error) {
        failure.resolve(error);
      }
    };
    const fixture = serveHttp(t, Late);
    // Once, so that pyserve knows which methods return promises.
    assert.equal((await (await fixture.send(get("/two"))).reply()).content, "abcd");
    const client = await fixture.send(get("/one") + get("/two"));
    assert.equal((await client.reply()).content, "one");
    assert.equal((await client.reply()).content, "abcd");
    assert.match(String(await failure.promise), /The response has ended|The writer is closed/);
  });
}

for (const Server of HTTP_SERVERS) {
  test(`${Server.name}: a callback that nobody has waited for answers no other request, where its own had no answer`, async (t) => {
    noneUnhandled(t);
    const failure = deferred<unknown>();
    class Forgetful extends TestHandler {
      do_GET(): void | Promise<void> {
        if (this.path === "/other") return this.#other();
        setImmediate(() => {
          try {
            this.respond("too late", 201);
            failure.resolve(undefined);
          } catch (error) {
            failure.resolve(error);
          }
        });
      }

      async #other() {
        await failure.promise;
        this.respond("other");
      }
    }
    const client = await serveHttp(t, Forgetful, { Server }).send(get("/forgotten") + get("/other"));
    const { status, fields } = await client.reply();
    assert.deepEqual([status, fields.connection], [500, "close"]);
    await client.assertEnd();
    assert.equal(((await failure.promise) as { code?: string }).code, "PYSERVE_RESPONSE_ENDED");
  });
}

for (const Server of HTTP_SERVERS) {
  test(`${Server.name}: handle_one_request that does not return its promise is an error, and no endless loop`, async (t) => {
    noneUnhandled(t);
    class Without extends TestHandler {
      override handle_one_request(): void {
        super.handle_one_request();
      }

      async do_GET() {
        await turn();
        this.respond(this.path);
      }
    }
    const fixture = serveHttp(t, Without, { Server });
    const client = await fixture.send(get("/1") + get("/2"));
    await client.rest();
    await until(() => fixture.errors.length > 0);
    assertMistake(fixture.takeErrors()[0], "PYSERVE_REQUEST_NOT_AWAITED", /return its promise/);
  });
}

test("handle_one_request in the middle of a request is an error", async (t) => {
  class Nested extends TestHandler {
    async do_GET() {
      await this.handle_one_request();
    }
  }
  const fixture = serveHttp(t, Nested);
  assert.equal((await (await fixture.send(get("/"))).reply()).status, 500);
  assertMistake(fixture.takeErrors()[0], "PYSERVE_REQUEST_NOT_AWAITED", /before the next/);
});

test("empty lines after each of many equal requests are skipped, however they arrive", async (t) => {
  class Hello extends TestHandler {
    do_GET() {
      this.respond("hello");
    }
  }
  const client = await serveHttp(t, Hello).send("");
  for (let count = 0; count < 20; count++) {
    client.send(get("/"));
    assert.equal((await client.reply()).status, 200);
    await client.sendPieces(["\r\n"]);
  }
});

for (const revoke of ["a field", "close_connection"]) {
  test(`"Connection: close" can't be taken back by ${revoke}`, async (t) => {
    class Undecided extends TestHandler {
      do_GET() {
        this.send_response(200);
        this.send_header("Connection", "close");
        if (revoke === "a field") this.send_header("Connection", "keep-alive");
        else this.close_connection = false;
        this.send_header("Content-Length", 0);
        this.end_headers();
      }
    }
    const client = await serveHttp(t, Undecided).send(get("/1") + get("/2"));
    await client.reply();
    await client.assertEnd();
  });
}

for (const [name, fail] of [
  [
    "a pipeline whose source fails",
    (wfile: ByteWriter) => pipeline(failing(), wfile as unknown as NodeJS.WritableStream).catch(() => {}),
  ],
  ["destroy with an error", (wfile: ByteWriter) => void wfile.destroy(new Error("on purpose"))],
] as const) {
  test(`a response that ends by ${name} does not look complete`, async (t) => {
    class Failing extends TestHandler {
      async do_GET() {
        this.send_response(200);
        this.end_headers();
        if (this.path === "/begun") {
          await this.wfile.write("part");
          await this.wfile.flush();
        }
        await fail(this.wfile);
      }
    }
    const fixture = serveHttp(t, Failing);
    const begun = await (await fixture.send(get("/begun"))).reply();
    assert.equal(begun.isCut, true, JSON.stringify(begun));
    if (name.startsWith("destroy")) {
      const unbegun = await (await fixture.send(get("/"))).reply();
      assert.equal(unbegun.status, 500);
    }
  });
}

async function* generate() {
  yield "some";
  throw new Error("on purpose");
}

function failing(): Readable {
  return Readable.from(generate());
}

test("a response is sent before finish, so a finish that does nothing loses none", async (t) => {
  class Own extends TestHandler {
    do_GET() {
      this.respond("hello");
    }

    override finish() {}
  }
  const client = await serveHttp(t, Own).send(get("/", "Connection: close"));
  assert.equal((await client.reply()).content, "hello");
});

test("unwanted content has a total time limit, even if it arrives steadily", async (t) => {
  class Unread extends TestHandler {
    static override discard_timeout = 0.05;

    do_POST() {
      this.respond("no, thanks");
    }
  }
  const client = await serveHttp(t, Unread).send(request("POST", "/", ["Content-Length: 100000"]));
  assert.equal((await client.reply()).content, "no, thanks");
  const timer = setInterval(() => client.send("x"), 5);
  t.after(() => clearInterval(timer));
  await client.assertEnd();
});

test("unwanted content does not delay server_close", async (t) => {
  class Unread extends TestHandler {
    do_POST() {
      this.respond("no, thanks");
    }
  }
  class Server extends HTTPServer {
    static override drain_timeout = null;
  }
  const fixture = serveHttp(t, Unread, { Server });
  const client = await fixture.send(request("POST", "/", ["Content-Length: 1000"]));
  await client.reply();
  client.send("x");
  await fixture.server.server_close();
});

test("an abort does not affect earlier responses", async (t) => {
  class Aborting extends TestHandler {
    do_GET() {
      this.respond("good");
    }

    do_PUT() {
      this.send_response(200);
      this.send_header("Content-Length", 10);
      this.end_headers();
      this.wfile.write("bad");
      this.abort();
    }
  }
  const client = await serveHttp(t, Aborting).send(get("/1") + get("/2") + request("PUT", "/3"));
  assert.equal((await client.reply()).content, "good");
  assert.equal((await client.reply()).content, "good");
  await client.assertEnd();
});

test("parse_request may refuse a request before it is parsed, on every request of a connection", async (t) => {
  class Refusing extends TestHandler {
    override parse_request(): boolean {
      if (!this.requestline.includes("secret")) return super.parse_request();
      this.send_error(403);
      return false;
    }

    do_GET() {
      this.respond(this.path);
    }
  }
  const client = await serveHttp(t, Refusing).send(get("/secret") + get("/a") + get("/secret") + get("/b"));
  for (const status of [403, 200, 403, 200]) assert.equal((await client.reply()).status, status);
});

test("101 is refused while content of the request is unread", async (t) => {
  class Upgrading extends TestHandler {
    do_POST() {
      this.send_response(101);
      this.send_header("Upgrade", "test");
      this.end_headers();
    }
  }
  const fixture = serveHttp(t, Upgrading);
  const client = await fixture.send(request("POST", "/", ["Content-Length: 3"], "abc"));
  assert.equal((await client.reply()).status, 500);
  assertMistake(fixture.takeErrors()[0], "PYSERVE_CONTENT_UNREAD", /Read all of rfile first/);
});

test("101 is refused for HTTP/1.0", async (t) => {
  class Upgrading extends TestHandler {
    do_GET() {
      this.send_response(101);
      this.send_header("Upgrade", "test");
      this.end_headers();
    }
  }
  const fixture = serveHttp(t, Upgrading);
  const client = await fixture.send("GET / HTTP/1.0\r\n\r\n");
  assert.equal((await client.reply()).status, 500);
  assert.match(String(fixture.takeErrors()), /HTTP\/1\.0 client can't change the protocol/);
});

for (const content of ["", "abc"]) {
  test(`a client that waits for 100 Continue, and whose ${content.length} bytes were read, may go on`, async (t) => {
    class Reading extends TestHandler {
      async do_POST() {
        const read = await this.rfile.readexactly(content.length);
        this.respond(read.toString());
      }
    }
    const fields = ["Expect: 100-continue", `Content-Length: ${content.length}`];
    const client = await serveHttp(t, Reading).send(request("POST", "/", fields, content));
    const reply = await client.reply();
    assert.deepEqual([reply.status, reply.content, reply.fields.connection], [200, content, undefined]);
    client.send(request("POST", "/", fields, content));
    assert.equal((await client.reply()).content, content);
  });
}
