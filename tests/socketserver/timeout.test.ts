/** Time limits that a handler sets during its work, like Python's `settimeout`. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  BaseHTTPRequestHandler,
  ByteReader,
  HTTPServer,
  StreamRequestHandler,
  TCPServer,
  TimeoutError,
} from "pyserve";
import { deferred, serve } from "../support/servers.js";
import { StreamClient } from "../support/stream-client.js";

test("`rfile.timeout` limits later reads, and a reader that has timed out continues without loss", async (t) => {
  const waited = deferred();
  class Patient extends StreamRequestHandler {
    override async handle() {
      assert.equal(this.rfile.timeout, null);
      this.rfile.timeout = 0.02;
      await assert.rejects(async () => this.rfile.readline(), TimeoutError);
      waited.resolve();
      this.rfile.timeout = null;
      this.wfile.write(await this.rfile.readline());
    }
  }
  const server = serve(t, new TCPServer(["127.0.0.1", 0], Patient));
  const client = await StreamClient.connect(server.server_address);
  client.socket.write("hel");
  await waited.promise;
  client.socket.end("lo\n");
  assert.equal(String(await client.rest()), "hello\n");
});

test("`rfile.timeout` holds for the content of a request, too", async (t) => {
  class Impatient extends BaseHTTPRequestHandler {
    async do_POST() {
      this.rfile.timeout = 0.02;
      await assert.rejects(async () => this.rfile.read(), TimeoutError);
      this.send_response(204);
      this.end_headers();
    }
    override log_message() {}
  }
  const server = serve(t, new HTTPServer(["127.0.0.1", 0], Impatient));
  const client = await StreamClient.connect(server.server_address);
  client.socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
  assert.match(String(await client.rest()), /^HTTP\/1\.1 204 /);
});

for (const seconds of [0, -1, Number.NaN]) {
  test(`\`rfile.timeout\` can't be ${seconds}`, () => {
    const reader = new ByteReader({ pull: () => null });
    assert.throws(() => {
      reader.timeout = seconds;
    }, RangeError);
  });
}
