// @ts-check
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { BenchFailure } from "../lib/failure.mjs";
import { HELLO_PEERS } from "../lib/peers.mjs";
import { validateServer } from "../lib/validation.mjs";
import { portOf } from "../servers/announce.mjs";

const expectation = {
  path: "/x",
  body: Buffer.from("right"),
  contentType: /^text\/plain$/,
  otherFields: ["Last-Modified"],
};
const fields = { "Content-Type": "text/plain", "Last-Modified": "Thu, 01 Jan 1970 00:00:00 GMT" };

/** @type {{ name: string, status?: number, headers?: Record<string, string>, body?: string, message?: RegExp }[]} */
const rows = [
  { name: "accepts the right answer" },
  { name: "refuses a wrong status", status: 201, message: /wrong status/ },
  { name: "refuses a wrong body of the right length", body: "wrong", message: /wrong body/ },
  { name: "refuses a wrong type", headers: { "Content-Type": "text/html" }, message: /wrong Content-Type/ },
  { name: "refuses an old date", headers: { Date: "Thu, 01 Jan 1970 00:00:00 GMT" }, message: /wrong Date/ },
  {
    name: "refuses a coded body",
    headers: { "Content-Encoding": "gzip" },
    message: /wrong Content-Encoding/,
  },
  {
    name: "refuses a connection that is closed",
    headers: { Connection: "close" },
    message: /keep connections open/,
  },
];

for (const { name, status = 200, headers = {}, body = "right", message } of rows) {
  test(`\`validateServer\` ${name}`, async (t) => {
    const server = createServer((_request, response) => {
      response.writeHead(status, { ...fields, "Content-Length": body.length, ...headers }).end(body);
    });
    t.after(() => server.close());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const validated = validateServer(running(portOf(server)), [expectation]);
    if (message === undefined) assert.ok((await validated) > body.length);
    else
      await assert.rejects(
        validated,
        (error) => error instanceof BenchFailure && message.test(error.message),
      );
  });
}

/**
 * @param {number} port
 * @returns {import("../lib/server-process.mjs").RunningServer}
 */
function running(port) {
  const [peer] = HELLO_PEERS;
  assert.ok(peer);
  return { peer, port, pid: process.pid, assertAlive() {}, async end() {} };
}
