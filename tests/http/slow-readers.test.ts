/** Clients that read nothing of their response for a while: they stay connected until others need their places. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type HTTPServer, ThreadingHTTPServer } from "pyserve/http/server";
import { LARGE, PatientReply } from "../fixtures/large-reply.js";
import { noneUnhandled } from "../support/http.js";
import { PLACES, ReluctantClient, serverAt } from "../support/places.js";
import { serve, until } from "../support/servers.js";

/** Waits until a number of connections have arrived, and fewer are left. */
async function untilSomeAreCutOff(server: HTTPServer, count: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    assert.ok(tries < 6000, "no connection was reset");
    const { accepted, open } = (await server.stats()).connections;
    if (accepted === count && open < count) return;
    await setTimeout(10); // There is no event for the workers' counters, so they are requested.
  }
}

for (const place of PLACES) {
  const { where, most, few, isSecure } = place;
  for (const path of ["/awaited", "/at-once", "/closing"]) {
    test(`clients that pause make room when connections are scarce, served ${where}, ${path}`, async (t) => {
      noneUnhandled(t);
      const server = Object.assign(serverAt(place, PatientReply), {
        max_connections: most,
        crowded_stall_timeout: 0.3,
        drain_timeout: 0,
      });
      serve(t, server);
      const client = () => new ReluctantClient(t, server, path, isSecure);
      const clients = Array.from({ length: few }, client);
      await until(() => clients.every(({ received }) => received > 0), "the beginnings of the replies");
      const others = Array.from({ length: Math.min(most - few, 3 + few) }, client);
      await untilSomeAreCutOff(server, few + others.length);
      const all = [...clients, ...others];
      for (const { socket } of all) socket.resume();
      await until(
        () => all.some(({ isGone, received }) => isGone && received > 0 && received < LARGE),
        "one that was reset",
      );
      assert.ok((await server.stats()).connections.refused === 0);
    });
  }
}

test("a client that pauses gets its whole response if connections are not scarce", async (t) => {
  const server = new ThreadingHTTPServer(["127.0.0.1", 0], PatientReply);
  server.crowded_stall_timeout = 0.1;
  serve(t, server);
  const client = new ReluctantClient(t, server, "/awaited");
  await until(() => client.received > 0, "the beginning of the reply");
  // The watch checks the client several times after its limit.
  const looks = t.mock.method(performance, "now");
  await until(() => looks.mock.callCount() >= 5, "looks at the client");
  client.socket.resume();
  await until(() => client.received >= LARGE, "all of it");
});
