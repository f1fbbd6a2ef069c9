import assert from "node:assert/strict";
import { test } from "node:test";
import type { HTTPServerStats } from "pyserve/http/server";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { Pages, ProcessesHTTPServer, ThreadsHTTPServer } from "../fixtures/http.js";
import { get, HTTP_SERVERS, RawClient, request, serveHttp, TestHandler } from "../support/http.js";
import { answerWhen, serve } from "../support/servers.js";
import { StreamClient } from "../support/stream-client.js";

class Counted extends TestHandler {
  async do_GET() {
    if (this.path === "/throws") throw new Error("on purpose");
    if (this.path === "/abort") return this.abort();
    if (this.path === "/stats") return this.respond(JSON.stringify(await this.server.stats()));
    this.respond("hello", Number(this.path.slice(1)));
  }
}

for (const Server of HTTP_SERVERS) {
  test(`${Server.name}.stats() counts requests by the class of their status`, async (t) => {
    const fixture = serveHttp(t, Counted, { Server });
    const { server } = fixture;
    const clients = [await fixture.connect()];
    const [client = assert.fail()] = clients;
    for (const status of [200, 201, 302, 404]) {
      client.send(get(`/${status}`));
      assert.equal((await client.reply()).status, status);
    }
    client.send(request("FOO", "/"));
    await client.reply();
    client.send(get("/throws"));
    await client.reply();
    for (const text of ["nonsense\r\n\r\n", get("/abort")]) {
      const other = await fixture.send(text);
      clients.push(other);
      await other.rest();
    }
    for (const { socket } of clients) socket.destroy();
    const { requests, connections, bytes, workers } = await answerWhen(
      () => server.stats(),
      ({ connections: { open }, requests: { active } }) => open === 0 && active === 0,
    );
    const expected = { active: 0, "1xx": 0, "2xx": 2, "3xx": 1, "4xx": 2, "5xx": 2, unanswered: 1 };
    assert.deepEqual(requests, expected);
    assert.deepEqual(connections, { open: 0, waiting: 0, accepted: 3, refused: 0 });
    assert.ok(bytes.received > 200 && bytes.sent > 500, JSON.stringify(bytes));
    assert.deepEqual(workers, { running: 0, silent: 0 });
    fixture.takeErrors();
  });
}

test("HTTPServer.stats() shows the current state", async (t) => {
  const fixture = serveHttp(t, Counted);
  const client = await fixture.send(get("/stats"));
  const { connections, requests } = JSON.parse((await client.reply()).content) as HTTPServerStats;
  assert.deepEqual([connections.open, requests.active], [1, 1]);
});

test("HTTPServer.stats() is a copy", async (t) => {
  const fixture = serveHttp(t, Counted);
  const before = await fixture.server.stats();
  await (await fixture.send(get("/200"))).reply();
  assert.equal(before.requests["2xx"], 0);
});

const WORKERS = [...(canTransferSockets() ? [ThreadsHTTPServer] : []), ProcessesHTTPServer];
for (const Server of WORKERS) {
  test(`${Server.name}.stats() adds up what its workers have done`, async (t) => {
    const server = serve(t, new Server(["127.0.0.1", 0], Pages));
    for (let count = 0; count < 4; count++) {
      const { socket } = await StreamClient.connect(server.server_address);
      const client = new RawClient(socket);
      client.send(get("/a"));
      assert.equal((await client.reply()).content, "/a");
      socket.destroy();
    }
    const stats = await answerWhen(
      () => server.stats(),
      // On a busy machine, a worker may answer late, and counts as silent.
      ({ connections, requests, workers }) =>
        connections.open === 0 && requests["2xx"] === 4 && workers.silent === 0,
    );
    assert.equal(stats.connections.accepted, 4);
    assert.ok(stats.workers.running > 0, JSON.stringify(stats.workers));
    assert.ok(stats.bytes.sent >= 4 * 100, JSON.stringify(stats.bytes));
  });
}
