import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { RequestInput } from "#src/http/request-input.js";
import { type Awakening, RequestWait, type WaitTimeouts } from "#src/http/request-wait.js";
import { DEFAULT_LIMITS } from "#src/http1/limits.js";
import { Connection } from "#src/io/connection.js";
import { Clock } from "../support/clock.js";
import { get } from "../support/http.js";
import { socketPair } from "../support/loopback.js";
import { turns, until } from "../support/servers.js";

const FOR_EVER: WaitTimeouts = { firstByte: null, idle: null, header: null };
const SHORT = 0.02;

interface Fixture {
  readonly client: Socket;
  readonly input: RequestInput;
  readonly wait: RequestWait;
  /** How the waits have ended. */
  readonly ends: Awakening[];
  readonly note: (awakening: Awakening) => void;
}

async function waiting(t: TestContext, timeouts: Partial<WaitTimeouts> = {}): Promise<Fixture> {
  const { server, client } = await socketPair(t);
  const { source } = Connection.of(server);
  const input = new RequestInput(source, DEFAULT_LIMITS);
  const wait = new RequestWait(input, source, { ...FOR_EVER, ...timeouts });
  t.after(() => wait.close());
  const ends: Awakening[] = [];
  return { client, input, wait, ends, note: (awakening) => ends.push(awakening) };
}

test("`RequestWait` ends with a request, once", async (t) => {
  const { client, input, wait, ends, note } = await waiting(t);
  wait.forRequest("first byte", note);
  client.write(get("/1") + get("/2"));
  await until(() => ends.length > 0);
  assert.deepEqual(ends, ["request"]);
  input.take();
  client.write(get("/3"));
  await turns();
  assert.deepEqual(ends, ["request"]);
});

test("`RequestWait` ends with what is no request, and with the end of the connection", async (t) => {
  for (const bytes of ["nonsense\r\n", ""]) {
    const { client, wait, ends, note } = await waiting(t);
    wait.forRequest("first byte", note);
    client.end(bytes);
    await until(() => ends.length > 0);
    assert.deepEqual(ends, ["request"]);
  }
});

const limits: readonly (readonly [name: keyof WaitTimeouts, first: "first byte" | "idle", bytes: string])[] =
  [
    ["firstByte", "first byte", ""],
    ["idle", "idle", ""],
    ["header", "first byte", "GET / HTTP/1.1\r\n"],
    ["header", "idle", "G"],
  ];

for (const [name, first, bytes] of limits) {
  test(`\`RequestWait\` for the ${first} ends after the time of ${name}, with ${JSON.stringify(bytes)}`, async (t) => {
    const { client, wait, ends, note } = await waiting(t, { [name]: SHORT });
    wait.forRequest(first, note);
    if (bytes !== "") client.write(bytes);
    await until(() => ends.length > 0);
    assert.deepEqual(ends, ["timeout"]);
  });
}

test("the time for the first byte does not count any more once it has come", async (t) => {
  const clock = new Clock(t);
  const { client, input, wait, ends, note } = await waiting(t, { firstByte: SHORT });
  wait.forRequest("first byte", note);
  client.write("G");
  await until(() => input.begun);
  clock.tick(3 * SHORT * 1000);
  assert.deepEqual(ends, []);
});

test("`drain` ends the wait of an idle connection, and of every later one", async (t) => {
  const { wait, ends, note } = await waiting(t);
  wait.forRequest("idle", note);
  wait.drain();
  assert.deepEqual(ends, ["closing"]);
  assert.equal(wait.isClosing, true);
  wait.forRequest("idle", note);
  assert.deepEqual(ends, ["closing", "closing"]);
});

test("`drain` still waits for a request that has begun", async (t) => {
  const { client, input, wait, ends, note } = await waiting(t);
  wait.forRequest("idle", note);
  client.write("GET / HTTP/1.1\r\n");
  await until(() => input.begun);
  wait.drain();
  assert.deepEqual(ends, []);
  client.write("Host: h\r\n\r\n");
  await until(() => ends.length > 0);
  assert.deepEqual(ends, ["request"]);
});

test("a limit that was in force before does not end a later wait", async (t) => {
  const clock = new Clock(t);
  const { client, input, wait, ends, note } = await waiting(t, { firstByte: SHORT });
  wait.forRequest("first byte", note);
  client.write(get("/"));
  await until(() => ends.length > 0);
  input.take();
  wait.forRequest("idle", note);
  clock.tick(3 * SHORT * 1000);
  assert.deepEqual(ends, ["request"]);
});
