import assert from "node:assert/strict";
import { test } from "node:test";
import { App, AppHTTPServer, runServers, SitePage } from "../../examples/embedding.js";
import { closeAfter, deferred, leavesNothingOpen, serve, turns, until } from "../support/servers.js";
import { exchange } from "../support/stream-client.js";

const REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

test("the servers of an application serve until its signal is aborted, and leave nothing open", async () => {
  await leavesNothingOpen(async () => {
    const log: string[] = [];
    const stop = new AbortController();
    const running = runServers(new App((line) => log.push(line)), [0, 0, 0], stop.signal);
    const [site] = /(?<=127\.0\.0\.1:)\d+/.exec(log[0] as string) ?? [];
    assert.match(await exchange(["127.0.0.1", Number(site)], REQUEST), /visitor number 1\.\n$/);
    stop.abort();
    await running;
    assert.deepEqual(log.slice(1), ['{"client":"127.0.0.1","message":"\\"GET / HTTP/1.1\\" 200 -"}']);
    await assert.rejects(exchange(["127.0.0.1", Number(site)], REQUEST), { code: "ECONNREFUSED" });
  });
});

test("the servers of an application end together if one has no port", async (t) => {
  const app = new App(() => {});
  const other = closeAfter(t, new AppHTTPServer(0, SitePage, app));
  const ports = [0, other.server_port, 0];
  await assert.rejects(runServers(app, ports, new AbortController().signal), { code: "EADDRINUSE" });
});

test("a request in progress when an application stops is completed first", async (t) => {
  const begun = deferred();
  const mayEnd = deferred();
  t.after(() => mayEnd.resolve());
  class SlowPage extends SitePage {
    override async do_GET() {
      begun.resolve();
      await mayEnd.promise;
      super.do_GET();
    }
  }
  const server = serve(t, new AppHTTPServer(0, SlowPage, new App(() => {})));
  const reply = exchange(server.server_address, REQUEST);
  await begun.promise;
  let isClosed = false;
  const closing = server.server_close().then(() => {
    isClosed = true;
  });
  await turns();
  assert.equal(isClosed, false);
  mayEnd.resolve();
  assert.match(await reply, /visitor number 1\.\n$/);
  await closing;
});

test("pages of an application share its state, on any server", async (t) => {
  const app = new App(() => {});
  const servers = [0, 0].map((port) => serve(t, new AppHTTPServer(port, SitePage, app)));
  for (const { server_address } of servers) await exchange(server_address, REQUEST);
  await until(() => app.events.get("visit") === 2);
});
