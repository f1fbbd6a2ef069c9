import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { StorageHandler, StorageServer } from "../../examples/upload-download.js";
import { leavesNothingOpen, serve, standardError, until } from "../support/servers.js";
import { StreamClient } from "../support/stream-client.js";
import { temporaryDirectory } from "./running-example.js";

class Quiet extends StorageHandler {
  override log_message() {}
}

function storage(t: TestContext): StorageServer {
  const server = serve(t, new StorageServer(["localhost", 0], Quiet));
  server.directory = temporaryDirectory(t);
  return server;
}

function put(length: number): string {
  return `PUT /big HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`;
}

for (const how of ["ends its sending", "resets the connection"] as const) {
  test(`an upload leaves nothing behind where the client ${how} before its end`, async (t) => {
    const errors = standardError(t);
    const server = storage(t);
    const client = await StreamClient.connect(server.server_address);
    client.send(`${put(100_000)}some`);
    await until(() => readdirSync(server.directory).length === 1, "the unfinished file");
    if (how === "ends its sending") client.end();
    else client.reset();
    await until(() => readdirSync(server.directory).length === 0, "the unfinished file to go");
    assert.deepEqual(errors, []);
    client.socket.destroy();
  });
}

test("an interrupted upload leaves the file of that name unchanged", async (t) => {
  const server = storage(t);
  writeFileSync(join(server.directory, "big"), "old");
  const client = await StreamClient.connect(server.server_address);
  client.send(`${put(100_000)}some`);
  await until(() => readdirSync(server.directory).length === 2, "the unfinished file");
  client.reset();
  await until(() => readdirSync(server.directory).length === 1, "the unfinished file to go");
  assert.equal(readFileSync(join(server.directory, "big"), "utf8"), "old");
});

test("a connection serves an upload and downloads one after another", async (t) => {
  const server = storage(t);
  const client = await StreamClient.connect(server.server_address);
  const get = "GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const replies = await client.finish(`${put(4)}some${get}${get}`);
  client.socket.destroy();
  assert.deepEqual(replies.match(/HTTP\/1\.1 \d+|some/g), [
    "HTTP/1.1 201",
    "HTTP/1.1 200",
    "some",
    "HTTP/1.1 200",
    "some",
  ]);
});

test("a download leaves nothing open if the client disconnects", async (t) => {
  const errors = standardError(t);
  const server = storage(t);
  writeFileSync(join(server.directory, "big"), Buffer.alloc(50_000_000));
  await leavesNothingOpen(async () => {
    const client = await StreamClient.connect(server.server_address);
    client.send("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await client.read(100_000);
    client.reset();
    await client.closed();
  });
  assert.deepEqual(errors, []);
});
