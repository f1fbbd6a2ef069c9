// @ts-check
// `hello-node-http.mjs` with time limits of an hour.
import { createServer } from "node:http";
import { announce, portOf } from "./announce.mjs";

const HOUR = 3_600_000;

const server = createServer(
  { keepAliveTimeout: HOUR, headersTimeout: HOUR, requestTimeout: HOUR },
  (request, response) => {
    const body = `Hello from ${request.url}\n`;
    response.writeHead(200, {
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Length": Buffer.byteLength(body),
    });
    response.end(body);
  },
);

server.listen(0, "127.0.0.1", () => announce(portOf(server)));
