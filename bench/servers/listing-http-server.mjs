// @ts-check
import httpServer from "http-server";
import { announce, portOf } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";

// It wraps an `http.Server`, which its types don't declare.
const { server } = /** @type {{ server: import("node:http").Server }} */ (
  /** @type {unknown} */ (httpServer.createServer({ root: servedDirectory(), cache: -1 }))
);
server.listen(0, "127.0.0.1", () => announce(portOf(server)));
