/** A client that reads its response slowly: in every place, and for every way to write. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ThreadingHTTPServer } from "pyserve/http/server";
import { LARGE, LargeReply } from "../fixtures/large-reply.js";
import { get, noneUnhandled } from "../support/http.js";
import { connectTo, PLACES, ReluctantClient, serverAt } from "../support/places.js";
import { serve, standardError, until } from "../support/servers.js";

/** Ways to end the response. */
const WAYS: Readonly<Record<string, string>> = {
  "/awaited": "its handler waits for it",
  "/at-once": "the connection waits for it",
  "/closing": "the closing of the connection waits for it",
};

for (const place of PLACES) {
  for (const [path, way] of Object.entries(WAYS)) {
    test(`a client that reads its response too slowly is reset, served ${place.where}, where ${way}`, async (t) => {
      noneUnhandled(t);
      const errors = standardError(t);
      const server = serverAt(place, LargeReply);
      server.stall_timeout = null;
      serve(t, server);
      const client = new ReluctantClient(t, server, path, place.isSecure).readSlowly(t);
      await until(() => client.received > 0, "the beginning of the reply");
      await until(() => client.isGone, "the connection to be reset");
      assert.ok(client.received < LARGE, `${client.received} bytes`);
      assert.deepEqual(errors, [], "about slow clients nobody is told");
    });
  }
}

test("a client that can't read a response at once, but is fast enough, gets all of it", async (t) => {
  class Attainable extends LargeReply {
    static override min_response_rate = 1000;
    static override response_rate_grace = 30;
  }
  const server = serve(t, new ThreadingHTTPServer(["127.0.0.1", 0], Attainable));
  const socket = connectTo(t, server);
  let received = 0;
  let pauses = 0;
  socket.write(get("/closing"));
  socket.on("data", (bytes: Buffer) => {
    received += bytes.length;
    if (++pauses % 100 !== 0) return;
    socket.pause();
    setImmediate(() => socket.resume());
  });
  await until(() => received >= LARGE, "all of it");
});

test("min_response_rate 0 is no limit", async (t) => {
  class Unlimited extends LargeReply {
    static override min_response_rate = 0;
    static override response_rate_grace = 0;
  }
  const server = serve(t, new ThreadingHTTPServer(["127.0.0.1", 0], Unlimited));
  server.drain_timeout = 0;
  const client = new ReluctantClient(t, server, "/awaited").readSlowly(t);
  await until(() => client.received > 1_000_000, "more than a slow client would have got");
  assert.equal(client.isGone, false);
});

test("a response that is written without waiting starts no timer", async (t) => {
  class Small extends LargeReply {
    override async do_GET(): Promise<void> {
      this.send_response(200);
      this.end_headers();
      this.wfile.write("hello");
    }
  }
  const server = serve(t, new ThreadingHTTPServer(["127.0.0.1", 0], Small), { poll_interval: 60 });
  const socket = connectTo(t, server);
  let replies = 0;
  socket.on("data", () => void replies++);
  socket.write(get("/1"));
  await until(() => replies === 1);
  const timers = [t.mock.method(globalThis, "setTimeout"), t.mock.method(globalThis, "setInterval")];
  socket.write(get("/2"));
  await until(() => replies === 2);
  assert.deepEqual(
    timers.map(({ mock }) => mock.callCount()),
    [0, 0],
  );
});
