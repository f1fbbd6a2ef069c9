import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  BaseHTTPRequestHandler,
  BaseRequestHandler,
  DatagramRequestHandler,
  HTTPServer,
  HTTPSServer,
  StreamRequestHandler,
  type TCPServer,
  UnixStreamServer,
} from "pyserve";
import { runHandler } from "pyserve/testing";
import { byteByByte, get, request } from "../support/http.js";
import { leavesNothingOpen, standardError } from "../support/servers.js";

class Echo extends BaseHTTPRequestHandler {
  do_GET(): void {
    this.#reply(`GET ${this.path}`);
  }

  do_HEAD(): void {
    this.do_GET();
  }

  async do_POST(): Promise<void> {
    this.#reply(`POST ${await this.rfile.read()}`);
  }

  #reply(content: string): void {
    this.send_response(200);
    this.send_header("X-Client", String(this.client_address));
    this.end_headers();
    this.wfile.write(content);
  }
}

class Chunks extends BaseHTTPRequestHandler {
  async do_GET(): Promise<void> {
    this.send_response(200);
    this.end_headers();
    for (const word of ["one ", "two ", "three"]) {
      await this.wfile.write(word);
      await this.wfile.flush();
    }
  }
}

class Upper extends StreamRequestHandler {
  override async handle(): Promise<void> {
    for await (const line of this.rfile.lines()) await this.wfile.write(line.toString().toUpperCase());
  }
}

const POST = request("POST", "/", ["Content-Length: 7"], "content");

describe("runHandler", () => {
  test("returns the response of an HTTP handler", async () => {
    const run = await runHandler(Echo, get("/hello"));
    assert.equal(run.status, 200);
    assert.equal(run.headers.get("X-Client"), "127.0.0.1,50000");
    assert.equal(String(run.body), "GET /hello");
    assert.match(String(run.bytes), /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nGET \/hello$/);
    assert.deepEqual(run.log, ['"GET /hello HTTP/1.1" 200 -']);
    assert.deepEqual([run.errors, run.wasReset], [[], false]);
    assert.deepEqual(
      run.requests.map(({ method, path }) => [method, path]),
      [["GET", "/hello"]],
    );
  });

  test("serves several requests in sequence", async () => {
    const run = await runHandler(Echo, get("/1") + POST + request("HEAD", "/2") + get("/3"));
    assert.deepEqual(
      run.replies.map(({ status, body }) => [status, String(body)]),
      [
        [200, "GET /1"],
        [200, "POST content"],
        [200, ""],
        [200, "GET /3"],
      ],
    );
    assert.equal(String(run.requests[1]?.body), "content");
  });

  for (const [how, bytes] of Object.entries({
    "in one piece": [POST],
    "byte by byte": byteByByte(POST),
    "as it comes from elsewhere": (async function* () {
      yield Buffer.from(POST);
    })(),
  })) {
    test(`takes the bytes ${how}`, async () => {
      assert.equal(String((await runHandler(Echo, bytes)).body), "POST content");
    });
  }

  test("decodes chunked content", async () => {
    const run = await runHandler(Chunks, get("/"));
    assert.equal(run.headers.get("Transfer-Encoding"), "chunked");
    assert.equal(String(run.body), "one two three");
    assert.equal(run.replies[0]?.isComplete, true);
  });

  test("leaves out interim responses", async () => {
    const head = "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n";
    const run = await runHandler(Echo, [head, "content"]);
    assert.match(String(run.bytes), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    assert.equal(run.status, 200);
  });

  test("returns the answer to a malformed request", async () => {
    const run = await runHandler(Echo, "nonsense\r\n\r\n");
    assert.equal(run.status, 400);
    assert.deepEqual(run.requests, []);
  });

  test("returns no status if the handler has answered nothing", async () => {
    class Dropping extends BaseHTTPRequestHandler {
      do_GET(): void {
        this.abort();
      }
    }
    const run = await runHandler(Dropping, get("/"));
    assert.deepEqual([run.status, run.body.length, run.headers.length], [null, 0, 0]);
    assert.equal(run.wasReset, true);
  });

  test("marks a response that breaks off", async () => {
    class Short extends BaseHTTPRequestHandler {
      do_GET(): void {
        this.send_response(200);
        this.send_header("Content-Length", 10);
        this.end_headers();
        this.wfile.write("short");
      }
    }
    const [reply] = (await runHandler(Short, get("/"))).replies;
    assert.deepEqual([String(reply?.body), reply?.isComplete], ["short", false]);
  });

  test("returns a large response whole, even if the handler does not wait for its writes", async () => {
    class Large extends BaseHTTPRequestHandler {
      async do_GET(): Promise<void> {
        this.send_response(200);
        this.end_headers();
        for (let count = 0; count < 64; count++) await this.wfile.write(Buffer.alloc(65_536, count));
      }
    }
    assert.equal((await runHandler(Large, get("/"))).body.length, 64 * 65_536);
  });

  test("runs a handler of connections", async () => {
    const run = await runHandler(Upper, "one\ntwo\n");
    assert.equal(String(run.bytes), "ONE\nTWO\n");
    assert.equal(String(run.requests[0]?.body), "one\ntwo\n");
  });

  test("runs a handler that uses the connection itself", async () => {
    class Shout extends BaseRequestHandler<TCPServer> {
      override async handle(): Promise<void> {
        this.request.setNoDelay(true).setKeepAlive(true).setTimeout(0).ref().unref();
        for await (const bytes of this.request.iterator({ destroyOnReturn: false }))
          this.request.write(`${bytes}! from ${this.request.remoteAddress}:${this.request.remotePort}`);
      }
    }
    const run = await runHandler(Shout, "hello", { client_address: ["10.0.0.1", 7] });
    assert.equal(String(run.bytes), "hello! from 10.0.0.1:7");
  });

  test("runs a handler of datagrams", async () => {
    class UpperPacket extends DatagramRequestHandler {
      override async handle(): Promise<void> {
        await this.wfile.write((await this.rfile.read()).toString().toUpperCase());
      }
    }
    const run = await runHandler(UpperPacket, "one");
    assert.equal(String(run.bytes), "ONE");
    assert.equal(String(run.requests[0]?.body), "one");
  });

  test("creates a server of the class that the handler needs", async () => {
    class Counting extends HTTPServer {
      count = 41;
    }
    class Count extends BaseHTTPRequestHandler<Counting> {
      do_GET(): void {
        this.send_response(200);
        this.end_headers();
        this.wfile.write(String(++this.server.count));
      }
    }
    assert.equal(String((await runHandler(Count, get("/"), { ServerClass: Counting })).body), "42");
  });

  test("has no client address for a handler on a path", async () => {
    class Where extends StreamRequestHandler<UnixStreamServer> {
      override handle(): void {
        this.wfile.write(JSON.stringify(this.client_address));
      }
    }
    assert.equal(String((await runHandler(Where, "", { ServerClass: UnixStreamServer })).bytes), '""');
  });

  test("passes handler_args to the handler", async () => {
    class Args extends StreamRequestHandler {
      readonly #args: object | undefined;

      constructor(...args: ConstructorParameters<typeof StreamRequestHandler<TCPServer>>) {
        super(...args);
        this.#args = args[3];
      }

      override handle(): void {
        this.wfile.write(JSON.stringify(this.#args));
      }
    }
    assert.equal(String((await runHandler(Args, "", { handler_args: { a: 1 } })).bytes), '{"a":1}');
  });

  test("throws what the handler throws", async (t) => {
    const printed = standardError(t);
    class Thrower extends BaseHTTPRequestHandler {
      do_GET(): void {
        throw new Error("thrown");
      }
    }
    await assert.rejects(runHandler(Thrower, get("/")), { message: "thrown" });
    const run = await runHandler(Thrower, get("/"), { errors: "return" });
    assert.equal(run.status, 500);
    assert.deepEqual(run.errors.map(String), ["Error: thrown"]);
    assert.deepEqual(printed, []);
  });

  test("aborts the connection if the bytes fail", async () => {
    const failing = (async function* () {
      yield "GET / HTTP/1.1\r\n";
      throw new Error("no more");
    })();
    const run = await runHandler(Echo, failing);
    assert.equal(run.status, null);
  });

  test("refuses a server with TLS", async () => {
    await assert.rejects(runHandler(Echo, "", { ServerClass: HTTPSServer }), {
      name: "TypeError",
      message: "runHandler has no socket, so it can't use TLS. Give an HTTPServer, or no server.",
    });
  });

  test("leaves nothing open, and no timer", async () => {
    await leavesNothingOpen(async () => {
      for (let count = 0; count < 20; count++) await runHandler(Echo, get("/"));
    });
  });
});
