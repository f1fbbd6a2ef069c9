import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import { open } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import test, { type TestContext } from "node:test";
import { inspect } from "node:util";
import {
  BaseHTTPRequestHandler,
  type Content,
  type ContentOptions,
  type FileTree,
  SimpleHTTPRequestHandler,
  ThreadingHTTPServer,
} from "pyserve";
import { temporaryDirectory } from "../support/file-server.js";
import { fieldOf, getAndHead, rawRequest } from "../support/raw-http.js";
import {
  deferred,
  leavesNothingOpen,
  openDescriptors,
  serve,
  standardError,
  until,
} from "../support/servers.js";

const TEXT = "0123456789";
const MODIFIED = new Date("2001-09-09T01:46:40.5Z");

/** Answers every request with one content. */
function sending(
  t: TestContext,
  content: (t: TestContext) => Content | Promise<Content>,
  options: ContentOptions = {},
) {
  class Handler extends BaseHTTPRequestHandler {
    override log_message(): void {}
    async do_GET() {
      await this.send_content(await content(t), options);
    }
    do_HEAD() {
      return this.do_GET();
    }
  }
  return serve(t, new ThreadingHTTPServer(["127.0.0.1", 0], Handler)).server_address;
}

function fileHandle(t: TestContext): Promise<Content> {
  const path = join(temporaryDirectory(t), "file");
  fs.writeFileSync(path, TEXT);
  return open(path).then((handle) => {
    t.after(() => handle.close());
    return handle;
  });
}

const part = (first: number, length: number) => TEXT.slice(first, first + length);

/** Contents with the same ten bytes, and the known size. */
const CONTENTS: Readonly<Record<string, readonly [(t: TestContext) => Content | Promise<Content>, number?]>> =
  {
    "a string": [() => TEXT],
    bytes: [() => Buffer.from(TEXT)],
    "a Uint8Array": [() => Uint8Array.from(Buffer.from(`x${TEXT}`)).subarray(1)],
    "a Blob": [() => new Blob([TEXT.slice(0, 3), TEXT.slice(3)])],
    "a file handle": [fileHandle],
    "a function that gives a string": [() => part, 10],
    "a function that gives a promise of bytes": [
      () => async (first, length) => Buffer.from(part(first, length)),
      10,
    ],
    "a function that gives a few bytes at a time": [
      () => (first, length) => part(first, Math.min(length, 3)),
      10,
    ],
    "a function that gives a stream of Node": [
      () => (first, length) => Readable.from([...part(first, length)]),
      10,
    ],
    "a function that gives a stream of the web": [
      () => (first, length) => new Blob([part(first, length)]).stream() as never,
      10,
    ],
    "a function that gives too much": [() => (first) => Readable.from([TEXT.slice(first), "more"]), 10],
  };
for (const [what, [content, size]] of Object.entries(CONTENTS)) {
  const options = { modified: MODIFIED, etag: '"x"', ...(size === undefined ? {} : { size }) };

  test(`\`send_content\` sends ${what}, and HEAD says the same`, async (t) => {
    const reply = await getAndHead(sending(t, content, options), { target: "/" });
    assert.deepEqual([reply.status, reply.body.toString()], ["200 OK", TEXT]);
    assert.equal(fieldOf(reply, "Content-Length"), "10");
    assert.equal(fieldOf(reply, "Last-Modified"), "Sun, 09 Sep 2001 01:46:40 GMT");
    assert.equal(fieldOf(reply, "Accept-Ranges"), "bytes");
  });

  test(`\`send_content\` sends ranges of ${what}`, async (t) => {
    const address = sending(t, content, options);
    const one = await rawRequest(address, { target: "/", fields: { Range: "bytes=2-4" } });
    assert.deepEqual([one.status, one.body.toString()], ["206 Partial Content", "234"]);
    assert.equal(fieldOf(one, "Content-Range"), "bytes 2-4/10");
    const several = await rawRequest(address, { target: "/", fields: { Range: "bytes=8-,0-1" } });
    assert.match(fieldOf(several, "Content-Type") ?? "", /^multipart\/byteranges/);
    assert.match(several.body.toString(), /8-9\/10\r\n\r\n89\r\n[\s\S]*0-1\/10\r\n\r\n01\r\n/);
    const none = await rawRequest(address, { target: "/", fields: { Range: "bytes=10-" } });
    assert.deepEqual(
      [none.status, fieldOf(none, "Content-Range")],
      ["416 Range Not Satisfiable", "bytes */10"],
    );
  });

  test(`\`send_content\` asks whether the client has ${what}`, async (t) => {
    const address = sending(t, content, options);
    const rows = [
      [{ "If-None-Match": '"x"' }, "304 Not Modified"],
      [{ "If-Modified-Since": MODIFIED.toUTCString() }, "304 Not Modified"],
      [{ "If-Match": '"y"' }, "412 Precondition Failed"],
      [{ "If-None-Match": '"y"' }, "200 OK"],
    ] as const;
    for (const [fields, status] of rows)
      assert.equal(
        (await getAndHead(address, { target: "/", fields })).status,
        status,
        JSON.stringify(fields),
      );
  });
}

test("`send_content` sends the content of a function in chunks, if its size is unknown", async (t) => {
  const content = () => () => Readable.from(["one ", "", "two"]);
  const reply = await rawRequest(sending(t, content), { target: "/", fields: { Range: "bytes=0-0" } });
  assert.deepEqual([reply.status, reply.body.toString()], ["200 OK", "one two"]);
  for (const name of ["Content-Length", "Accept-Ranges", "ETag"])
    assert.equal(fieldOf(reply, name), undefined, name);
});

test("`send_content` gives only strings and bytes a tag of their content", async (t) => {
  const tagOf = async (content: Content, options?: ContentOptions) =>
    fieldOf(
      await rawRequest(
        sending(t, () => content, options),
        { target: "/" },
      ),
      "ETag",
    );
  assert.equal(await tagOf("a"), await tagOf(Buffer.from("a")));
  assert.notEqual(await tagOf("a"), await tagOf("b"));
  assert.equal(await tagOf("a", { etag: null }), undefined);
  assert.equal(await tagOf(new Blob(["a"])), undefined);
});

const types: readonly (readonly [Content, ContentOptions, type: string])[] = [
  ["a", {}, "text/plain; charset=utf-8"],
  [Buffer.from("a"), {}, "application/octet-stream"],
  [new Blob(["a"], { type: "x/y" }), {}, "x/y"],
  ["a", { name: "report.csv" }, "text/csv; charset=utf-8"],
  ["a", { name: "report" }, "text/plain; charset=utf-8"],
  ["a", { name: "report.csv", type: "x/z" }, "x/z"],
];
for (const [content, options, type] of types)
  test(`\`send_content\` sends a ${content.constructor.name} with ${JSON.stringify(options)} as ${type}`, async (t) => {
    const reply = await rawRequest(
      sending(t, () => content, options),
      { target: "/" },
    );
    assert.equal(fieldOf(reply, "Content-Type"), type);
  });

const names: Readonly<Record<string, string>> = {
  "report 1.csv": 'attachment; filename="report 1.csv"',
  'a"b\\c/d.txt': `attachment; filename="a_b_c_d.txt"; filename*=UTF-8''a%22b%5Cc%2Fd.txt`,
  "é.txt": `attachment; filename="_.txt"; filename*=UTF-8''%C3%A9.txt`,
  "100%.txt": `attachment; filename="100%.txt"; filename*=UTF-8''100%25.txt`,
  "a\r\nX: y": `attachment; filename="a__X_ y"; filename*=UTF-8''a%0D%0AX%3A%20y`,
  "\ud800": `attachment; filename="_"; filename*=UTF-8''_`,
};
for (const [name, disposition] of Object.entries(names))
  test(`\`send_content\` has the client save ${JSON.stringify(name)}`, async (t) => {
    const reply = await rawRequest(
      sending(t, () => "a", { name }),
      { target: "/" },
    );
    assert.equal(
      fieldOf(reply, "Content-Disposition")?.replace(/(?<="_");.*_$/, "; filename*=UTF-8''_"),
      disposition,
    );
  });

const wrongOptions: readonly (readonly [options: object, message: RegExp])[] = [
  [{ etag: "x" }, /etag of send_content\(\) must be an entity tag with its quotes, .* not 'x'/],
  [{ type: 5 }, /type of send_content\(\) must be a string, or null, not 5/],
  [{ modified: "2001" }, /modified of send_content\(\) must be a valid Date, or null, not '2001'/],
  [{ modified: new Date("text") }, /modified of send_content\(\) must be a valid Date, .* not Invalid Date/],
  [{ name: 5 }, /name of send_content\(\) must be a string, not 5/],
  [{ size: 10n }, /size of send_content\(\) must be a whole number of 0 or more, .* not 10n/],
  [{ size: -1 }, /size of send_content\(\) must be a whole number of 0 or more, .* not -1/],
  [{ cache_control: {} }, /cache_control of send_content\(\) must be a string, .* not \{\}/],
];
for (const [options, message] of wrongOptions) {
  test(`\`send_content\` refuses ${inspect(options)}, and the client gets 500`, async (t) => {
    const errors = standardError(t);
    const reply = await rawRequest(
      sending(t, () => "a", options),
      { target: "/" },
    );
    assert.equal(reply.status, "500 Internal Server Error");
    assert.match(errors.join(), message);
  });
}

test("`send_content` ends the connection if the content ends too early", async (t) => {
  const content = () => () => Readable.from(["0123"]);
  const address = sending(t, content, { size: 10 });
  await assert.rejects(
    rawRequest(address, { target: "/" }).then(({ body }) => assert.equal(body.length, 10)),
  );
});

test("a body that is shorter than its `Content-Length` is logged, unless its client has left", async (t) => {
  const lines: string[] = [];
  const served = deferred();
  class Handler extends BaseHTTPRequestHandler {
    override log_message(format: string, ...args: unknown[]): void {
      if (format.startsWith("The body")) lines.push(`${this.path}: ${args}`);
    }
    do_GET() {
      if (this.path === "/source") return this.send_content(() => Readable.from(["0123"]), { size: 10 });
      return this.write();
    }
    do_HEAD() {
      return this.write();
    }
    async write() {
      this.send_response(200);
      this.send_header("Content-Length", "10");
      this.end_headers();
      if (this.path !== "/left") return void (await this.wfile.write("012"));
      this.wfile.flush();
      await new Promise((resolve) => this.connection.once("close", resolve));
      served.resolve();
    }
  }
  const server = serve(t, new ThreadingHTTPServer(["127.0.0.1", 0], Handler));
  for (const target of ["/source", "/written"])
    await assert.rejects(
      rawRequest(server.server_address, { target }).then(({ body }) => assert.equal(body.length, 10)),
    );
  await rawRequest(server.server_address, { target: "/head", method: "HEAD" });
  const client = net.connect(server.server_address[1], "127.0.0.1");
  client.write("GET /left HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(client, "data");
  client.resetAndDestroy();
  await served.promise;
  await server.server_close();
  assert.deepEqual(lines, ["/source: 6", "/written: 7"]);
});

test("`send_content` leaves no stream and no descriptor open", {
  skip: openDescriptors() === null,
}, async (t) => {
  const path = join(temporaryDirectory(t), "file");
  fs.writeFileSync(path, Buffer.alloc(1_000_000));
  const content = () => (first: number, length: number) =>
    fs.createReadStream(path, { start: first, end: first + length - 1 });
  const address = sending(t, content, { size: 1_000_000, etag: '"x"' });
  await leavesNothingOpen(async () => {
    for (const fields of [{}, { Range: "bytes=5-9,100000-200000" }, { "If-None-Match": '"x"' }])
      for (let count = 0; count < 5; count++) await rawRequest(address, { target: "/", fields });
  });
});

test("`send_content` needs no `await` if its content is available", async (t) => {
  class Handler extends BaseHTTPRequestHandler {
    override log_message(): void {}
    do_GET() {
      this.send_content("hello");
    }
  }
  const address = serve(t, new ThreadingHTTPServer(["127.0.0.1", 0], Handler)).server_address;
  assert.equal((await rawRequest(address, { target: "/" })).body.toString(), "hello");
});

for (const name of ["send_content", "a tree"] as const)
  test(`a client that resets its connection ends a stream of ${name} that gives nothing`, async (t) => {
    standardError(t);
    const asked = deferred();
    let isEnded = false;
    const errors: unknown[] = [];
    const content = () => {
      asked.resolve();
      const destroy = (error: Error | null, callback: (error: Error | null) => void) => {
        isEnded = true;
        callback(error);
      };
      return new Readable({ read() {}, destroy });
    };
    class Sending extends BaseHTTPRequestHandler {
      override log_message(): void {}
      do_GET() {
        return this.send_content(content);
      }
    }
    class Tree extends SimpleHTTPRequestHandler {
      static override tree: FileTree = {
        find: () => ({ kind: "file", facts: { size: 10, modified: null, version: null }, content }),
      };
      override log_message(): void {}
    }
    class Server extends ThreadingHTTPServer {
      override handle_error(_request: unknown, _address: unknown, error: unknown): void {
        errors.push(error);
      }
    }
    const server = serve(t, new Server(["127.0.0.1", 0], name === "a tree" ? Tree : Sending));
    const client = net.connect(server.server_address[1], "127.0.0.1");
    client.write("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    await asked.promise;
    client.resetAndDestroy();
    await until(() => isEnded && errors.length > 0, "the end of the stream");
    assert.deepEqual(
      errors.map((error) => (error as Error).name),
      ["DisconnectedError"],
    );
  });

test("`send_content` answers with 500 where a stream is given without a function, even with its size", async (t) => {
  const errors = standardError(t);
  const address = sending(t, () => Readable.from(["hello"]) as never, { size: 5 });
  assert.equal((await rawRequest(address, { target: "/" })).status, "500 Internal Server Error");
  assert.match(errors.join(), /For a stream, give a function that returns it/);
});

test("a file handle that a tree has opened is closed after the response", {
  skip: openDescriptors() === null,
}, async (t) => {
  const path = join(temporaryDirectory(t), "file");
  fs.writeFileSync(path, TEXT);
  class Tree extends SimpleHTTPRequestHandler {
    static override tree: FileTree = {
      find: async () => ({
        kind: "file",
        facts: { size: TEXT.length, modified: null, version: "x" },
        content: await open(path),
      }),
    };
    override log_message(): void {}
  }
  const address = serve(t, new ThreadingHTTPServer(["127.0.0.1", 0], Tree)).server_address;
  await leavesNothingOpen(async () => {
    const whole = await getAndHead(address, { target: "/file" });
    assert.deepEqual([whole.status, whole.body.toString()], ["200 OK", TEXT]);
    for (const [fields, status] of [
      [{ Range: "bytes=2-4" }, "206 Partial Content"],
      [{ Range: "bytes=99-" }, "416 Range Not Satisfiable"],
      [{ "If-None-Match": '"x"' }, "304 Not Modified"],
      [{ "Accept-Encoding": "gzip" }, "200 OK"],
    ] as const)
      assert.equal((await rawRequest(address, { target: "/file", fields })).status, status);
  });
});
