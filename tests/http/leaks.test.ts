import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
  type Fixture,
  get,
  HTTP_SERVERS,
  leavesSocketsClosed,
  noneUnhandled,
  type RawClient,
  request,
  serveHttp,
  TestHandler,
} from "../support/http.js";
import { leavesNothingOpen, until } from "../support/servers.js";

/** Counts the running handlers. */
class Counted extends TestHandler {
  static alive = 0;

  /** The server does not wait for content that never arrives, because it would hold the response back until then. */
  static override discard_timeout = 0.01;

  override setup() {
    Counted.alive++;
    return super.setup();
  }

  override finish() {
    Counted.alive--;
    return super.finish();
  }

  do_GET(): void | Promise<void> {
    if (this.path === "/large") return this.#large();
    if (this.path === "/abort") this.abort();
    else this.respond("abc");
  }

  async do_POST() {
    await this.rfile.read();
    this.respond("abc");
  }

  async #large() {
    this.send_response(200);
    this.end_headers();
    for (let count = 0; count < 100; count++) await this.wfile.write(Buffer.alloc(64 * 1024));
  }
}

/** Actions of a client before it disconnects. */
const phases: Readonly<Record<string, (client: RawClient) => unknown>> = {
  "after connecting": () => {},
  "within a head": (client) => client.send("GET / HTTP/1.1\r\nHost:"),
  "before a reply": (client) => client.send(get("/")),
  "after a reply": (client) => client.send(get("/")).reply(),
  "within an upload": (client) => client.send(request("POST", "/", ["Content-Length: 1000"], "abc")),
  "while it is told to go on": (client) =>
    client.send(request("POST", "/", ["Content-Length: 9", "Expect: 100-continue"])),
  "within an upload that nobody reads": (client) =>
    client.send(request("GET", "/", ["Content-Length: 1000"], "abc")).reply(),
  "within a download": (client) => client.send(get("/large")).head(),
  "within a download that it does not take": async (client) => {
    client.socket.pause();
    client.send(get("/large"));
    await turn();
  },
  "with a flood of requests behind it": (client) => client.send(get("/").repeat(1000)),
  "after a bad request": (client) => client.send("nonsense\r\n\r\n").reply(),
  "when it was dropped": (client) => client.send(get("/abort")).rest(),
};

const leaving: Readonly<Record<string, (client: RawClient) => void>> = {
  "with a reset": (client) => client.socket.resetAndDestroy(),
  "with an end": (client) => client.socket.destroy(),
};

for (const Server of HTTP_SERVERS) {
  for (const [when, act] of Object.entries(phases)) {
    test(`${Server.name}: clients that leave ${when} leave nothing open`, async (t) => {
      noneUnhandled(t);
      const fixture = serveHttp(t, Counted, { Server });
      await leavesNothingOpen(async () => {
        for (const leave of Object.values(leaving)) {
          for (let count = 0; count < 25; count++) await visit(fixture, act, leave);
        }
        await leavesSocketsClosed(fixture);
      });
      await until(() => Counted.alive === 0, "the handlers to finish");
      assert.equal((await (await fixture.send(get("/"))).reply()).content, "abc");
    });
  }
}

async function visit(
  fixture: Fixture,
  act: (client: RawClient) => unknown,
  leave: (client: RawClient) => void,
): Promise<void> {
  const client = await fixture.connect();
  await act(client);
  leave(client);
}
