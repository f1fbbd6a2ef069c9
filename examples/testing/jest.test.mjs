// Tests a handler with Jest, in JavaScript, also for the case that another server fails.
//
//   NODE_OPTIONS=--experimental-vm-modules npx jest examples/testing/jest.test.mjs

import { afterEach, expect, test } from "@jest/globals";
import { BaseHTTPRequestHandler } from "pyserve";
import { runHandler, scriptedHandler, startServer } from "pyserve/testing";

/** Greets the name in the path, with a greeting from another server. */
class Greeting extends BaseHTTPRequestHandler {
  static words_url = "";

  async do_GET() {
    const response = await fetch(Greeting.words_url, { signal: this.signal }).catch(() => undefined);
    if (!response?.ok) return this.send_error(502);
    this.send_response(200);
    this.end_headers();
    this.wfile.write(`${await response.text()}, ${this.path.slice(1)}!\n`);
  }
}

/** Servers to close after each test. With `await using`, you don't need this list. */
const servers = [];

async function start(HandlerClass) {
  const server = await startServer(HandlerClass);
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

test("greets with the words of the other server", async () => {
  const words = await start(scriptedHandler({ body: "Good morning" }));
  const server = await start(Greeting);
  Greeting.words_url = words.url;

  const response = await fetch(`${server.url}/Ann`);

  expect(await response.text()).toBe("Good morning, Ann!\n");
  expect(words.requests[0].method).toBe("GET");
});

test("says so when the other server fails", async () => {
  const words = await start(scriptedHandler({ fault: "reset" }, { status: 503 }));
  Greeting.words_url = words.url;

  for (const _ of ["a reset", "an error"]) {
    const { status } = await runHandler(Greeting, "GET /Ann HTTP/1.1\r\nHost: test\r\n\r\n");
    expect(status).toBe(502);
  }
});
