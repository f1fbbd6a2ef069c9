import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { SimpleHTTPRequestHandler } from "pyserve";
import { type FileHandlerClass, handlerWith, serveFiles, temporaryTree } from "../support/file-server.js";
import { fieldOf, getAndHead, type RawReply, rawExchange, rawRequest } from "../support/raw-http.js";

const NUMBERS = Buffer.from(Uint32Array.from({ length: 250_000 }, (_, at) => at).buffer);

/** Ways to read files. All must give the same bytes. */
const WAYS: Readonly<Record<string, { readonly size: number; readonly HandlerClass: FileHandlerClass }>> = {
  "in memory": { size: 10_000, HandlerClass: handlerWith({}) },
  "read at once": { size: 10_000, HandlerClass: handlerWith({ max_cached_file: 0 }) },
  "read in the thread pool": { size: NUMBERS.length, HandlerClass: handlerWith({}) },
};

function statusOf(reply: RawReply): number {
  return Number(reply.status.slice(0, 3));
}

/**
 * Joins the parts of multipart content. Checks that the heads are correct, and that there is nothing between the parts.
 */
function expectedParts(
  content: Buffer,
  type: string,
  boundary: string,
  ranges: readonly (readonly [number, number])[],
) {
  const pieces = ranges.flatMap(([first, last]) => [
    Buffer.from(
      `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: bytes ${first}-${last}/${content.length}\r\n\r\n`,
    ),
    content.subarray(first, last + 1),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

for (const [way, { size, HandlerClass }] of Object.entries(WAYS)) {
  const content = NUMBERS.subarray(0, size);
  const serve = (t: TestContext) =>
    serveFiles(t, { directory: temporaryTree(t, { file: content }) }, HandlerClass);
  const single: readonly (readonly [range: string, first: number, last: number])[] = [
    ["bytes=0-0", 0, 0],
    ["bytes=0-99", 0, 99],
    ["bytes=5000-", 5000, size - 1],
    ["bytes=-1", size - 1, size - 1],
    ["bytes=-70000", Math.max(0, size - 70_000), size - 1],
    ["bytes=9999-99999999999999999999", 9999, size - 1],
    ["bytes=0-", 0, size - 1],
    ["bytes=3-5,4-9", 3, 9],
  ];
  test(`A range of a file ${way} is exact`, async (t) => {
    const address = serve(t);
    for (const [Range, first, last] of single) {
      const reply = await rawRequest(address, { target: "/file", fields: { Range } });
      assert.equal(reply.status, "206 Partial Content", Range);
      assert.equal(fieldOf(reply, "Content-Range"), `bytes ${first}-${last}/${size}`);
      assert.equal(fieldOf(reply, "Content-Length"), String(last - first + 1));
      assert.ok(reply.body.equals(content.subarray(first, last + 1)), Range);
    }
  });

  test(`Several ranges of a file ${way} are exact, heads included`, async (t) => {
    const address = serve(t);
    const several: readonly (readonly (readonly [number, number])[])[] = [
      [
        [0, 0],
        [2, 2],
      ],
      [
        [9000, 9999],
        [0, 99],
        [500, 8000],
      ],
      Array.from({ length: 100 }, (_, at) => [at * 10, at * 10 + 3] as const),
    ];
    for (const ranges of several) {
      const fields = { Range: `bytes=${ranges.map((range) => range.join("-")).join(",")}` };
      const reply = await rawRequest(address, { target: "/file", fields });
      const boundary = /^multipart\/byteranges; boundary=([\w-]+)$/.exec(
        fieldOf(reply, "Content-Type") ?? "",
      )?.[1];
      const expected = expectedParts(content, "application/octet-stream", boundary ?? "", ranges);
      assert.equal(fieldOf(reply, "Content-Length"), String(expected.length));
      assert.equal(fieldOf(reply, "Content-Range"), undefined);
      assert.ok(reply.body.equals(expected));
    }
  });

  test(`What is no range of a file ${way} is the whole, and what begins behind its end is 416`, async (t) => {
    const address = serve(t);
    const tooMany = `bytes=${Array.from({ length: 101 }, (_, at) => `${at * 10}-${at * 10}`).join(",")}`;
    for (const Range of ["bytes=5-4", "bytes=x", "lines=0-1", "bytes", "bytes=", "bytes=0-1;2", tooMany]) {
      const reply = await getAndHead(address, { target: "/file", fields: { Range } });
      assert.equal(statusOf(reply), 200, Range);
      assert.ok(reply.body.equals(content));
    }
    for (const Range of [`bytes=${size}-`, "bytes=-0", `bytes=99999999999999999999-`, `bytes=${size}-,-0`]) {
      const reply = await rawRequest(address, { target: "/file", fields: { Range } });
      assert.equal(statusOf(reply), 416, Range);
      assert.equal(fieldOf(reply, "Content-Range"), `bytes */${size}`);
      assert.equal(fieldOf(reply, "ETag"), undefined);
      // The next response on the connection does not mention it.
      const request = (fields: string) => `GET /file HTTP/1.1\r\nHost: h\r\n${fields}\r\n`;
      const both = await rawExchange(
        address,
        request(`Range: ${Range}\r\n`) + request("Connection: close\r\n"),
      );
      assert.equal(both.toString("latin1").split("Content-Range").length, 2);
    }
  });

  test(`HEAD of a file ${way} has no ranges`, async (t) => {
    const address = serve(t);
    for (const Range of ["bytes=0-0", "bytes=0-0,5-5", "bytes=99999999-"]) {
      const reply = await rawRequest(address, { method: "HEAD", target: "/file", fields: { Range } });
      assert.equal(reply.status, "200 OK");
      assert.equal(fieldOf(reply, "Content-Length"), String(size));
      assert.equal(fieldOf(reply, "Content-Range"), undefined);
      assert.equal(fieldOf(reply, "Accept-Ranges"), "bytes");
    }
  });
}

test("Any range of an empty file is the whole", async (t) => {
  const address = serveFiles(t, { directory: temporaryTree(t, { empty: "" }) });
  for (const Range of ["bytes=0-0", "bytes=0-", "bytes=-1", "bytes=-0", "bytes=5-9,1-2"]) {
    const reply = await getAndHead(address, { target: "/empty", fields: { Range } });
    assert.deepEqual([reply.status, fieldOf(reply, "Content-Length")], ["200 OK", "0"], Range);
  }
});

test("A range beyond 4 GiB is exact", async (t) => {
  const directory = temporaryTree(t, { huge: "" });
  const size = 5 * 1024 ** 3 + 7;
  const fd = fs.openSync(join(directory, "huge"), "r+");
  fs.ftruncateSync(fd, size);
  fs.writeSync(fd, "needle", 4 * 1024 ** 3 + 3);
  fs.closeSync(fd);
  const address = serveFiles(t, { directory });
  const first = 4 * 1024 ** 3 + 2;
  const reply = await rawRequest(address, {
    target: "/huge",
    fields: { Range: `bytes=${first}-${first + 7}` },
  });
  assert.equal(reply.body.toString(), "\0needle\0");
  assert.equal(fieldOf(reply, "Content-Range"), `bytes ${first}-${first + 7}/${size}`);
  const several = await rawRequest(address, {
    target: "/huge",
    fields: { Range: `bytes=-2,${first + 1}-${first + 6}` },
  });
  assert.match(several.body.toString(), new RegExp(`bytes ${size - 2}-${size - 1}/${size}\r\n\r\n\0\0\r\n`));
  assert.match(several.body.toString(), /\r\n\r\nneedle\r\n/);
});

test("`If-Range` allows a range only for the same content of which the client has a part", async (t) => {
  const directory = temporaryTree(t, { file: "0123456789" });
  const address = serveFiles(t, { directory });
  const { fields } = await rawRequest(address, { target: "/file" });
  const validators = new Map(fields);
  const tag = validators.get("ETag") ?? "";
  const date = validators.get("Last-Modified") ?? "";
  const later = new Date(Date.parse(date) + 1000).toUTCString();
  const rows: readonly (readonly [value: string, status: number])[] = [
    [tag, 206],
    [date, 206],
    [`W/${tag}`, 200],
    [`${tag}, ${tag}`, 200],
    ['"other"', 200],
    [later, 200],
    ["*", 200],
    ["x", 200],
  ];
  for (const [value, status] of rows) {
    const request = { target: "/file", fields: { Range: "bytes=2-3", "If-Range": value } };
    assert.equal(statusOf(await rawRequest(address, request)), status, value);
    // If `If-Range` does not match, an unsatisfiable range has no effect.
    const behind = { target: "/file", fields: { Range: "bytes=99-", "If-Range": value } };
    assert.equal(statusOf(await rawRequest(address, behind)), status === 206 ? 416 : 200, value);
  }
  fs.writeFileSync(join(directory, "file"), "9876543210");
  const request = { target: "/file", fields: { Range: "bytes=2-3", "If-Range": tag } };
  assert.equal((await rawRequest(address, request)).body.toString(), "9876543210");
});

test("A file that shrinks between two ranges ends the connection", async (t) => {
  const size = 1_000_000;
  const directory = temporaryTree(t, { file: Buffer.alloc(size, "old ") });
  class Handler extends SimpleHTTPRequestHandler {
    override async copyfile(...[source, target]: Parameters<SimpleHTTPRequestHandler["copyfile"]>) {
      await target.write(await source.read(1000)); // the head of the first part
      fs.truncateSync(join(directory, "file"), 2000);
      return super.copyfile(source, target);
    }
  }
  const address = serveFiles(t, { directory }, Handler);
  const bytes = await rawExchange(
    address,
    "GET /file HTTP/1.1\r\nHost: h\r\nRange: bytes=0-999,400000-\r\n\r\nGET /none HTTP/1.1\r\nHost: h\r\n\r\n",
  );
  const start = bytes.indexOf("\r\n\r\n") + 4;
  const announced = Number(/Content-Length: (\d+)/.exec(bytes.toString("latin1", 0, start))?.[1]);
  assert.ok(bytes.length - start < announced);
  assert.equal(bytes.includes(" 404 "), false);
});
