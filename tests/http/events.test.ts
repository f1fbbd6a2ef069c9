import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type TestContext, test } from "node:test";
import type { ErrorEvent, RequestEvent, ResponseEvent } from "pyserve";
import { type Fixture, get, serveHttp, TestHandler } from "../support/http.js";
import { until } from "../support/servers.js";

class Handler extends TestHandler {
  do_GET() {
    if (this.path === "/throws") throw new Error("on purpose");
    this.respond("hello");
  }
}

/** Collects the published events until the end of the test, each with the name of its channel before it. */
function listen(t: TestContext, describe: Readonly<Record<string, (event: never) => unknown>>): unknown[] {
  const events: unknown[] = [];
  for (const [name, tell] of Object.entries(describe)) {
    const note = (event: unknown) => void events.push([name, tell(event as never)]);
    subscribe(`pyserve:${name}`, note);
    t.after(() => unsubscribe(`pyserve:${name}`, note));
  }
  return events;
}

function listenToAll(t: TestContext, fixture: Fixture): unknown[] {
  return listen(t, {
    connection: ({ server, refusal }: { server: unknown; refusal: unknown }) => [
      server === fixture.server,
      refusal,
    ],
    request: ({ handler }: RequestEvent) => `${handler.command} ${handler.path}`,
    response: ({ handler, status, size, seconds, complete }: ResponseEvent) => {
      assert.ok(seconds >= 0 && seconds < 10);
      return [handler.requestline, status, size, complete];
    },
    error: ({ server, error }: ErrorEvent) => [server === fixture.server, String(error)],
  });
}

test("`pyserve:connection`, `pyserve:request` and `pyserve:response` report a request", async (t) => {
  const fixture = serveHttp(t, Handler);
  const events = listenToAll(t, fixture);
  await (await fixture.send(get("/a"))).reply();
  await until(() => events.length === 3, "three events");
  assert.deepEqual(events, [
    ["connection", [true, null]],
    ["request", "GET /a"],
    ["response", ["GET /a HTTP/1.1", 200, 5, true]],
  ]);
});

test("`pyserve:response` reports a malformed request, but `pyserve:request` does not", async (t) => {
  const fixture = serveHttp(t, Handler);
  const events = listenToAll(t, fixture);
  const { content } = await (await fixture.send("GET /\r\n\r\n")).reply();
  await until(() => events.length === 2, "two events");
  assert.deepEqual(events[1], ["response", ["GET /", 400, content.length, true]]);
});

test("`pyserve:error` reports the error that `handle_error` gets", async (t) => {
  const fixture = serveHttp(t, Handler);
  const events = listenToAll(t, fixture);
  await (await fixture.send(get("/throws"))).reply();
  await until(() => fixture.errors.length === 1, "an error");
  assert.deepEqual(events.at(-1), ["error", [true, "Error: on purpose"]]);
  fixture.takeErrors();
});

test("`pyserve:connection` reports a refused connection", async (t) => {
  const fixture = serveHttp(t, Handler);
  fixture.server.max_connections = 0;
  const events = listenToAll(t, fixture);
  await (await fixture.connect()).rest();
  assert.deepEqual(events, [["connection", [true, "max_connections"]]]);
});
