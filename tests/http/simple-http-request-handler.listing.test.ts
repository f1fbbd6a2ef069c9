import assert from "node:assert/strict";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before, type TestContext } from "node:test";
import { SimpleHTTPRequestHandler } from "pyserve";
import { serveFiles, temporaryDirectory } from "../support/file-server.js";
import { rawRequest } from "../support/raw-http.js";
import { deferred } from "../support/servers.js";
import { ServingChild } from "../support/serving-child.js";

const REQUEST = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

/** Writes empty files: `a name of some length, number 100000` and so on. */
function fill(directory: string, count: number): void {
  for (let at = 0; at < count; at++)
    fs.closeSync(fs.openSync(join(directory, `a name of some length, number ${100_000 + at}`), "w"));
}

/** A long directory, which the tests don't change. */
const LONG = 16_384;
let long: string;
before(() => {
  long = fs.mkdtempSync(join(tmpdir(), "pyserve-long-"));
  fill(long, LONG);
});
after(() => fs.rmSync(long, { recursive: true }));

/** Requests a listing, and reads only its first row. */
async function stalled([host, port]: readonly [string, number]): Promise<net.Socket> {
  const socket = net.connect({ host, port });
  socket.write(REQUEST);
  for (let text = ""; !text.includes('<tr class="f"'); ) {
    const [bytes] = await once(socket, "data");
    text = text.slice(-100) + String(bytes);
  }
  socket.pause();
  return socket;
}

async function heldBy({ address }: ServingChild): Promise<number> {
  return Number((await rawRequest(address, { target: "/held" })).body);
}

const COUNT = 100_000;
const MOST = 192; // bytes for an entry; its name takes about a quarter of that

test("Four listings of 100,000 entries, whose clients stall, take 192 bytes for each entry, and end in full", async (t) => {
  const directory = temporaryDirectory(t);
  fill(directory, COUNT);
  const child = await ServingChild.start(t, directory);
  (await stalled(child.address)).destroy();
  const before = await heldBy(child);
  const clients = await Promise.all(Array.from({ length: 4 }, () => stalled(child.address)));
  const each = ((await heldBy(child)) - before) / clients.length / COUNT;
  assert.ok(each < MOST, `each entry takes ${Math.round(each)} bytes`);
  const [last, ...others] = clients;
  for (const client of others) client.destroy();
  let text = "";
  last?.on("data", (bytes: Buffer) => {
    // The page's script comes after the last row, and the last bytes may arrive separately.
    text = text.slice(-30_000) + String(bytes);
  });
  last?.resume();
  await once(last as net.Socket, "end");
  assert.match(text, /number 199999<.*<\/html>\n\r\n0\r\n\r\n$/s);
});

type Listing = Awaited<ReturnType<SimpleHTTPRequestHandler["list_directory"]>>;

/** Serves a directory, and reports how much of its listing was read when it is closed. */
function observe(t: TestContext, directory: string) {
  const closed = deferred<string>();
  class Handler extends SimpleHTTPRequestHandler {
    override async list_directory(path: string): Promise<Listing> {
      const file = (await super.list_directory(path)) as NonNullable<Listing>;
      let text = "";
      const close = () => {
        file.close();
        closed.resolve(text);
      };
      const read = async (length: number) => {
        const bytes = await file.read(length);
        text += bytes.toString("latin1");
        return bytes;
      };
      return { read, close };
    }
  }
  return { address: serveFiles(t, { directory }, Handler), closed: closed.promise };
}

const disconnections: Readonly<Record<string, (socket: net.Socket) => unknown>> = {
  "closes its end": (socket) => socket.write(REQUEST, () => socket.destroy()),
  "closes its end after the first bytes": (socket) => {
    socket.write(REQUEST);
    socket.once("data", () => socket.destroy());
  },
  "resets the connection": (socket) => socket.write(REQUEST, () => socket.resetAndDestroy()),
  "resets the connection after the first bytes": (socket) => {
    socket.write(REQUEST);
    socket.once("data", () => socket.resetAndDestroy());
  },
};
for (const [what, disconnect] of Object.entries(disconnections)) {
  test(`A long listing is given up while it is prepared when its client ${what}`, async (t) => {
    const { address, closed } = observe(t, long);
    const socket = net.connect({ host: address[0], port: address[1] });
    socket.on("error", () => {});
    disconnect(socket);
    const text = await closed;
    assert.match(text, /^(?:<!DOCTYPE html>.*<\/nav>)?\n*$/s);
  });
}

test("A long listing reaches a client that has ended its sending", async (t) => {
  const { address } = observe(t, long);
  const socket = net.connect({ host: address[0], port: address[1] });
  socket.end(REQUEST);
  let text = "";
  socket.on("data", (bytes: Buffer) => {
    text += bytes.toString("latin1");
  });
  await once(socket, "end");
  assert.equal(text.split('<tr class="f"').length - 1, LONG);
  assert.match(text, /<\/html>\n\r\n0\r\n\r\n$/);
});
