import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import test from "node:test";
import {
  DatagramRequestHandler,
  StreamRequestHandler,
  ThreadingUnixStreamServer,
  UDPServer,
} from "pyserve/socketserver";
import { temporaryDirectory } from "../support/file-server.js";
import { deferred, serve, until } from "../support/servers.js";
import { exchange } from "../support/stream-client.js";
import { pageAt } from "./pages.js";

const PAGE = "docs/differences.md";

const tables = pageAt(PAGE).tables.filter(([heading]) => heading?.includes("Test"));

test(`${PAGE} names a test for each difference`, () => {
  assert.ok(tables.length > 0);
  const rows = tables.flatMap(([, ...rows]) => rows);
  assert.deepEqual(
    rows.filter((cells) => !/\]\(\.\.\/tests\/\S+\.test\.ts\)/.test(cells.at(-1) ?? "")),
    [],
  );
});

test(`${PAGE} says what differs, in every row`, () => {
  const rows = tables.flatMap(([, ...rows]) => rows);
  assert.deepEqual(
    rows.filter(({ length, 1: pyserve }) => length !== 4 || pyserve === ""),
    [],
  );
});

// Rows of the page that no module's test shows.

test("`UDPServer` lets 1024 datagrams wait, and drops what comes above", async (t) => {
  const served: string[] = [];
  const done = deferred();
  class Collect extends DatagramRequestHandler {
    override handle() {
      const text = this.packet.toString();
      served.push(text);
      if (text === "last") done.resolve();
    }
  }
  const server = new UDPServer(["127.0.0.1", 0], Collect);
  const client = createSocket("udp4");
  t.after(() => client.close());
  client.connect(server.server_address[1], "127.0.0.1");
  await once(client, "connect");
  let received = 0;
  server.socket.on("message", () => received++);
  for (let number = 0; number < 1030; number++) {
    client.send(String(number));
    // Few at a time: the system's own buffer is not what is tested.
    if (number % 32 === 0) await until(() => received === number + 1, "the datagrams to arrive");
  }
  await until(() => received === 1030, "the datagrams to arrive");

  serve(t, server);
  await until(() => served.length === 1024, "the datagrams to be served");
  client.send("last");
  await done.promise;
  assert.deepEqual(served, [...Array.from({ length: 1024 }, (_, number) => String(number)), "last"]);
});

test("`disable_nagle_algorithm` is ignored for a Unix socket", async (t) => {
  class Hello extends StreamRequestHandler<ThreadingUnixStreamServer> {
    static override disable_nagle_algorithm = true;
    override handle() {
      this.wfile.write("hello");
    }
  }
  const path = join(temporaryDirectory(t), "socket");
  serve(t, new ThreadingUnixStreamServer(path, Hello));
  assert.equal(await exchange(path, ""), "hello");
});
