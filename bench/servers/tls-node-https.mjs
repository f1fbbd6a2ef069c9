// @ts-check
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { announce, portOf } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";

const pem = readFileSync(join(servedDirectory(), "certificate.pem"));
const server = createServer({ cert: pem, key: pem }, (request, response) => {
  const body = `Hello from ${request.url}\n`;
  response.writeHead(200, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
  });
  response.end(body);
});

server.listen(0, "127.0.0.1", () => announce(portOf(server)));
