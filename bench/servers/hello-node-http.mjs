// @ts-check
import { createServer } from "node:http";
import { announce, portOf } from "./announce.mjs";

const server = createServer((request, response) => {
  const body = `Hello from ${request.url}\n`;
  response.writeHead(200, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
  });
  response.end(body);
});

server.listen(0, "127.0.0.1", () => announce(portOf(server)));
