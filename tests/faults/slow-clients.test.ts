import assert from "node:assert/strict";
import { test } from "node:test";
import { openSlowly } from "../soak/slow-clients.js";
import { get, HTTP_SERVERS, serveHttp, TestHandler } from "../support/http.js";

class Hello extends TestHandler {
  do_GET() {
    this.respond("hello");
  }

  async do_POST() {
    await this.rfile.read();
  }
}

for (const Server of HTTP_SERVERS.slice(1)) {
  test(`${Server.name} answers ordinary requests while hundreds of clients send almost nothing`, async (t) => {
    const fixture = serveHttp(t, Hello, { Server });
    fixture.server.drain_timeout = 0;
    const stop = await openSlowly(fixture.port, 300);
    for (let count = 0; count < 50; count++) {
      const client = await fixture.send(get("/", "Connection: close"));
      assert.equal((await client.reply()).content, "hello");
      client.socket.destroy();
    }
    stop();
  });
}
