import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { get, request, serveHttp, TestHandler } from "../support/http.js";

const LENGTH = ["Content-Length: 3"];

class Early extends TestHandler {
  static served: string[] = [];

  do_GET() {
    Early.served.push(this.path);
    this.respond(this.path);
  }

  do_POST() {
    this.do_GET();
  }
}

for (const fields of [LENGTH, ["Transfer-Encoding: chunked"]]) {
  test(`no reply leaves before the content of its request, with ${fields}`, async (t) => {
    Early.served = [];
    const fixture = serveHttp(t, Early);
    const client = await fixture.send(request("GET", "/one", fields));
    while (Early.served.length === 0) await turn();
    for (let count = 0; count < 20; count++) await turn();
    assert.equal(client.socket.bytesRead, 0);
    client.send(`${fields === LENGTH ? "abc" : "3\r\nabc\r\n0\r\n\r\n"}${get("/two")}`);
    for (const path of ["/one", "/two"]) {
      const reply = await client.reply();
      assert.deepEqual([reply.content, reply.fields.connection], [path, undefined]);
    }
  });
}

test("a response announces the end of the connection if the request's content does not arrive in time", async (t) => {
  class Hasty extends Early {
    override discard_timeout = 0.02;
  }
  const client = await serveHttp(t, Hasty).send(request("GET", "/one", LENGTH));
  const reply = await client.reply();
  assert.deepEqual([reply.content, reply.fields.connection], ["/one", "close"]);
  await client.assertEnd();
});

test("a response that is too long to hold back until the content arrives announces the end of the connection", async (t) => {
  class Long extends TestHandler {
    do_GET() {
      this.respond("x".repeat(100_000));
    }
  }
  const client = await serveHttp(t, Long).send(request("GET", "/", LENGTH));
  const reply = await client.reply();
  assert.deepEqual([reply.content.length, reply.fields.connection], [100_000, "close"]);
  await client.assertEnd();
});

test("a handler may send while it reads the content, and the connection stays open", async (t) => {
  class Echo extends TestHandler {
    async do_POST() {
      this.send_response(200);
      this.end_headers();
      for await (const bytes of this.rfile) {
        await this.wfile.write(bytes);
        await this.wfile.flush();
      }
    }
  }
  const client = await serveHttp(t, Echo).send(request("POST", "/", LENGTH, "a"));
  client.send("bc");
  for (const content of ["abc", "xyz"]) {
    const reply = await client.reply();
    assert.deepEqual([reply.content, reply.fields.connection], [content, undefined]);
    if (content === "abc") client.send(request("POST", "/", LENGTH, "xyz"));
  }
});

test("an async handler that awaits nothing that takes time gets a length", async (t) => {
  class Quick extends TestHandler {
    async do_GET() {
      this.send_response(200);
      this.end_headers();
      await this.rfile.read();
      await this.wfile.write("hi");
      await Promise.resolve();
      await this.wfile.write("!");
    }
  }
  const reply = await (await serveHttp(t, Quick).send(get("/"))).reply();
  assert.deepEqual([reply.framing, reply.fields["content-length"], reply.content], ["length", "3", "hi!"]);
});

test("fields after the head belong to the header of a part, which ends with end_headers", async (t) => {
  class Parts extends TestHandler {
    do_GET() {
      this.send_response(200);
      this.send_header("Content-Type", "multipart/x-mixed-replace; boundary=b");
      this.end_headers();
      for (const part of ["one", "two"]) {
        this.wfile.write("--b\r\n");
        this.send_header("Content-Type", "text/plain");
        this.send_header("Content-Length", part.length);
        this.send_header("Connection", "close");
        this.end_headers();
        this.wfile.write(`${part}\r\n`);
      }
      this.wfile.write("--b--\r\n");
    }
  }
  const reply = await (await serveHttp(t, Parts).send(get("/"))).reply();
  const part = (text: string) =>
    `--b\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\n${text}\r\n`;
  assert.equal(reply.content, `${part("one")}${part("two")}--b--\r\n`);
  assert.equal(reply.fields.connection, undefined);
});

const mistakes: readonly (readonly [name: string, work: (handler: TestHandler) => void, error: RegExp])[] = [
  ["has a line end", (handler) => handler.send_header("A", "b\r\nC: d"), /has invalid characters/],
  [
    "is not ended before more content",
    (handler) => {
      handler.send_header("A", "b");
      handler.wfile.write("c");
    },
    /end_headers/,
  ],
  ["is not ended at all", (handler) => handler.send_header("A", "b"), /end_headers/],
];

for (const [name, work, error] of mistakes) {
  test(`the head of a part that ${name} is an error`, async (t) => {
    class Mistaken extends TestHandler {
      do_GET() {
        this.send_response(200);
        this.end_headers();
        work(this);
      }
    }
    const fixture = serveHttp(t, Mistaken);
    assert.equal((await (await fixture.send(get("/"))).reply()).status, 500);
    assert.match(String(fixture.takeErrors()), error);
  });
}

for (const throws of [false, true]) {
  test(`a reply on the socket itself is not followed by another${throws ? ", also if the handler throws" : ""}`, async (t) => {
    class Raw extends TestHandler {
      do_GET() {
        (this.connection as Socket).write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        if (throws) throw new Error("on purpose");
      }
    }
    const fixture = serveHttp(t, Raw);
    const client = await fixture.send(get("/"));
    assert.equal((await client.reply()).content, "hi");
    await client.assertEnd();
    assert.equal(fixture.takeErrors().length, throws ? 1 : 0);
  });
}

for (const [name, method] of [
  ["reads a request line", "read"],
  ["parses a request", "parse"],
] as const) {
  test(`a handler that ${name} itself gets an error that names the way out`, async (t) => {
    class Own extends TestHandler {
      override async handle() {
        if (method === "read") await this.rfile.readline(65537);
        else this.parse_request();
      }
    }
    const fixture = serveHttp(t, Own);
    await (await fixture.send(get("/"))).assertEnd();
    const [error] = fixture.takeErrors() as { code?: string; message: string }[];
    assert.equal(error?.code, "PYSERVE_REQUEST_NOT_READ");
    assert.match(error?.message ?? "", /handle_one_request\(\)/);
  });
}

test("101 changes the protocol even if the server sends HTTP/1.0, and is an error for an HTTP/1.0 client", async (t) => {
  class Switching extends TestHandler {
    override protocol_version = "HTTP/1.0";

    do_GET() {
      this.send_response(101);
      this.end_headers();
      this.wfile.write("other");
    }
  }
  const fixture = serveHttp(t, Switching);
  const client = await fixture.send(get("/"));
  assert.equal((await client.head()).status, 101);
  assert.equal(await client.read(5), "other");
  const old = await (await fixture.send("GET / HTTP/1.0\r\n\r\n")).reply();
  assert.equal(old.status, 500);
  assert.match(String(fixture.takeErrors()), /HTTP\/1\.0 client can't change the protocol/);
});

test("an unsupported method is answered with the supported methods", async (t) => {
  class Some extends TestHandler {
    do_GET() {
      this.send_error(405);
    }
    do_POST() {}
    do_nothing() {}
  }
  const fixture = serveHttp(t, Some);
  assert.equal((await (await fixture.send(request("PUT", "/"))).reply()).fields.allow, "GET, POST");
  assert.equal((await (await fixture.send(get("/"))).reply()).fields.allow, "POST");
});
