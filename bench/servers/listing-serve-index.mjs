// @ts-check
import { createServer } from "node:http";
import serveIndex from "serve-index";
import { announce, portOf } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";

// With sizes and dates. The other view has them in its page too, but hidden.
const list = serveIndex(servedDirectory(), { view: "details" });
const server = createServer((request, response) => {
  list(/** @type {any} */ (request), /** @type {any} */ (response), () => response.writeHead(500).end());
});
server.listen(0, "127.0.0.1", () => announce(portOf(server)));
