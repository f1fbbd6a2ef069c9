import assert from "node:assert/strict";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { SimpleHTTPRequestHandler } from "pyserve";
import { serveFiles, temporaryTree } from "../support/file-server.js";
import { fieldOf, type RawRequest, rawRequest } from "../support/raw-http.js";
import { leavesNothingOpen, openDescriptors } from "../support/servers.js";
import { ServingChild } from "../support/serving-child.js";

type Address = readonly [host: string, port: number];

const DATE = "Sun, 09 Sep 2001 01:46:40 GMT";
const REQUEST = "GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n";
const CONTENT = Buffer.alloc(600_000, "0123456789\n");
const skip = openDescriptors() === null && "the system does not tell which descriptors are open";

function site(t: TestContext): string {
  return temporaryTree(t, {
    "test.txt": "This is a test\n",
    "large.bin": Buffer.alloc(4_000_000, "0123456789\n"),
    "with/index.html": "<p>index",
    "list/in.txt": "in",
    "coded.txt": Buffer.alloc(300_000),
    "coded.txt.gz": Buffer.alloc(290_000),
    "404.html": "<p>",
  });
}

async function connected([host, port]: Address): Promise<net.Socket> {
  const socket = net.connect({ host, port });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

const requests: Readonly<Record<string, RawRequest>> = {
  "requests answered with 304": { target: "/test.txt", fields: { "If-Modified-Since": DATE } },
  "requests for a large file, answered with 304": {
    target: "/large.bin",
    fields: { "If-Modified-Since": DATE },
  },
  "HEAD requests": { target: "/large.bin", method: "HEAD" },
  "HEAD requests for a listing": { target: "/list/", method: "HEAD" },
  listings: { target: "/list/" },
  "index pages": { target: "/with/" },
  "requests answered with 404": { target: "/test.txt/" },
  redirects: { target: "/list" },
  "small files": { target: "/test.txt" },
  "requests answered with 404 and a page": { target: "/none" },
  "ranges of a large file": { target: "/large.bin", fields: { Range: "bytes=5-99999" } },
  "several ranges of a large file": { target: "/large.bin", fields: { Range: "bytes=5-99,200000-300000" } },
  "requests for a large file, answered with 412": { target: "/large.bin", fields: { "If-Match": '"x"' } },
  "requests for a large file, answered with 416": {
    target: "/large.bin",
    fields: { Range: "bytes=9999999-" },
  },
  "requests for a large file, answered with 406": {
    target: "/coded.txt",
    fields: { "Accept-Encoding": "identity;q=0" },
  },
  "requests for a file that is there compressed": {
    target: "/coded.txt",
    fields: { "Accept-Encoding": "gzip" },
  },
};
for (const [what, request] of Object.entries(requests)) {
  test(`50 ${what} leave no descriptor open`, { skip }, async (t) => {
    const address = serveFiles(t, { directory: site(t) });
    await leavesNothingOpen(async () => {
      for (let count = 0; count < 5; count++)
        await Promise.all(Array.from({ length: 10 }, () => rawRequest(address, request)));
    });
  });
}

const disconnections: Readonly<Record<string, (socket: net.Socket) => unknown>> = {
  "before the reply": (socket) => socket.destroy(),
  "before the reply, with a reset": (socket) => socket.resetAndDestroy(),
  "after a first piece": (socket) => once(socket, "data").then(() => socket.destroy()),
  "after a first piece, with a reset": (socket) => once(socket, "data").then(() => socket.resetAndDestroy()),
};
for (const [when, leave] of Object.entries(disconnections)) {
  test(`50 downloads whose clients leave ${when} leave no descriptor open`, { skip }, async (t) => {
    const address = serveFiles(t, { directory: site(t) });
    await leavesNothingOpen(async () => {
      for (let count = 0; count < 5; count++) {
        const sockets = await Promise.all(Array.from({ length: 10 }, () => connected(address)));
        await Promise.all(
          sockets.map((socket) => {
            socket.write(REQUEST);
            return leave(socket);
          }),
        );
      }
    });
  });
}

for (const [when, leave] of Object.entries(disconnections)) {
  test(`20 long listings whose clients leave ${when} leave no descriptor open`, { skip }, async (t) => {
    const names = Array.from({ length: 1000 }, (_, at) => [`a name of some length, number ${at}`, ""]);
    const address = serveFiles(t, { directory: temporaryTree(t, Object.fromEntries(names)) });
    await leavesNothingOpen(async () => {
      for (let count = 0; count < 4; count++) {
        const sockets = await Promise.all(Array.from({ length: 5 }, () => connected(address)));
        await Promise.all(
          sockets.map((socket) => {
            socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            return leave(socket);
          }),
        );
      }
    });
  });
}

/** Changes to a large file while it is sent. */
const meanwhile: Readonly<Record<string, (path: string) => void>> = {
  replaced: (path) => {
    fs.writeFileSync(`${path}.new`, Buffer.alloc(CONTENT.length, "n"));
    fs.renameSync(`${path}.new`, path);
  },
  truncated: (path) => fs.truncateSync(path, 300_000),
  deleted: (path) => fs.rmSync(path),
};
for (const [what, action] of Object.entries(meanwhile)) {
  test(`50 files that are ${what} while they are sent leave no descriptor open, and send no wrong byte`, {
    skip,
  }, async (t) => {
    const directory = temporaryTree(t, {});
    class Handler extends SimpleHTTPRequestHandler {
      override async copyfile(...[source, target]: Parameters<SimpleHTTPRequestHandler["copyfile"]>) {
        await target.write(await source.read(1000));
        action(this.translate_path(this.path));
        return super.copyfile(source, target);
      }
    }
    const address = serveFiles(t, { directory }, Handler);
    await leavesNothingOpen(async () => {
      for (let count = 0; count < 50; count++) {
        fs.writeFileSync(join(directory, "file"), CONTENT);
        const reply = await rawRequest(address, { target: "/file" });
        assert.equal(fieldOf(reply, "Content-Length"), String(CONTENT.length));
        const length = what === "truncated" ? 300_000 : CONTENT.length;
        assert.equal(reply.body.length, length);
        assert.ok(reply.body.equals(CONTENT.subarray(0, length)));
      }
    });
  });
}

test("A flood of pipelined requests from a client that leaves keeps no descriptor open", {
  skip,
}, async (t) => {
  const address = serveFiles(t, { directory: site(t) });
  await leavesNothingOpen(async () => {
    const socket = await connected(address);
    socket.write(REQUEST.repeat(1000));
    await once(socket, "data");
    socket.destroy();
  });
});

const MiB = 1024 ** 2;
const LARGE = 256 * MiB;

/** Downloads the large file. Returns the number of bytes that arrived. */
async function download(address: Address): Promise<number> {
  const socket = await connected(address);
  socket.write("GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  let count = 0;
  socket.on("data", (bytes: Buffer) => {
    count += bytes.length;
  });
  await once(socket, "close");
  return count;
}

test("A file of 256 MiB is served with 64 MiB of memory, even if clients stall", {
  skip: process.platform !== "linux" && "the system does not tell how much memory another process has taken",
}, async (t) => {
  const directory = temporaryTree(t, { large: "", small: "hello" });
  fs.truncateSync(join(directory, "large"), LARGE);
  const child = await ServingChild.start(t, directory);
  const { address } = child;
  await rawRequest(address, { target: "/small" });
  const before = child.memory("VmRSS");
  const stalled = await Promise.all(Array.from({ length: 8 }, () => connected(address)));
  for (const socket of stalled) {
    socket.pause();
    socket.write("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  // While a fast client gets the whole file, a server without back-pressure would read as much for each of the others.
  assert.ok((await download(address)) > LARGE);
  const growth = child.memory("VmHWM") - before;
  for (const socket of stalled) socket.destroy();
  assert.ok(growth < 64 * MiB, `it grew by ${Math.round(growth / MiB)} MiB`);
});
