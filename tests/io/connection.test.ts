import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { Connection } from "#src/io/connection.js";
import { Clock } from "../support/clock.js";
import { allFrom, gone, socketPair } from "../support/loopback.js";
import { turns } from "../support/servers.js";

const REPLY = `HTTP/1.1 413 Content Too Large\r\n\r\n${"x".repeat(500_000)}`;
const LIMITS = { stall_timeout: 30, linger_timeout: 30 };

test("a response arrives although the client still sends bytes that nobody reads", async (t) => {
  const { server, client } = await socketPair(t);
  const source = Connection.of(server).source;
  // More than all buffers hold, so that the client has not read everything when the response is sent.
  const request = Buffer.alloc(32 * 1024 * 1024);
  const sent = new Promise((resolve) => client.write(request, resolve));
  await source.pull();
  server.write(REPLY);
  Connection.of(server).end(LIMITS);
  const reply = await allFrom(client);
  assert.equal(reply.length, REPLY.length);
  assert.equal((await sent) ?? null, null, "all that the client sent was taken");
  assert.equal(client.errored, null);
  client.end();
  await gone(server);
  assert.equal(server.bytesRead, request.length);
});

test("bytes that arrive while a connection lingers are dropped, and reach no reader", async (t) => {
  const { server, client } = await socketPair(t);
  const source = Connection.of(server).source;
  Connection.of(server).end(LIMITS);
  client.write("late");
  assert.equal(await allFrom(client), "");
  assert.equal(source.take(), undefined);
  client.end();
  await gone(server);
});

test("a connection with paused reading is read to its end", async (t) => {
  const { server, client } = await socketPair(t);
  server.on("data", () => {});
  server.pause();
  client.write(Buffer.alloc(1024 * 1024));
  server.write("reply");
  Connection.of(server).end(LIMITS);
  assert.equal(await allFrom(client), "reply");
  client.end();
  await gone(server);
  assert.equal(server.bytesRead, 1024 * 1024);
});

test("a client that has ended its sending gets the response, and then nobody waits", async (t) => {
  const { server, client } = await socketPair(t);
  Connection.of(server).source;
  client.end();
  await once(server, "end");
  server.write(REPLY);
  Connection.of(server).end(LIMITS);
  assert.equal((await allFrom(client)).length, REPLY.length);
  await gone(server);
});

test("the wait for a client that never ends has a limit", async (t) => {
  const { server, client } = await socketPair(t);
  server.write("reply");
  Connection.of(server).end({ stall_timeout: null, linger_timeout: 0.05 });
  assert.equal(await allFrom(client), "reply");
  await gone(server);
  assert.equal(client.readyState, "writeOnly");
});

test("the wait for a client that never ends lasts forever without a limit", async (t) => {
  const clock = new Clock(t);
  const { server, client } = await socketPair(t);
  server.write("reply");
  Connection.of(server).end({ stall_timeout: null, linger_timeout: null });
  assert.equal(await allFrom(client), "reply");
  clock.tick(1000);
  await turns();
  assert.equal(server.destroyed, false);
  client.end();
  await gone(server);
});

test("a client that keeps sending is closed when it times out", async (t) => {
  const { server, client } = await socketPair(t);
  const send = (error?: Error | null) => {
    if (!error) client.write(Buffer.alloc(64 * 1024), (failure) => setImmediate(send, failure));
  };
  send();
  Connection.of(server).end({ stall_timeout: null, linger_timeout: 0.05 });
  await gone(server);
  await gone(client);
  assert.ok(server.bytesRead > 64 * 1024);
});

test("a client that reads nothing of its response is reset", async (t) => {
  const { server, client } = await socketPair(t);
  const reset = t.mock.method(server, "resetAndDestroy");
  client.pause();
  server.write(Buffer.alloc(32 * 1024 * 1024));
  Connection.of(server).end({ stall_timeout: 0.05, linger_timeout: 30 });
  await gone(server);
  assert.equal(server.writableFinished, false);
  assert.equal(reset.mock.callCount(), 1);
});

test("a client that resets the connection ends the wait", async (t) => {
  const { server, client } = await socketPair(t);
  server.write("reply");
  Connection.of(server).end(LIMITS);
  await allFrom(client);
  client.resetAndDestroy();
  await gone(server);
});

test("`end` accepts a connection that is gone or has ended", async (t) => {
  const first = await socketPair(t);
  first.server.destroy();
  Connection.of(first.server).end(LIMITS);
  await gone(first.server);

  const second = await socketPair(t);
  second.server.end("reply");
  Connection.of(second.server).end(LIMITS);
  assert.equal(await allFrom(second.client), "reply");
  second.client.end();
  await gone(second.server);
});

test("a connection that lingers does not keep the process alive once everything is sent", async (t) => {
  const { server, client } = await socketPair(t);
  const unref = t.mock.method(server, "unref");
  server.write(REPLY.repeat(20));
  Connection.of(server).end(LIMITS);
  assert.equal(unref.mock.callCount(), 0);
  await allFrom(client);
  if (unref.mock.callCount() === 0) await once(server, "finish");
  assert.equal(unref.mock.callCount(), 1);
});
