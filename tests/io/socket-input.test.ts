import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import test, { type TestContext } from "node:test";
import * as tls from "node:tls";
import { ByteReader } from "#src/io/byte-reader.js";
import { Connection } from "#src/io/connection.js";
import { allFrom, gone, socketPair } from "../support/loopback.js";
import { CERTIFICATE } from "../support/tls.js";

const MANY = 512 * 1024;

for (const which of ["first", "second"]) {
  test(`bytes arrive on the ${which} connection of a process`, async (t) => {
    const { server, client } = await socketPair(t);
    const reader = new ByteReader(Connection.of(server).source);
    client.end("a line\n");
    assert.equal(String(await reader.readline()), "a line\n");
    assert.equal(String(await reader.readline()), "");
  });
}

test("bytes bypass Node's buffers, and trigger no listener", async (t) => {
  const { server, client } = await socketPair(t);
  const { source } = Connection.of(server);
  assert.notEqual(server.push, Readable.prototype.push);
  client.write("ab");
  assert.equal(String(await source.pull()), "ab");
  assert.equal(server.readableLength, 0);
  assert.equal(server.listenerCount("data"), 0);
});

test("another listener gets the same bytes as the reader, from the moment it listens", async (t) => {
  const { server, client } = await socketPair(t);
  const { source } = Connection.of(server);
  client.write("ab");
  assert.equal(String(await source.pull()), "ab");
  const heard: Buffer[] = [];
  server.on("data", (bytes: Buffer) => heard.push(bytes));
  client.write("cd");
  assert.equal(String(await source.pull()), "cd");
  client.end("ef");
  assert.equal(String(await source.pull()), "ef");
  assert.equal(await source.pull(), null);
  assert.equal(String(Buffer.concat(heard)), "cdef");
});

for (const [how, read] of Object.entries({
  "by `data`": async (socket: Readable) => {
    let size = 0;
    socket.on("data", (bytes: Buffer) => {
      size += bytes.length;
    });
    await once(socket, "end");
    return size;
  },
  "in a loop": async (socket: Readable) => {
    let size = 0;
    for await (const bytes of socket.iterator({ destroyOnReturn: false })) size += bytes.length;
    return size;
  },
})) {
  test(`an application that reads the socket itself ${how} gets all of it`, async (t) => {
    const { server, client } = await socketPair(t);
    const { source } = Connection.of(server);
    const received = read(server);
    client.end(Buffer.alloc(MANY));
    assert.equal(await received, MANY);
    assert.throws(() => source.pull(), /listener of the socket has read/);
  });
}

test("a socket paused by somebody else is read once it is resumed", async (t) => {
  const { server, client } = await socketPair(t);
  const { source } = Connection.of(server);
  server.pause();
  const pulled = source.pull();
  client.write("ab");
  await once(server, "readable");
  server.removeAllListeners("readable");
  server.resume();
  assert.equal(String(await pulled), "ab");
});

test("a full reader pauses reading, and loses nothing when it continues", async (t) => {
  const { server, client } = await socketPair(t);
  const reader = new ByteReader(Connection.of(server).source);
  client.end(Buffer.alloc(MANY));
  assert.equal((await reader.readexactly(MANY)).length, MANY);
  assert.equal((await reader.read1()).length, 0);
});

test("the end is reported once, together with Node's `end` event", async (t) => {
  const { server, client } = await socketPair(t);
  const { source } = Connection.of(server);
  const ended = once(server, "end");
  client.end();
  await ended;
  assert.equal(await source.pull(), null);
  server.end();
  await gone(server);
  assert.equal(server.readableEnded, true);
});

for (const [who, takeOver] of Object.entries({
  "TLS, which takes its handle": async (t: TestContext, server: Socket, client: Socket) => {
    const { cert, key } = CERTIFICATE;
    const secured = new tls.TLSSocket(server, { isServer: true, cert, key });
    const peer = tls.connect({ socket: client, ca: cert, servername: "localhost" });
    t.after(() => [secured, peer].map((socket) => socket.destroy()));
    secured.once("data", (bytes: Buffer) => secured.end(`${bytes} back`));
    peer.write("hello");
    return allFrom(peer);
  },
  "Node's HTTP, which reads from its handle": async (t: TestContext, server: Socket, client: Socket) => {
    const http = createServer((request, response) => response.end(`${request.url} back`));
    t.after(() => http.close());
    http.emit("connection", server);
    client.write("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    return allFrom(client);
  },
})) {
  test(`a connection of which a line was read can be given to ${who}`, async (t) => {
    const { server, client } = await socketPair(t);
    const reader = new ByteReader(Connection.of(server).source);
    client.write("now\n");
    assert.equal(String(await reader.readline()), "now\n");
    assert.match(await takeOver(t, server, client), /hello back$/);
  });
}
