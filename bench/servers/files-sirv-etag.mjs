// @ts-check
import { createServer } from "node:http";
import sirv from "sirv";
import { announce, portOf } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";

// Entity tags are off by default.
const server = createServer(sirv(servedDirectory(), { etag: true }));
server.listen(0, "127.0.0.1", () => announce(portOf(server)));
