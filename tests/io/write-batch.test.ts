import assert from "node:assert/strict";
import { connect } from "node:net";
import test, { type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { PATIENCE, WriteBatch } from "#src/io/write-batch.js";
import { Child } from "../support/child.js";
import { serveHttp, TestHandler } from "../support/http.js";
import { until } from "../support/servers.js";

/** Writers that record when they are flushed, and a clock that tests can set. */
function travellers() {
  const clock = { time: 0 };
  const left: string[] = [];
  const batch = new WriteBatch(() => clock.time);
  const add = (...names: string[]) => {
    for (const name of names) batch.add({ flush: () => left.push(name) });
  };
  return { clock, left, batch, add };
}

test("those of one turn leave when it ends, in their order, and once", async () => {
  const { left, add } = travellers();
  add("a", "b", "c");
  assert.deepEqual(left, []);
  await turn();
  assert.deepEqual(left, ["a", "b", "c"]);
  await turn();
  assert.equal(left.length, 3);
});

test("the first waits no longer than PATIENCE for others, where others come", async () => {
  const { clock, left, add } = travellers();
  add("a");
  clock.time = PATIENCE / 2;
  add("b");
  assert.deepEqual(left, []);
  clock.time = PATIENCE;
  add("c");
  assert.deepEqual(left, ["a", "b", "c"]);
  add("d");
  assert.equal(left.length, 3);
  await turn();
  assert.equal(left.at(-1), "d");
});

test("who comes while others leave is not forgotten", async () => {
  const { left, batch, add } = travellers();
  batch.add({ flush: () => add("later") });
  await turn();
  await turn();
  assert.deepEqual(left, ["later"]);
});

/** Runs a process that answers `/` with `answer`, which also ends it. Returns the bytes that it has sent. */
async function lastWordsOf(t: TestContext, answer: string): Promise<string> {
  const child = new Child(
    t,
    `import { BaseHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";
     class Last extends BaseHTTPRequestHandler {
       log_message() {}
       do_GET() {
         this.send_response(200);
         this.send_header("Content-Length", 3);
         this.end_headers();
         this.wfile.write("bye");
         ${answer};
       }
     }
     const httpd = new ThreadingHTTPServer(["127.0.0.1", 0], Last);
     console.log(httpd.server_address[1]);
     await httpd.serve_forever();`,
  );
  await until(() => child.output.includes("\n"), "the server to serve");
  const client = connect(Number(child.output), "127.0.0.1");
  let received = "";
  client.on("error", () => {});
  client.on("data", (bytes) => {
    received += bytes;
  });
  client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  await child.end();
  await until(() => client.destroyed || client.readableEnded, "the end of the connection");
  return received;
}

for (const exit of ["process.nextTick(() => process.exit())", "setImmediate(() => process.exit())"]) {
  test(`a reply is sent before the process ends by ${exit}`, async (t) => {
    assert.match(await lastWordsOf(t, exit), /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nbye$/s);
  });
}

test("replies are sent while a test mocks all timers", async (t) => {
  class Hello extends TestHandler {
    do_GET() {
      this.respond("hello");
    }
  }
  const fixture = serveHttp(t, Hello);
  t.mock.timers.enable();
  const client = await fixture.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  assert.equal((await client.reply()).content, "hello");
});
