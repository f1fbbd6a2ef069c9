import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { RequestStream, type RequestTimeouts } from "#src/http/request-stream.js";
import { DEFAULT_LIMITS } from "#src/http1/limits.js";
import { keepAlive } from "#src/http1/persistence.js";
import { ProtocolError } from "#src/http1/protocol-error.js";
import { Connection } from "#src/io/connection.js";
import { Clock } from "../support/clock.js";
import { get } from "../support/http.js";
import { socketPair } from "../support/loopback.js";
import { turns, until } from "../support/servers.js";

const FOR_EVER: RequestTimeouts = { firstByte: null, idle: keepAlive(null), header: null };
const SHORT = 0.02;

interface Fixture {
  readonly client: Socket;
  readonly stream: RequestStream;
  /** Events that the stream had when it called back. */
  readonly found: string[];
  readonly note: () => void;
}

async function waiting(t: TestContext, timeouts: Partial<RequestTimeouts> = {}): Promise<Fixture> {
  const { server, client } = await socketPair(t);
  const stream = new RequestStream(Connection.of(server), DEFAULT_LIMITS, { ...FOR_EVER, ...timeouts });
  t.after(() => stream.close());
  const found: string[] = [];
  const note = () =>
    found.push(stream.end ?? (stream.isReady ? (stream.isOver ? "closed" : "request") : "nothing"));
  return { client, stream, found, note };
}

test("`RequestStream` calls back when there is a request, once", async (t) => {
  const { client, stream, found, note } = await waiting(t);
  stream.whenReady({ ready: note });
  client.write(get("/1") + get("/2"));
  await until(() => found.length > 0);
  assert.deepEqual(found, ["request"]);
  stream.take();
  client.write(get("/3"));
  await turns();
  assert.deepEqual(found, ["request"]);
});

test("`RequestStream` returns pipelined requests in order, then waits", async (t) => {
  const { client, stream, found, note } = await waiting(t);
  stream.whenReady({ ready: note });
  client.write(get("/1") + get("/2"));
  await until(() => found.length > 0);
  const paths: string[] = [];
  while (stream.isReady) {
    const next = stream.take();
    assert.ok(!(next instanceof ProtocolError) && next.type === "head");
    paths.push(next.path);
  }
  assert.deepEqual(paths, ["/1", "/2"]);
  assert.equal(stream.taken, 2);
});

test("`RequestStream` calls back with a malformed request, and with the end of the connection", async (t) => {
  for (const [bytes, expected] of [
    ["nonsense\r\n", "request"],
    ["", "closed"],
  ] as const) {
    const { client, stream, found, note } = await waiting(t);
    stream.whenReady({ ready: note });
    client.end(bytes);
    await until(() => found.length > 0);
    assert.deepEqual(found, [expected]);
  }
});

type First = "first byte" | "idle";
const limits: readonly (readonly [name: keyof RequestTimeouts, first: First, bytes: string])[] = [
  ["firstByte", "first byte", ""],
  ["idle", "idle", ""],
  ["header", "first byte", "GET / HTTP/1.1\r\n"],
  ["header", "idle", "G"],
];

for (const [name, first, bytes] of limits) {
  test(`\`RequestStream\` ends after the time of ${name}, with ${JSON.stringify(bytes)} for the ${first}`, async (t) => {
    const { client, stream, found, note } = await waiting(t, {
      [name]: name === "idle" ? keepAlive(SHORT) : SHORT,
    });
    if (first === "idle") stream.taken = 1;
    stream.whenReady({ ready: note });
    if (bytes !== "") client.write(bytes);
    await until(() => found.length > 0);
    assert.deepEqual(found, ["timeout"]);
    assert.equal(stream.isOver, true);
  });
}

test("a request that arrives within a second after the announced idle time is served", async (t) => {
  const clock = new Clock(t);
  const { client, stream, found, note } = await waiting(t, { idle: keepAlive(5) });
  stream.taken = 1;
  stream.whenReady({ ready: note });
  clock.tick(5900);
  client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  await until(() => found.length > 0);
  assert.equal(stream.end, undefined);
  assert.equal(stream.isOver, false);
});

test("the time limit for the first byte ends when the byte arrives", async (t) => {
  const clock = new Clock(t);
  const { client, stream, found, note } = await waiting(t, { firstByte: SHORT });
  stream.whenReady({ ready: note });
  client.write("G");
  await until(() => stream.hasBegun);
  clock.tick(3 * SHORT * 1000);
  assert.deepEqual(found, []);
});

test("`drain` soon ends the wait of an idle connection, and every later one", async (t) => {
  const { stream, found, note } = await waiting(t);
  stream.whenReady({ ready: note });
  stream.drain();
  assert.deepEqual(found, []);
  assert.equal(stream.isClosing, true);
  await until(() => found.length > 0);
  stream.whenReady({ ready: note });
  await until(() => found.length > 1);
  assert.deepEqual(found, ["closing", "closing"]);
});

test("`drain` waits for a request that is on its way", async (t) => {
  const { client, stream, found, note } = await waiting(t);
  stream.whenReady({ ready: note });
  stream.drain();
  client.write(get("/"));
  await until(() => found.length > 0);
  assert.deepEqual(found, ["request"]);
});

test("`drain` still waits for a request that has begun", async (t) => {
  const { client, stream, found, note } = await waiting(t);
  stream.whenReady({ ready: note });
  client.write("GET / HTTP/1.1\r\n");
  await until(() => stream.hasBegun);
  stream.drain();
  assert.deepEqual(found, []);
  client.write("Host: h\r\n\r\n");
  await until(() => found.length > 0);
  assert.deepEqual(found, ["request"]);
});

test("a limit that was in force before does not end a later wait", async (t) => {
  const clock = new Clock(t);
  const { client, stream, found, note } = await waiting(t, { firstByte: SHORT });
  stream.whenReady({ ready: note });
  client.write(get("/"));
  await until(() => found.length > 0);
  stream.take();
  stream.whenReady({ ready: note });
  clock.tick(3 * SHORT * 1000);
  assert.deepEqual(found, ["request"]);
});
