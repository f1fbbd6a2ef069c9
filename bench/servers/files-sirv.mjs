// @ts-check
import { createServer } from "node:http";
import sirv from "sirv";
import { announce, portOf } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";

// sirv's default, for production: it lists the directory once, and never checks again if a file has changed.
const server = createServer(sirv(servedDirectory()));
server.listen(0, "127.0.0.1", () => announce(portOf(server)));
