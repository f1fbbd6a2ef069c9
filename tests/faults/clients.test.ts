import assert from "node:assert/strict";
import { test } from "node:test";
import { byteByByte, leavesSocketsClosed, noneUnhandled, serveHttp, TestHandler } from "../support/http.js";
import { until } from "../support/servers.js";

/** Counts the running handlers. */
class Counted extends TestHandler {
  static alive = 0;

  override setup() {
    Counted.alive++;
    return super.setup();
  }

  override finish() {
    Counted.alive--;
    return super.finish();
  }

  async do_POST() {
    this.respond((await this.rfile.read()).toString());
  }

  do_GET() {
    this.respond("hello");
  }
}

const CONVERSATIONS: Readonly<Record<string, string>> = {
  "a request with content": "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
  "a request in chunks":
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n",
  "two requests": "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
  "an expectation": "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
};

for (const [name, bytes] of Object.entries(CONVERSATIONS)) {
  test(`a client that resets at any byte of ${name} is no error, and leaves nothing`, async (t) => {
    noneUnhandled(t);
    const fixture = serveHttp(t, Counted);
    for (let at = 0; at <= bytes.length; at++) {
      const client = await fixture.connect();
      client.send(bytes.slice(0, at));
      await until(() => client.socket.writableLength === 0);
      if (at % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      client.socket.resetAndDestroy();
    }
    await leavesSocketsClosed(fixture);
    await until(() => Counted.alive === 0, "the handlers to end");
    assert.deepEqual(fixture.errors, []);
  });

  test(`a client that ends its sending at any byte of ${name} gets all replies, and the end`, async (t) => {
    noneUnhandled(t);
    const fixture = serveHttp(t, Counted);
    for (let at = 0; at <= bytes.length; at++) {
      const client = await fixture.connect();
      client.end(bytes.slice(0, at));
      const text = await client.rest();
      client.socket.destroy();
      if (at === 0) assert.equal(text, "");
      else
        assert.match(
          text,
          /^(?:HTTP\/1\.1 [12345][0-9]{2} [^\r]*\r\n(?:[^\r]+\r\n)*\r\n.*)+$/s,
          `after ${at} bytes`,
        );
      assert.equal(client.error, undefined);
    }
    await until(() => Counted.alive === 0, "the handlers to end");
  });
}

test("time limits do not depend on the system's date and time", async (t) => {
  let jump = 0;
  const { now } = Date;
  t.mock.method(Date, "now", () => now() + jump);
  const fixture = serveHttp(t, Counted);
  for (jump of [0, 86_400_000, -86_400_000, 3_600_000]) {
    const client = await fixture.connect();
    await client.sendPieces(byteByByte("GET / HTTP/1.1\r\nHost: "));
    jump = -jump;
    client.send("h\r\n\r\n");
    const { status, fields } = await client.reply();
    assert.equal(status, 200);
    const told = Date.parse(fields.date ?? "");
    assert.ok(Math.abs(told - Date.now()) < 5000, `${fields.date}`);
    client.socket.destroy();
  }
});
